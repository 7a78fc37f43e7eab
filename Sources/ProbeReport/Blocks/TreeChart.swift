/// One or two labelled ordered trees over the same leaves: the syntax tree of a snippet as it is, and as it was
/// predicted.
///
/// Leaves stand along the bottom in reading order; inner nodes above the middle of their children, on a level
/// by height. What the comparison says of a node is drawn as frame, dash and mark, not as colour alone. Trees
/// too large to read are shown as their table only.
public struct TreeChart: Sendable, Codable, Equatable {
  /// What comparing two trees says of a node.
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// The other tree has it too: the same label over the same leaves.
    case matched
    /// It should be there, but the prediction lacks it: a node of the gold tree.
    case missed
    /// It is predicted, but should not be there: a node of the predicted tree.
    case wrong
  }

  /// An inner node: a constituent, a label over neighbouring leaves.
  public struct Node: Sendable, Codable, Equatable {
    /// What it is: `argument_list`.
    public var label: String
    /// The leaves it covers, counted from 0.
    public var leaves: Range<Int>
    /// What the comparison says of it; nil where nothing was compared.
    public var status: Status?

    /// A label over leaves.
    public init(_ label: String, leaves: Range<Int>, status: Status? = nil) {
      self.label = label
      self.leaves = leaves
      self.status = status
    }
  }

  /// One tree over the leaves.
  public struct Tree: Sendable, Codable, Equatable {
    /// What it is: `gold`, `predicted`.
    public var name: String
    /// Its inner nodes. A node lies in the smallest one that covers it; of nodes over the same leaves the one
    /// that comes first stands above. Otherwise the order means nothing.
    public var nodes: [Node]

    /// A named tree.
    public init(_ name: String, nodes: [Node]) {
      self.name = name
      self.nodes = nodes
    }
  }

  /// What the trees are of.
  public var title: String
  /// What to see in them, in a sentence; their description for those who cannot see them.
  public var summary: String
  /// The texts of the leaves, in reading order. Blanks in them are shown.
  public var leaves: [String]
  /// One or two trees; more are in the table only.
  public var trees: [Tree]

  /// Trees over the given leaves.
  public init(_ title: String, summary: String, leaves: [String], trees: [Tree]) {
    self.title = title
    self.summary = summary
    self.leaves = leaves
    self.trees = trees
  }
}
