import ProbeSyntax

/// A parsed text as the AST-probe reads it; nodes are indices into ``SyntaxTree/nodes``.
extension SyntaxTree: OrderedTree {
  /// The first node.
  public var root: Int { 0 }

  /// The grammar's name of the node.
  public func label(of node: Int) -> String { nodes[node].kind }

  /// Indices of its children, in the order of the text.
  public func children(of node: Int) -> [Int] { nodes[node].children }
}
