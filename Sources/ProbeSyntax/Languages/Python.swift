extension SourceLanguage {
  /// Python 3.
  public static let python = SourceLanguage(
    name: "python", symbol: "tree_sitter_python", extensions: ["py"], functionKinds: ["function_definition"],
    nameKinds: ["identifier"], commentKinds: ["comment"], docstringKinds: ["expression_statement"])
}
