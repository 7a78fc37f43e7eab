/// Running text with a few kinds of emphasis; never markup.
///
/// Written as a literal with interpolations:
///
///     let text: RichText = "The probe reads \(code: "blocks.18.hook_resid_post") at \(token: " Paris")."
public struct RichText: Sendable, Codable, Equatable {
  /// A run of text of one kind.
  public enum Span: Sendable, Codable, Equatable {
    /// Ordinary text.
    case text(String)
    /// Text that matters.
    case strong(String)
    /// Stressed text, or a term at its first use.
    case emphasis(String)
    /// A name from code, a path, a command.
    case code(String)
    /// A token as a model reads it: blanks and line ends are shown.
    case token(String)
  }

  /// The runs, in order.
  public var spans: [Span]

  /// Text made of the given runs.
  public init(_ spans: [Span]) {
    self.spans = spans
  }

  /// Ordinary text from a run-time string.
  public init(_ text: String) {
    spans = text.isEmpty ? [] : [.text(text)]
  }

  /// True when there is nothing to show.
  public var isEmpty: Bool { spans.isEmpty }
}

extension RichText: ExpressibleByStringInterpolation {
  /// Collects the runs of a literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    var spans: [Span] = []

    /// Starts a literal of about `interpolationCount` insertions.
    public init(literalCapacity: Int, interpolationCount: Int) {
      spans.reserveCapacity(2 * interpolationCount + 1)
    }

    /// Adds the text between insertions.
    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { spans.append(.text(literal)) }
    }

    /// Inserts ordinary text.
    public mutating func appendInterpolation(_ text: String) { spans.append(.text(text)) }
    /// Inserts a whole number, with thousands grouped.
    public mutating func appendInterpolation(_ count: Int) { spans.append(.text(NumberText.grouped(count))) }
    /// Inserts an estimate with interval and company.
    public mutating func appendInterpolation(_ estimate: Estimate) {
      spans.append(.text("\(estimate.text) (\(estimate.company.joined(separator: ", ")))"))
    }
    /// Inserts text that matters.
    public mutating func appendInterpolation(strong text: String) { spans.append(.strong(text)) }
    /// Inserts stressed text.
    public mutating func appendInterpolation(emphasis text: String) { spans.append(.emphasis(text)) }
    /// Inserts a name from code.
    public mutating func appendInterpolation(code text: String) { spans.append(.code(text)) }
    /// Inserts a token.
    public mutating func appendInterpolation(token text: String) { spans.append(.token(text)) }
  }

  /// Text without insertions.
  public init(stringLiteral value: String) { self.init(value) }

  /// Text with insertions.
  public init(stringInterpolation: StringInterpolation) { spans = stringInterpolation.spans }
}
