/// A tree with labelled nodes and ordered children: all that the AST-probe needs to know of a syntax tree.
///
/// A node without children is a terminal, a token of the text; its label isn't part of what the probe predicts.
public protocol OrderedTree<NodeID> {
  /// A handle of a node, such as its index.
  associatedtype NodeID

  /// The node that has no parent.
  var root: NodeID { get }

  /// The node's type: `function_definition`.
  func label(of node: NodeID) -> String

  /// The node's children in the order of the text; empty for a terminal.
  func children(of node: NodeID) -> [NodeID]
}
