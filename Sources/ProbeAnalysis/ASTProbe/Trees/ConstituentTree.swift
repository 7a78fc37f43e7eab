/// A syntax tree over the leaves of a text, as its constituents: each a node's kind and the leaves below it.
///
/// Nodes lie in one array, every node before those below it and left ones before right ones (pre-order), so that deep
/// trees cost no stack.
public struct ConstituentTree: Sendable, Hashable {
  /// One node that isn't a leaf.
  public struct Node: Sendable, Hashable {
    /// The node's type: `function_definition`.
    public let kind: String
    /// The leaves below it, by their places in the text.
    public let leaves: Range<Int>
    /// Index of the node above; nil for the root.
    public let parent: Int?
  }

  /// What may stand below a node.
  public enum Child: Sendable, Hashable {
    /// A node, by its index.
    case node(Int)
    /// A leaf, by its place in the text.
    case leaf(Int)
  }

  /// The kind given to the root when a prediction leaves it without one, so that it counts as wrong.
  public static let badRoot = "bad_root"

  /// All nodes but the leaves, the root first; none when the tree is a leaf and nothing else.
  public let nodes: [Node]
  /// Number of leaves, at least 1.
  public let leafCount: Int
  private let childList: [Child]
  private let childStarts: [Int]

  /// The top of the tree.
  public var root: Child { nodes.isEmpty ? .leaf(0) : .node(0) }

  /// What stands below node `index`, in the order of the text.
  public func children(of index: Int) -> ArraySlice<Child> {
    childList[childStarts[index]..<childStarts[index + 1]]
  }

  /// A tree from its nodes in pre-order and, per leaf, the index of the node above (nil in a tree without nodes).
  init(nodes: [Node], leafParents: [Int?]) {
    self.nodes = nodes
    leafCount = leafParents.count
    var starts = [Int](repeating: 0, count: nodes.count + 1)
    for parent in nodes.lazy.map(\.parent) { if let parent { starts[parent + 1] += 1 } }
    for parent in leafParents { if let parent { starts[parent + 1] += 1 } }
    for index in nodes.indices { starts[index + 1] += starts[index] }
    childStarts = starts

    // Leaves and nodes merge in the order of the text: a node comes before the leaf that it begins with.
    var list = [Child](repeating: .leaf(0), count: starts[nodes.count])
    func place(_ child: Child, below parent: Int?) {
      guard let parent else { return }
      list[starts[parent]] = child
      starts[parent] += 1
    }
    var next = 0
    for (leaf, parent) in leafParents.enumerated() {
      while next < nodes.count && nodes[next].leaves.lowerBound <= leaf {
        place(.node(next), below: nodes[next].parent)
        next += 1
      }
      place(.leaf(leaf), below: parent)
    }
    childList = list
  }
}
