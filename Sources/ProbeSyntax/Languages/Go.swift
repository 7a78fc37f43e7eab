extension SourceLanguage {
  /// Go.
  public static let go = SourceLanguage(
    name: "go", symbol: "tree_sitter_go", extensions: ["go"],
    functionKinds: ["function_declaration", "method_declaration"],
    nameKinds: ["identifier", "field_identifier"], commentKinds: ["comment"], dropsBlankLeaves: true)
}
