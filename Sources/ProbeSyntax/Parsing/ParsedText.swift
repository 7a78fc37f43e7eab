/// What became of a text that was parsed.
public enum ParsedText: Sendable, Equatable {
  /// It parses: its tree, whose byte ranges are of the text.
  case tree(SyntaxTree)
  /// It does not, or holds nothing.
  case broken(SyntaxBreak)

  /// The tree of a text that parses.
  public var tree: SyntaxTree? {
    if case .tree(let tree) = self { tree } else { nil }
  }
}

/// The first place at which a text does not parse.
public struct SyntaxBreak: Sendable, Equatable, CustomStringConvertible {
  /// What is wrong there.
  public enum Reason: Sendable, Equatable {
    /// The grammar has nothing that fits: an `ERROR` node.
    case unexpected
    /// Something of this kind is not there: a `MISSING` node.
    case missing(String)
    /// The text has no leaves: it is empty, or blank.
    case empty
    /// The text ends the class that it was put into (see ``SourceLanguage/Frame``).
    case leavesFrame
  }

  /// What is wrong.
  public let reason: Reason
  /// Byte of the text's UTF-8.
  public let offset: Int
  /// Line, from 1.
  public let line: Int
  /// Byte of the line, from 1.
  public let column: Int

  /// A break at a byte of a text.
  init(_ reason: Reason, at offset: Int, in text: some BidirectionalCollection<UInt8>) {
    let before = text.prefix(offset)
    self.reason = reason
    self.offset = before.count
    line = 1 + before.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    column = 1 + before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
  }

  /// `line 3, column 5: does not parse`
  public var description: String {
    let problem =
      switch reason {
      case .unexpected: "does not parse"
      case .missing(let kind): "expected \(kind)"
      case .empty: "there is nothing to parse"
      case .leavesFrame: "ends the class around it"
      }
    return "line \(line), column \(column): \(problem)"
  }
}
