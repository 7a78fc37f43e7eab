/// Takes out of source text what no probe is asked about: comments, docstrings and blank lines.
///
/// Follows the clean-up of AST-Probe (López et al., ASE 2022, reference implementation), with the tree in place of a
/// tokenizer: comments go; so does a string that is a statement of its own (Python); lines that are blank then go,
/// outside of strings. Indentation stays. A comment between two pieces of code becomes a blank, or a line break if it
/// holds one.
public struct CodeCleaner: Sendable {
  /// The grammar that finds comments and strings.
  public let grammar: Grammar

  /// A cleaner for the language of a grammar.
  public init(_ grammar: Grammar) { self.grammar = grammar }

  /// A source text without comments, docstrings and blank lines; of text that does not parse, what was made out.
  ///
  /// - Throws: ``GrammarError`` `.badInput`, as ``Grammar/parse(_:)``.
  public func clean(_ text: String) throws(GrammarError) -> String {
    let tree = try grammar.tolerantTree(text)
    let bytes = [UInt8](text.utf8)
    let marks = Marks(tree, under: 0, grammar.language)
    return String(decoding: Self.rewrite(bytes, bytes.indices, marks, indentation: []), as: UTF8.self)
  }

  /// What of a tree is to go, and what is to stay as it is.
  struct Marks {
    /// Comments and docstrings, in the order of the text.
    private(set) var cuts: [Range<Int>] = []
    /// Strings whose line breaks are content, in the order of the text, apart from the cuts.
    private(set) var verbatim: [Range<Int>] = []
    /// Whether some block holds nothing but docstrings: it would be left without a statement.
    private(set) var emptiesBlock = false

    /// Marks of a node and of what is under it.
    init(_ tree: SyntaxTree, under root: Int, _ language: SourceLanguage) {
      var pending = [root]
      while let index = pending.popLast() {
        let node = tree.nodes[index]
        if language.commentKinds.contains(node.kind) || Self.isDocstring(index, tree, language) {
          cuts.append(node.range)
          continue
        }
        if SourceLanguage.isStringLeaf(node.kind) || language.verbatimKinds.contains(node.kind) {
          verbatim.append(node.range)
          continue
        }
        let docstrings = node.children.filter { Self.isDocstring($0, tree, language) }
        if !docstrings.isEmpty, index != 0 {
          let statements = node.children.filter { !language.commentKinds.contains(tree.nodes[$0].kind) }
          if statements.count == docstrings.count { emptiesBlock = true }
        }
        pending += node.children.reversed()
      }
    }

    private static func isDocstring(_ index: Int, _ tree: SyntaxTree, _ language: SourceLanguage) -> Bool {
      let node = tree.nodes[index]
      guard language.docstringKinds.contains(node.kind), node.children.count == 1 else { return false }
      let kind = tree.nodes[node.children[0]].kind
      return SourceLanguage.isStringLeaf(kind) || kind == "concatenated_string"
    }
  }

  // MARK: - Rewriting

  /// A part of a text without its cuts and without blank lines; `indentation` goes from the beginning of all lines but
  /// the first, as far as it stands there.
  static func rewrite(
    _ bytes: [UInt8], _ part: Range<Int>, _ marks: Marks, indentation: [UInt8]
  ) -> [UInt8] {
    var output = CleanLines()
    var (cuts, verbatim) = (marks.cuts[...], marks.verbatim[...])
    var index = part.lowerBound
    while index < part.upperBound {
      if let cut = cuts.first, index == cut.lowerBound {
        cuts.removeFirst()
        // A carriage return at the end is the line's.
        index = bytes[cut.upperBound - 1] == 0x0d ? cut.upperBound - 1 : cut.upperBound
        let rest = bytes[index..<part.upperBound].prefix { $0 != 0x0a }
        output.cut(bytes[cut], followedByCode: rest.contains { !Grammar.isBlank($0) })
      } else if let string = verbatim.first, index == string.lowerBound {
        verbatim.removeFirst()
        output.append(verbatim: bytes[string])
        index = string.upperBound
      } else {
        let byte = bytes[index]
        index += 1
        output.append(byte)
        guard byte == 0x0a else { continue }
        for blank in indentation where index < part.upperBound && bytes[index] == blank { index += 1 }
      }
    }
    output.endLine()
    return output.bytes
  }
}

/// Text that is put together line by line, without the blank ones.
private struct CleanLines {
  private(set) var bytes: [UInt8] = []
  private var lineStart = 0
  private var hasCode = false
  private var wasCut = false

  mutating func append(_ byte: UInt8) {
    bytes.append(byte)
    if byte == 0x0a { return endLine() }
    if !Grammar.isBlank(byte) { hasCode = true }
  }

  mutating func append(verbatim string: ArraySlice<UInt8>) {
    bytes += string
    hasCode = true
  }

  /// Something was left out here.
  mutating func cut(_ comment: ArraySlice<UInt8>, followedByCode: Bool) {
    wasCut = true
    guard hasCode, followedByCode else { return }
    if comment.contains(0x0a) {
      append(0x0a)
    } else if let last = bytes.last, !Grammar.isBlank(last) {
      bytes.append(0x20)
    }
  }

  /// Keeps the line if there is code in it, without blanks that stood before what was cut.
  mutating func endLine() {
    if !hasCode {
      bytes.removeSubrange(lineStart...)
    } else if wasCut {
      let end = bytes[lineStart...].lastIndex { !Grammar.isBlank($0) }.map { $0 + 1 } ?? lineStart
      let breaks = bytes[end...].filter { $0 == 0x0a || $0 == 0x0d }
      bytes.replaceSubrange(end..., with: breaks)
    }
    (lineStart, hasCode, wasCut) = (bytes.count, false, false)
  }
}
