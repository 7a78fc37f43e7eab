extension SyntaxTuple {
  /// The tuple of a tree, in time and memory proportional to its nodes.
  ///
  /// The binary tree behind it is never built. It has a node per gap: a node with k children is a comb to the right,
  /// labelled on its first gap and ∅ on the other k − 2; a chain of nodes with one child each is one label, put on
  /// the branching node that ends it, or on the terminal (then as its unary).
  public init(_ tree: some OrderedTree) {
    var reader = TupleReader(tree)
    reader.read()
    self.init(heights: reader.heights, labels: reader.labels, unaries: reader.unaries)
  }
}

/// Walks a tree from left to right and writes down (d, c, u).
private struct TupleReader<Tree: OrderedTree> {
  /// A branching node, some of whose children have been read.
  private struct Branch {
    let label: SyntaxLabel
    let children: [Tree.NodeID]
    var next = 0
  }

  private let tree: Tree
  private var open: [Branch] = []
  /// Heights of children read and gaps passed that belong to open branches, innermost last.
  private var childHeights: [Int] = []
  private var openGaps: [Int] = []

  private(set) var heights: [Int] = []
  private(set) var labels: [SyntaxLabel] = []
  private(set) var unaries: [SyntaxLabel] = []

  init(_ tree: Tree) { self.tree = tree }

  mutating func read() {
    enter(tree.root)
    while let branch = open.last {
      guard branch.next < branch.children.count else {
        close(childCount: branch.children.count)
        continue
      }
      open[open.count - 1].next += 1
      if branch.next > 0 {
        openGaps.append(heights.count)
        heights.append(0)
        labels.append(branch.next == 1 ? branch.label : .empty)
      }
      enter(branch.children[branch.next])
    }
  }

  /// Goes down the chain that begins at `start`, to a terminal or a node that branches.
  private mutating func enter(_ start: Tree.NodeID) {
    var node = start
    var kinds: [String] = []
    var children = tree.children(of: node)
    while children.count == 1 {
      kinds.append(tree.label(of: node))
      node = children[0]
      children = tree.children(of: node)
    }
    if children.isEmpty {
      unaries.append(kinds.isEmpty ? .empty : SyntaxLabel(kinds))
      childHeights.append(0)
    } else {
      kinds.append(tree.label(of: node))
      open.append(Branch(label: SyntaxLabel(kinds), children: children))
    }
  }

  /// Heights of the comb's nodes, from its last gap to its first.
  private mutating func close(childCount: Int) {
    var height = childHeights.removeLast()
    for _ in 1..<childCount {
      height = 1 + max(childHeights.removeLast(), height)
      heights[openGaps.removeLast()] = height
    }
    childHeights.append(height)
    open.removeLast()
  }
}
