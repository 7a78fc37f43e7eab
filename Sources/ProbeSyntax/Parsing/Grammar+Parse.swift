import CTreeSitter

extension Grammar {
  /// Bytes of the longest text that is parsed: tree-sitter takes some hundred times as much memory.
  public static let maximumBytes = 16 << 20

  /// Parses a text.
  ///
  /// The tree is tree-sitter's concrete syntax tree, anonymous nodes (keywords, operators, brackets) included, with
  /// the one simplification of AST-Probe (López et al., ASE 2022, reference implementation): a node of the kind
  /// `string`, or whose kind contains `string_literal`, is a leaf whatever it holds. Leaves of no width are dropped,
  /// with the parents that they leave empty, since no token can stand for them; so are blank leaves where the language
  /// says so (``SourceLanguage/dropsBlankLeaves``). Of a text that was put into a frame, only its own part is left.
  ///
  /// - Returns: the tree, or where the text does not parse: at its first `ERROR` or `MISSING` node, in the language's
  ///   first frame.
  /// - Throws: ``GrammarError`` `.badInput` for a text with U+0000, which ends a text for grammars, or of more than
  ///   ``maximumBytes``.
  public func parse(_ text: String) throws(GrammarError) -> ParsedText {
    var first: SyntaxBreak?
    for frame in language.frames {
      switch try parse(text, in: frame) {
      case .tree(let tree): return .tree(tree)
      case .broken(let place): first = first ?? place
      }
    }
    return .broken(first ?? SyntaxBreak(.empty, at: 0, in: text.utf8))
  }

  /// The tree of a whole source file, with its `ERROR` and `MISSING` nodes.
  ///
  /// - Throws: as ``parse(_:)``.
  func tolerantTree(_ text: String) throws(GrammarError) -> SyntaxTree {
    let parse = try Parse(text, self)
    return FlatTree(parse.root, isLeaf: isLeaf).syntaxTree(self)
  }

  private func parse(_ text: String, in frame: SourceLanguage.Frame) throws(GrammarError) -> ParsedText {
    let start = frame.before.utf8.count
    let part = start..<(start + text.utf8.count)
    let parse = try Parse(frame.before + text + frame.after, self)
    func broken(_ reason: SyntaxBreak.Reason, at offset: Int) -> ParsedText {
      .broken(SyntaxBreak(reason, at: min(max(0, offset - start), part.count), in: text.utf8))
    }
    if let (reason, offset) = parse.firstBreak(self) { return broken(reason, at: offset) }
    var flat = FlatTree(parse.root, isLeaf: isLeaf)
    let bytes = parse.bytes
    let dropsBlanks = language.dropsBlankLeaves
    flat.dropLeaves { range in
      range.isEmpty || (dropsBlanks && bytes[range].allSatisfy { Self.isBlank($0) })
    }
    guard flat.unwrap(part) else { return broken(.leavesFrame, at: start) }
    // The root alone is left of a text without leaves.
    guard flat.nodes.count > 1 || !flat.nodes[0].range.isEmpty, flat.nodes[0].range.upperBound <= part.count
    else {
      return broken(.empty, at: start)
    }
    return .tree(flat.syntaxTree(self))
  }

  func kind(_ symbol: TSSymbol) -> String {
    if Int(symbol) < kinds.count { return kinds[Int(symbol)] }
    return ts_language_symbol_name(table, symbol).map { String(cString: $0) } ?? "ERROR"
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}

/// One parse: its tree lives as long as this.
struct Parse: ~Copyable {
  /// What was parsed.
  let bytes: [UInt8]
  private let tree: OpaquePointer

  /// - Throws: ``GrammarError`` `.badInput`.
  init(_ text: String, _ grammar: Grammar) throws(GrammarError) {
    let bytes = [UInt8](text.utf8)
    guard bytes.count <= Grammar.maximumBytes else {
      throw GrammarError(
        .badInput, at: "text of \(bytes.count) bytes", "expected \(Grammar.maximumBytes) bytes at most",
        advice: "Split the text")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw GrammarError(
        .badInput, at: "byte \(zero) of the text", "U+0000 ends a text for grammars", advice: "Remove it")
    }
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

  /// The first `ERROR` or `MISSING` node and its byte; nil where the text parses.
  func firstBreak(_ grammar: Grammar) -> (SyntaxBreak.Reason, Int)? {
    guard ts_node_has_error(root) else { return nil }
    var cursor = ts_tree_cursor_new(root)
    defer { ts_tree_cursor_delete(&cursor) }
    while true {
      let node = ts_tree_cursor_current_node(&cursor)
      let place = Int(ts_node_start_byte(node))
      if ts_node_is_missing(node) { return (.missing(grammar.kind(ts_node_symbol(node))), place) }
      if Int(ts_node_symbol(node)) >= grammar.kinds.count { return (.unexpected, place) }
      // Into what has an error; past what has none.
      if ts_node_has_error(node), ts_tree_cursor_goto_first_child(&cursor) { continue }
      while !ts_tree_cursor_goto_next_sibling(&cursor) {
        guard ts_tree_cursor_goto_parent(&cursor) else { return (.unexpected, 0) }
      }
    }
  }
}
