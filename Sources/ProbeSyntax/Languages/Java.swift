extension SourceLanguage {
  /// Java. A method parses inside of a class alone.
  public static let java = SourceLanguage(
    name: "java", symbol: "tree_sitter_java", extensions: ["java"],
    functionKinds: ["method_declaration", "constructor_declaration", "compact_constructor_declaration"],
    nameKinds: ["identifier"], commentKinds: ["comment", "line_comment", "block_comment"],
    verbatimKinds: ["text_block"], frames: [Frame(before: "class Probe {\n", after: "\n}"), .none])
}
