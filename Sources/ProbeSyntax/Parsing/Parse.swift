import CTreeSitter

/// One parse: its tree lives as long as this.
struct Parse: ~Copyable {
  /// What was parsed.
  let bytes: [UInt8]
  private let tree: OpaquePointer

  /// Parses; what is asked about begins at byte `origin`.
  ///
  /// - Throws: ``GrammarError`` `.badInput`.
  init(_ text: String, _ grammar: Grammar, origin: Int = 0) throws(GrammarError) {
    let bytes = [UInt8](text.utf8)
    try TextLimits.check(bytes, origin: origin)
    guard let parser = ts_parser_new() else { preconditionFailure("Parse: no memory for a parser") }
    defer { ts_parser_delete(parser) }
    // The ABI was checked when the grammar was loaded.
    let isSet = ts_parser_set_language(parser, grammar.table)
    precondition(
      isSet, "Parse: tree-sitter refuses the grammar of \(grammar.language.name), ABI \(grammar.abi)")
    let tree = bytes.withUnsafeBytes { buffer in
      ts_parser_parse_string(
        parser, nil, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(buffer.count))
    }
    guard let tree else {
      throw GrammarError(.badInput, at: "text of \(bytes.count) bytes", "the parser gave up")
    }
    (self.bytes, self.tree) = (bytes, tree)
  }

  deinit { ts_tree_delete(tree) }

  var root: TSNode { ts_tree_root_node(tree) }

  /// The first `ERROR` or `MISSING` node and its byte; nil where the text parses. A missing leaf that would be blank
  /// breaks nothing where blank leaves are dropped: the line break at the end of a Go text.
  func firstBreak(_ grammar: Grammar) -> (SyntaxBreak.Reason, Int)? {
    guard ts_node_has_error(root) else { return nil }
    var cursor = ts_tree_cursor_new(root)
    defer { ts_tree_cursor_delete(&cursor) }
    while true {
      let node = ts_tree_cursor_current_node(&cursor)
      let place = Int(ts_node_start_byte(node))
      let kind = grammar.kind(ts_node_symbol(node))
      if ts_node_is_missing(node),
        !grammar.language.dropsBlankLeaves || !kind.utf8.allSatisfy(Grammar.isBlank)
      {
        return (.missing(kind), place)
      }
      if Int(ts_node_symbol(node)) >= grammar.kinds.count { return (.unexpected, place) }
      // Into what has an error; past what has none.
      if ts_node_has_error(node), ts_tree_cursor_goto_first_child(&cursor) { continue }
      while !ts_tree_cursor_goto_next_sibling(&cursor) {
        guard ts_tree_cursor_goto_parent(&cursor) else { return nil }
      }
    }
  }
}
