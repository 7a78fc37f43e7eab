import CTreeSitter

extension Grammar {
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
  /// - Throws: ``GrammarError`` `.badInput` for a text with U+0000, or that is too large (``TextLimits``).
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
    let parse = try Parse(frame.before + text + frame.after, self, origin: start)
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
