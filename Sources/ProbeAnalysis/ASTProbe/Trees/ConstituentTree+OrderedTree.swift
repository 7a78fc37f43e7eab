extension ConstituentTree {
  /// The constituents of a tree as it stands, without the way through (d, c, u): what restoring its tuple must give.
  public init<Tree: OrderedTree>(_ tree: Tree) {
    var kinds: [String] = []
    var starts: [Int] = []
    var parents: [Int?] = []
    var leafParents: [Int?] = []
    var open: [(node: Tree.NodeID, parent: Int?)] = [(tree.root, nil)]
    while let (node, parent) = open.popLast() {
      let children = tree.children(of: node)
      guard !children.isEmpty else {
        leafParents.append(parent)
        continue
      }
      open.append(contentsOf: children.reversed().map { ($0, kinds.count) })
      kinds.append(tree.label(of: node))
      starts.append(leafParents.count)
      parents.append(parent)
    }
    // A node ends where the last leaf below it does; what is below a node stands behind it.
    var ends = starts
    for (leaf, parent) in leafParents.enumerated() { if let parent { ends[parent] = leaf + 1 } }
    for index in parents.indices.reversed() {
      if let parent = parents[index] { ends[parent] = max(ends[parent], ends[index]) }
    }
    self.init(
      nodes: kinds.indices.map { Node(kind: kinds[$0], leaves: starts[$0]..<ends[$0], parent: parents[$0]) },
      leafParents: leafParents)
  }
}
