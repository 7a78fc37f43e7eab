/// How the nodes of a ``TreeChart/Tree`` lie in each other, in flat arrays: a tree may be thousands of levels
/// deep.
struct TreeOutline {
  /// The given nodes from the root down and from left to right: a node before those it holds.
  let nodes: [TreeChart.Node]
  /// The smallest node that holds each, as an index into `nodes`; nil at the top.
  let parents: [Int?]
  /// Nodes above each.
  let depths: [Int]
  /// Levels above the leaves: 1 for a node that holds leaves only.
  let heights: [Int]
  /// False where a node crosses another or covers leaves that do not exist: such nodes make no tree.
  let isTree: Bool

  init(_ given: [TreeChart.Node], leafCount: Int) {
    let order = given.indices.sorted { left, right in
      let (first, second) = (given[left].leaves, given[right].leaves)
      if first.lowerBound != second.lowerBound { return first.lowerBound < second.lowerBound }
      return first.upperBound != second.upperBound
        ? first.upperBound > second.upperBound : left < right
    }
    let nodes = order.map { given[$0] }
    var parents: [Int?] = []
    var depths: [Int] = []
    var isTree = true
    var open: [Int] = []
    for (index, node) in nodes.enumerated() {
      let leaves = node.leaves
      if leaves.isEmpty || leaves.lowerBound < 0 || leaves.upperBound > leafCount { isTree = false }
      while let last = open.last, nodes[last].leaves.upperBound < leaves.upperBound {
        if nodes[last].leaves.upperBound > leaves.lowerBound { isTree = false }
        open.removeLast()
      }
      parents.append(open.last)
      depths.append(open.count)
      open.append(index)
    }
    var heights = Array(repeating: 1, count: nodes.count)
    for index in nodes.indices.reversed() {
      if let parent = parents[index] { heights[parent] = max(heights[parent], heights[index] + 1) }
    }
    (self.nodes, self.parents, self.depths, self.heights, self.isTree) = (
      nodes, parents, depths, heights, isTree
    )
  }
}
