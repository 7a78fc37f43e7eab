/// The languages that are known.
public enum SourceLanguages {
  /// All of them, in the order in which they are listed to people.
  public static let all: [SourceLanguage] = [.python, .javascript, .go, .java, .c, .rust]

  /// The language of this name.
  ///
  /// - Throws: ``GrammarError`` `.unknownLanguage`, which lists those that are known.
  public static func named(_ name: String) throws(GrammarError) -> SourceLanguage {
    if let language = all.first(where: { $0.name == name }) { return language }
    throw GrammarError(
      .unknownLanguage, at: name, "no language is called so",
      advice: "Known: \(all.map(\.name).joined(separator: ", "))")
  }
}
