extension ConstituentTree {
  /// The tree that a tuple stands for.
  public init(_ tuple: SyntaxTuple) {
    self.init(heights: tuple.heights, labels: tuple.labels, unaries: tuple.unaries)
  }

  /// The tree that a prediction stands for.
  public init(_ prediction: TuplePrediction) {
    self.init(heights: prediction.heights, labels: prediction.labels, unaries: prediction.unaries)
  }

  /// Restores a tree of n + 1 leaves in time linear in its nodes: the highest gap splits first (of equal ones the
  /// first), ∅ nodes give their children to the node above, chains unfold, and unaries return above their leaves.
  ///
  /// - Parameters:
  ///   - heights: n numbers, of which only the order counts.
  ///   - labels: n labels of the gaps' nodes. ∅ at the root becomes ``badRoot``.
  ///   - unaries: n + 1 labels of the leaves.
  /// - Precondition: these counts.
  public init<Height: Comparable>(heights: [Height], labels: [SyntaxLabel], unaries: [SyntaxLabel]) {
    let problem = SyntaxTuple.mismatch(heights.count, labels.count, unaries.count)
    precondition(problem == nil, "ConstituentTree: \(problem ?? "")")
    let gaps = GapTree(heights)
    var nodes: [Node] = []
    var leafParents = [Int?](repeating: nil, count: unaries.count)
    nodes.reserveCapacity(unaries.count)

    /// Adds the chain over `leaves` below `parent`; the innermost node.
    func unfold(_ label: SyntaxLabel, over leaves: Range<Int>, below parent: Int?) -> Int? {
      var parent = parent
      for kind in label.kinds {
        nodes.append(Node(kind: kind, leaves: leaves, parent: parent))
        parent = nodes.count - 1
      }
      return parent
    }

    // What is still to be placed, the next one last: a gap's node, or a leaf.
    var open: [(child: Child, parent: Int?)] = [(gaps.root.map(Child.node) ?? .leaf(0), nil)]
    while let (child, parent) = open.popLast() {
      switch child {
      case .leaf(let leaf):
        leafParents[leaf] = unfold(unaries[leaf], over: leaf..<leaf + 1, below: parent)
      case .node(let gap):
        let isBadRoot = parent == nil && labels[gap].isEmpty
        let span = gaps.spans[gap]
        let inner = unfold(
          isBadRoot ? SyntaxLabel(kind: Self.badRoot) : labels[gap],
          over: span.lowerBound..<span.upperBound + 1, below: parent)
        open.append((gaps.rights[gap].map(Child.node) ?? .leaf(gap + 1), inner))
        open.append((gaps.lefts[gap].map(Child.node) ?? .leaf(gap), inner))
      }
    }
    self.init(nodes: nodes, leafParents: leafParents)
  }
}
