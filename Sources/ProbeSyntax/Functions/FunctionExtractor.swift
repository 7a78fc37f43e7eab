/// Finds the functions of source files, as texts of their own.
public struct FunctionExtractor: Sendable {
  /// The grammar of the files.
  public let grammar: Grammar

  /// An extractor for the language of a grammar.
  public init(_ grammar: Grammar) { self.grammar = grammar }

  /// Every function with a name (``SourceLanguage/functionKinds``), in the order of the file; functions inside of
  /// functions follow the one that they are in. A file may be broken elsewhere.
  ///
  /// - Throws: ``GrammarError`` `.badInput`, as ``Grammar/parse(_:)``.
  public func functions(in text: String) throws(GrammarError) -> [SourceFunction] {
    let tree = try grammar.tolerantTree(text)
    let bytes = [UInt8](text.utf8)
    var (functions, line, counted) = ([SourceFunction](), 1, 0)
    // Nodes of a parse are in preorder.
    for index in tree.nodes.indices {
      let node = tree.nodes[index]
      guard grammar.language.functionKinds.contains(node.kind), let name = name(of: index, tree, bytes) else {
        continue
      }
      let start = node.range.lowerBound
      line += bytes[counted..<start].reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
      counted = start
      functions.append(
        SourceFunction(
          name: name, range: node.range, line: line, content: try content(of: index, tree, bytes)))
    }
    return functions
  }

  private func content(
    of index: Int, _ tree: SyntaxTree, _ bytes: [UInt8]
  ) throws(GrammarError) -> SourceFunction.Content {
    let range = tree.nodes[index].range
    let marks = CodeCleaner.Marks(tree, under: index, grammar.language)
    if marks.emptiesBlock { return .onlyDocstring }
    let lineStart = bytes[..<range.lowerBound].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let indentation = bytes[lineStart..<range.lowerBound].prefix { Grammar.isBlank($0) }
    var text = CodeCleaner.rewrite(bytes, range, marks, indentation: Array(indentation))
    while let last = text.last, Grammar.isBlank(last) { text.removeLast() }
    let function = String(decoding: text, as: UTF8.self)
    switch try grammar.parse(function) {
    case .broken(let place): return .broken(place)
    case .tree(let own):
      let isFunction = own.nodes.contains {
        $0.range == text.indices && grammar.language.functionKinds.contains($0.kind)
      }
      return isFunction ? .text(function, own) : .noFunction
    }
  }

  /// The text of the first child that is a name; in C it stands in declarators.
  private func name(of index: Int, _ tree: SyntaxTree, _ bytes: [UInt8]) -> String? {
    var index = index
    while true {
      let children = tree.nodes[index].children
      if let name = children.first(where: { grammar.language.nameKinds.contains(tree.nodes[$0].kind) }) {
        return String(decoding: bytes[tree.nodes[name].range], as: UTF8.self)
      }
      guard let declarator = children.first(where: { tree.nodes[$0].kind.hasSuffix("declarator") }) else {
        return nil
      }
      index = declarator
    }
  }
}
