/// What went wrong with a grammar, or with a text before it could be parsed: what, where, expected, found, next step.
///
/// A text that does not parse is no error: see ``ParsedText/broken(_:)``.
public struct GrammarError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of trouble, for code; the text is for people.
  public enum Reason: String, Sendable {
    /// No language has this name.
    case unknownLanguage
    /// No library with this grammar was found.
    case notFound
    /// The file is no shared library that this machine can load.
    case notALibrary
    /// The library does not export the grammar.
    case missingSymbol
    /// The grammar was generated for another version of tree-sitter.
    case unsupportedABI
    /// The text cannot be given to the parser; or no corpus comes of some folders.
    case badInput
    /// A file cannot be read.
    case unreadable
    /// A folder of source files is not there.
    case noFolder
  }

  /// The kind of trouble.
  public let reason: Reason
  /// The file, the language or the text.
  public let location: String
  /// What is wrong: expected and found.
  public let problem: String
  /// What to do next; empty when the problem says it all.
  public let advice: String

  /// Makes an error; `location` names the file and the place inside it.
  public init(_ reason: Reason, at location: String, _ problem: String, advice: String = "") {
    (self.reason, self.location, self.problem, self.advice) = (reason, location, problem, advice)
  }

  /// Where, what, and what to do next.
  public var description: String { "\(location): \(problem)" + (advice.isEmpty ? "" : ". \(advice)") }
}
