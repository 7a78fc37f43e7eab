extension SourceLanguage {
  /// Rust.
  public static let rust = SourceLanguage(
    name: "rust", symbol: "tree_sitter_rust", extensions: ["rs"], functionKinds: ["function_item"],
    nameKinds: ["identifier"], commentKinds: ["line_comment", "block_comment"])
}
