/// A concrete syntax tree over a text: labelled, ordered, each node over a stretch of the text's bytes.
///
/// Nodes lie in one array, parents before children and siblings in the order of the text, so that deep trees cost no
/// stack. A node without children is a leaf.
public struct SyntaxTree: Sendable, Equatable {
  /// One node.
  public struct Node: Sendable, Equatable {
    /// The grammar's name of it: `function_definition`; of keywords and punctuation their text.
    public let kind: String
    /// UTF-8 bytes of the text that it covers.
    public let range: Range<Int>
    /// Indices of its children, in the order of the text; empty for a leaf.
    public let children: [Int]

    /// A node from its parts.
    public init(kind: String, range: Range<Int>, children: [Int]) {
      (self.kind, self.range, self.children) = (kind, range, children)
    }
  }

  /// All nodes, the root first.
  public let nodes: [Node]
  /// Indices of the leaves, in the order of the text.
  public let leaves: [Int]

  /// A tree from its nodes.
  ///
  /// - Precondition: `nodes` is not empty, and children stand behind their parents.
  public init(nodes: [Node]) {
    precondition(!nodes.isEmpty, "SyntaxTree: no nodes")
    for (index, node) in nodes.enumerated() {
      precondition(
        node.children.allSatisfy { $0 > index && $0 < nodes.count }, "SyntaxTree: children of node \(index)")
    }
    self.nodes = nodes
    leaves = nodes.indices.filter { nodes[$0].children.isEmpty }
      .sorted { (nodes[$0].range.lowerBound, $0) < (nodes[$1].range.lowerBound, $1) }
  }
}
