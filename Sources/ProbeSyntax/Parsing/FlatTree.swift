import CTreeSitter

/// The nodes of a parse in preorder, before they become a ``SyntaxTree``: parents before children, so that everything
/// that is asked of a tree is a loop over an array.
struct FlatTree {
  struct Node {
    let symbol: TSSymbol
    var range: Range<Int>
    /// Index of the parent; −1 of the root.
    var parent: Int
  }

  var nodes: [Node]

  /// Reads a tree without recursion; `isLeaf` says by symbol which nodes' children are left out.
  init(_ root: TSNode, isLeaf: [Bool]) {
    var cursor = ts_tree_cursor_new(root)
    defer { ts_tree_cursor_delete(&cursor) }
    var (nodes, path) = ([Node](), [Int]())
    walk: while true {
      let node = ts_tree_cursor_current_node(&cursor)
      let symbol = ts_node_symbol(node)
      let range = Int(ts_node_start_byte(node))..<Int(max(ts_node_start_byte(node), ts_node_end_byte(node)))
      nodes.append(Node(symbol: symbol, range: range, parent: path.last ?? -1))
      let descends = Int(symbol) >= isLeaf.count || !isLeaf[Int(symbol)]
      if descends, ts_tree_cursor_goto_first_child(&cursor) {
        path.append(nodes.count - 1)
        continue
      }
      while !ts_tree_cursor_goto_next_sibling(&cursor) {
        guard ts_tree_cursor_goto_parent(&cursor) else { break walk }
        path.removeLast()
      }
    }
    self.nodes = nodes
  }

  /// Drops leaves, and the parents that they leave empty; the root stays.
  mutating func dropLeaves(where isDropped: (Range<Int>) -> Bool) {
    var hasChildren = [Bool](repeating: false, count: nodes.count)
    for node in nodes where node.parent >= 0 { hasChildren[node.parent] = true }
    var keeps = [Bool](repeating: false, count: nodes.count)
    for index in nodes.indices.reversed() {
      if !hasChildren[index], !isDropped(nodes[index].range) { keeps[index] = true }
      if keeps[index], nodes[index].parent >= 0 { keeps[nodes[index].parent] = true }
    }
    keeps[0] = true
    if keeps.allSatisfy({ $0 }) { return }
    var places = [Int](repeating: -1, count: nodes.count)
    var kept: [Node] = []
    for (index, node) in nodes.enumerated() where keeps[index] {
      places[index] = kept.count
      kept.append(Node(symbol: node.symbol, range: node.range, parent: index == 0 ? -1 : places[node.parent]))
    }
    nodes = kept
  }

  /// Leaves only what stands in a part of the text, at offsets of that part: the one node that covers what is there,
  /// or what the part's nodes stand in, over them alone.
  ///
  /// - Returns: whether the part is a whole: its nodes stand side by side, and none reaches over its edges.
  mutating func unwrap(_ part: Range<Int>) -> Bool {
    var (tops, kept) = ([Int](), [Int]())
    var isInside = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      let range = node.range
      if range.lowerBound >= part.lowerBound, range.upperBound <= part.upperBound {
        isInside[index] = true
        kept.append(index)
        if node.parent < 0 || !isInside[node.parent] { tops.append(index) }
      } else if range.overlaps(part),
        !(range.lowerBound <= part.lowerBound && range.upperBound >= part.upperBound)
      {
        return false
      }
    }
    guard let first = tops.first, tops.allSatisfy({ nodes[$0].parent == nodes[first].parent }) else {
      return tops.isEmpty
    }
    var places = [Int](repeating: -1, count: nodes.count)
    var inner: [Node] = []
    if tops.count > 1, nodes[first].parent >= 0 {
      let last = tops[tops.count - 1]
      let range = nodes[first].range.lowerBound..<nodes[last].range.upperBound
      places[nodes[first].parent] = 0
      inner.append(Node(symbol: nodes[nodes[first].parent].symbol, range: range, parent: -1))
    }
    for index in kept {
      places[index] = inner.count
      inner.append(nodes[index])
      inner[inner.count - 1].parent = inner.count == 1 ? -1 : places[nodes[index].parent]
    }
    for index in inner.indices {
      let range = inner[index].range
      inner[index].range = (range.lowerBound - part.lowerBound)..<(range.upperBound - part.lowerBound)
    }
    nodes = inner
    return true
  }

  /// The tree with its kinds by name.
  func syntaxTree(_ grammar: Grammar) -> SyntaxTree {
    var children = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() where node.parent >= 0 { children[node.parent].append(index) }
    return SyntaxTree(
      nodes: nodes.indices.map { index in
        SyntaxTree.Node(
          kind: grammar.kind(nodes[index].symbol), range: nodes[index].range, children: children[index])
      })
  }
}
