import ProbeModel

extension Example {
  /// The example with a span for each leaf of its text's tree: label `leaf`, the leaf's kind as value.
  ///
  /// - Precondition: `tree` is of this example's text.
  public func withLeaves(of tree: SyntaxTree) -> Example {
    let leaves = tree.leaves.map { index in
      let node = tree.nodes[index]
      return LabelledSpan(
        start: node.range.lowerBound, end: node.range.upperBound, label: "leaf", value: .string(node.kind))
    }
    let length = text?.utf8.count ?? 0
    precondition(
      leaves.allSatisfy { $0.end <= length },
      "withLeaves: a tree up to byte \(leaves.last?.end ?? 0) of a text of \(length) bytes")
    return Example(
      id: id, text: text, tokenIDs: tokenIDs, labels: labels, spans: spans + leaves, group: group,
      split: split, pair: pair, role: role)
  }
}
