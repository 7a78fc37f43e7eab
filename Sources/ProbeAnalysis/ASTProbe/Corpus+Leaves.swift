import ProbeModel
import ProbeSyntax

extension Corpus {
  /// The corpus with a span for each leaf of each example's syntax tree: label `leaf`, the leaf's kind as value.
  ///
  /// A text that does not parse is one leaf of the kind `ERROR`, so that it is captured like the others and an analysis
  /// can count it. Examples of token ids stay as they are.
  ///
  /// - Throws: `GrammarError` for a text that is too large; `ModelError` as for any corpus.
  public func withLeaves(of grammar: Grammar) throws -> Corpus {
    try replacingExamples(
      examples.map { example in
        guard let text = example.text, !text.isEmpty, example.tokenIDs == nil else { return example }
        if let tree = try grammar.parse(text).tree, !tree.leaves.isEmpty {
          return example.withLeaves(of: tree)
        }
        let whole = SyntaxTree(nodes: [.init(kind: "ERROR", range: 0..<text.utf8.count, children: [])])
        return example.withLeaves(of: whole)
      })
  }
}
