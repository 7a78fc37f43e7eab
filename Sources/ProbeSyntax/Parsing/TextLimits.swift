/// What may be given to the parser.
///
/// tree-sitter 0.20 counts the children of a node in 16 bits. What it cannot make sense of becomes children of one
/// `ERROR` node, and freeing one with 65,536 of them ends the process (seen with 66,000 opening brackets). So texts
/// that could have that many tokens are refused, broken or not.
public enum TextLimits {
  /// The most tokens that a text may have by the count of ``tokens(_:)``.
  public static let maximumTokens = 65_535
  /// The most bytes: what is no token, such as a comment, is held in memory all the same.
  public static let maximumBytes = 16 << 20

  /// An upper bound of the tokens in a text, whatever the grammar: runs of digits and runs of other word characters,
  /// bytes of anything else but blanks, and two for a line (its end, and a block that ends there).
  static func tokens(_ bytes: some Sequence<UInt8>) -> Int {
    var (count, last) = (2, Kind.blank)
    for byte in bytes {
      let kind = Kind(byte)
      switch kind {
      case .blank: break
      case .digit, .letter: if kind != last { count += 1 }
      case .other: count += 1
      case .lineFeed: count += 2
      }
      last = kind
    }
    return count
  }

  /// Checks a text; `origin` is where it begins in what is parsed.
  ///
  /// - Throws: ``GrammarError`` `.badInput`.
  static func check(_ bytes: [UInt8], origin: Int) throws(GrammarError) {
    guard bytes.count <= maximumBytes else {
      throw GrammarError(
        .badInput, at: "text of \(bytes.count) bytes", "expected \(maximumBytes) bytes at most",
        advice: "Split the text")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw GrammarError(
        .badInput, at: "byte \(zero - origin) of the text", "U+0000 ends a text for grammars",
        advice: "Remove it")
    }
    let count = tokens(bytes)
    guard count <= maximumTokens else {
      throw GrammarError(
        .badInput, at: "text of \(bytes.count) bytes",
        "it may have \(count) tokens, and tree-sitter can hold \(maximumTokens)", advice: "Split the text")
    }
  }

  private enum Kind {
    case blank, lineFeed, digit, letter, other

    init(_ byte: UInt8) {
      self =
        switch byte {
        case 0x0a: .lineFeed
        case 0x20, 0x09, 0x0b, 0x0c, 0x0d: .blank
        case 0x30...0x39: .digit
        case 0x41...0x5a, 0x61...0x7a, 0x5f: .letter
        default: .other
        }
    }
  }
}
