/// What the AST-probe predicts of a gap or a leaf: a chain of node kinds, outermost first.
///
/// Most chains are one kind long. Longer ones come of nodes with a single child, which the binary tree merges; the
/// empty chain is ∅, the label of a node that binarization made up and of a leaf without such nodes above it
/// (López et al. 2022, "AST-Probe", section 3.2). A chain, not a joined string, so that no separator can meet a kind.
public struct SyntaxLabel: Hashable, Sendable {
  /// The kinds, outermost first.
  public let kinds: [String]

  /// ∅: no node.
  public static let empty = SyntaxLabel([])

  /// A label from its chain.
  public init(_ kinds: [String]) { self.kinds = kinds }

  /// A label of one kind.
  public init(kind: String) { kinds = [kind] }

  /// Whether it is ∅.
  public var isEmpty: Bool { kinds.isEmpty }
}

// MARK: - As text

/// The text form: kinds joined by `/`, and `∅` for the empty chain: `module/expression_statement`. A `/` or `\` in a
/// kind, and a `∅` that begins one, have a `\` before them, so that every label has one text and is read back from it.
extension SyntaxLabel: LosslessStringConvertible {
  private static let none: Character = "∅"
  private static let separator: Character = "/"
  private static let escape: Character = "\\"

  /// The text form.
  public var description: String {
    guard !isEmpty else { return String(Self.none) }
    return kinds.map(Self.escaped).joined(separator: String(Self.separator))
  }

  /// The label with this text form; nil when nothing follows a `\`.
  public init?(_ description: String) {
    guard description != String(Self.none) else {
      self = .empty
      return
    }
    var kinds = [""]
    var isEscaped = false
    for character in description {
      if isEscaped || (character != Self.escape && character != Self.separator) {
        kinds[kinds.count - 1].append(character)
        isEscaped = false
      } else if character == Self.escape {
        isEscaped = true
      } else {
        kinds.append("")
      }
    }
    guard !isEscaped else { return nil }
    self.kinds = kinds
  }

  private static func escaped(_ kind: String) -> String {
    var text = kind.first == none ? String(escape) : ""
    for character in kind {
      if character == escape || character == separator { text.append(escape) }
      text.append(character)
    }
    return text
  }
}

/// Labels are written as their text form.
extension SyntaxLabel: Codable {
  /// Reads the text form.
  ///
  /// - Throws: `DecodingError` when the text isn't one.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let label = SyntaxLabel(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(text.debugDescription) is no syntax label: it ends in a lone \\")
    }
    self = label
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// The order of the kinds, one after the other; ∅ comes first.
extension SyntaxLabel: Comparable {
  /// Whether `a` stands before `b`.
  public static func < (a: SyntaxLabel, b: SyntaxLabel) -> Bool { a.kinds.lexicographicallyPrecedes(b.kinds) }
}
