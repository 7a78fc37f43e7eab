/// The answer to the report's question, on the first screen.
public struct Verdict: Sendable, Codable, Equatable {
  /// Whether what was claimed holds.
  public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// Every expectation met.
    case holds
    /// At least one expectation not met.
    case fails
    /// The data cannot tell, or nothing was expected.
    case undecided
  }

  /// Shown as text, icon and colour together.
  public var outcome: Outcome
  /// The answer as one sentence.
  public var headline: String
  /// The few numbers that carry it.
  public var figures: [Figure]

  /// - Parameters:
  ///   - outcome: what the badge says.
  ///   - headline: the answer as one sentence.
  ///   - figures: two to four numbers; more belong in a section.
  public init(_ outcome: Outcome, headline: String, figures: [Figure] = []) {
    self.outcome = outcome
    self.headline = headline
    self.figures = figures
  }
}

/// One big number (or short text) beside the verdict.
public struct Figure: Sendable, Codable, Equatable {
  /// What is shown big.
  public enum Content: Sendable, Codable, Equatable {
    /// A number with its interval, drawn to scale.
    case estimate(Estimate)
    /// A short text, for example the chosen layer.
    case text(String)
  }

  /// What the number is: `Accuracy on held-out groups`.
  public var label: String
  /// The number or text.
  public var content: Content
  /// One line under it; may be empty.
  public var detail: String

  /// A figure that shows an estimate.
  public init(_ label: String, _ estimate: Estimate, detail: String = "") {
    self.label = label
    content = .estimate(estimate)
    self.detail = detail
  }

  /// A figure that shows a short text.
  public init(_ label: String, text: String, detail: String = "") {
    self.label = label
    content = .text(text)
    self.detail = detail
  }
}
