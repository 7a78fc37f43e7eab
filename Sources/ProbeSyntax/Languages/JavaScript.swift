extension SourceLanguage {
  /// JavaScript, with JSX.
  ///
  /// Functions are declarations, function expressions with a name, and methods of classes and objects; these parse
  /// inside of a class alone. Arrow functions are parts of other functions.
  public static let javascript = SourceLanguage(
    name: "javascript", symbol: "tree_sitter_javascript", extensions: ["js", "mjs", "cjs"],
    functionKinds: [
      "function_declaration", "generator_function_declaration", "function", "function_expression",
      "generator_function", "method_definition",
    ],
    nameKinds: ["identifier", "property_identifier", "private_property_identifier"],
    commentKinds: ["comment", "html_comment"], verbatimKinds: ["template_string", "jsx_text"],
    frames: [.none, Frame(before: "class Probe {\n", after: "\n}")], dropsBlankLeaves: true)
}
