/// A programming language as far as parsing, cleaning and collecting its functions needs to know it.
///
/// A value: a new language is one file with one value, and a line in ``SourceLanguages/all``. Node kinds are those of
/// the language's tree-sitter grammar.
public struct SourceLanguage: Sendable, Equatable {
  /// What is put around a text before it is parsed, and taken away again: a method does not parse outside of a class.
  public struct Frame: Sendable, Equatable {
    /// What stands before the text.
    public let before: String
    /// What stands after it.
    public let after: String

    /// A frame from its two sides.
    public init(before: String, after: String) { (self.before, self.after) = (before, after) }

    /// The text as it is.
    public static let none = Frame(before: "", after: "")
  }

  /// The name of the language, as in `probe corpus NAME`.
  public let name: String
  /// The function that a grammar library exports: `tree_sitter_python`.
  public let symbol: String
  /// Endings of its source files, without the dot.
  public let extensions: [String]
  /// Node kinds that are functions.
  public let functionKinds: Set<String>
  /// Node kinds of a function's name: of a child of the function, or of its declarator (C).
  public let nameKinds: Set<String>
  /// Node kinds that are comments, which cleaning drops.
  public let commentKinds: Set<String>
  /// Node kinds of statements that cleaning drops when a string is all they hold: docstrings. Empty for languages
  /// without them.
  public let docstringKinds: Set<String>
  /// Node kinds whose line breaks and blanks are content: lines inside of them are neither dropped nor dedented.
  /// Strings that are leaves (see ``Grammar/parse(_:)``) are so in every language.
  public let verbatimKinds: Set<String>
  /// What a text is put into before it is parsed, tried in this order: the first that parses is taken.
  public let frames: [Frame]
  /// Whether leaves of white space alone are dropped, with the parents that they leave empty: Go's grammar has a
  /// leaf for the line break that ends a statement, which no tokenizer that skips white space can see.
  ///
  /// Differs from the reference implementation (López et al. 2022), which keeps them.
  public let dropsBlankLeaves: Bool

  /// A language from its parts; the text is parsed as it is unless frames are given.
  public init(
    name: String, symbol: String, extensions: [String], functionKinds: Set<String>, nameKinds: Set<String>,
    commentKinds: Set<String>, docstringKinds: Set<String> = [], verbatimKinds: Set<String> = [],
    frames: [Frame] = [.none], dropsBlankLeaves: Bool = false
  ) {
    precondition(!frames.isEmpty, "SourceLanguage \(name): no frames")
    (self.name, self.symbol, self.extensions) = (name, symbol, extensions)
    (self.functionKinds, self.nameKinds, self.commentKinds) = (functionKinds, nameKinds, commentKinds)
    (self.docstringKinds, self.verbatimKinds, self.frames) = (docstringKinds, verbatimKinds, frames)
    self.dropsBlankLeaves = dropsBlankLeaves
  }

  /// Whether nodes of this kind become leaves, whatever they hold: the one simplification of AST-Probe (López et al.
  /// 2022, reference implementation): `string`, and every kind whose name contains `string_literal`.
  static func isStringLeaf(_ kind: String) -> Bool { kind == "string" || kind.contains("string_literal") }
}
