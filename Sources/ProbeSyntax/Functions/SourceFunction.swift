/// A function of a source file.
public struct SourceFunction: Sendable, Equatable {
  /// What the function is as a text of its own.
  public enum Content: Sendable, Equatable {
    /// Dedented, without comments, docstrings and blank lines, with its tree.
    case text(String, SyntaxTree)
    /// It does not parse on its own.
    case broken(SyntaxBreak)
    /// A docstring is all that it, or a block in it, consists of.
    case onlyDocstring
    /// On its own it parses as something else than a function.
    case noFunction
  }

  /// Its name.
  public let name: String
  /// The bytes of the file that it stands on, without decorators.
  public let range: Range<Int>
  /// The line of the file that it begins on, from 1.
  public let line: Int
  /// Its text.
  public let content: Content
}
