extension SourceLanguage {
  /// C. Line breaks that end preprocessor directives are blank leaves of its grammar.
  public static let c = SourceLanguage(
    name: "c", symbol: "tree_sitter_c", extensions: ["c", "h"], functionKinds: ["function_definition"],
    nameKinds: ["identifier"], commentKinds: ["comment"], verbatimKinds: ["preproc_arg"],
    dropsBlankLeaves: true)
}
