import ProbeMath
import Testing

@testable import ProbeAnalysis

struct ConstituentTreeTests {
  @Test func theTupleOfATreeRestoresIt() {
    var stream = RandomStream(seed: 4, "trees")
    for _ in 0..<3000 {
      let tree = NestedTree.random(&stream, depth: 1 + stream.index(below: 6))
      let restored = ConstituentTree(SyntaxTuple(tree))
      #expect(restored.brackets == tree.description)
      #expect(restored == ConstituentTree(tree))
    }
  }

  @Test func predictionsRestoreAsTheRecursiveDefinitionSays() {
    var stream = RandomStream(seed: 5, "predictions")
    let choices = [[], [], ["a"], ["b", "c"]].map(SyntaxLabel.init(_:))
    var ties = 0
    for _ in 0..<3000 {
      let gaps = stream.index(below: 30)
      // Few different numbers, so that there are ties.
      let heights = (0..<gaps).map { _ in Float(stream.index(below: 12)) / 4 }
      let labels = (0..<gaps).map { _ in choices[stream.index(below: choices.count)] }
      let unaries = (0...gaps).map { _ in choices[stream.index(below: choices.count)] }
      let tree = ConstituentTree(TuplePrediction(heights: heights, labels: labels, unaries: unaries))
      let expected = TextbookBinaryTree(
        heights: heights.map(Double.init), labels: labels.map(\.kinds), unaries: unaries.map(\.kinds)
      ).restored
      #expect(tree.brackets == expected.description)
      #expect(tree == ConstituentTree(expected))
      ties += Set(heights).count < gaps ? 1 : 0
    }
    #expect(ties > 1000)
  }

  @Test func onlyTheOrderOfHeightsCounts() {
    var stream = RandomStream(seed: 6, "trees")
    for _ in 0..<200 {
      let tuple = SyntaxTuple(NestedTree.random(&stream, depth: 5))
      let stretched = tuple.heights.map { Float($0 * $0) / 7 - 100 }
      #expect(
        ConstituentTree(heights: stretched, labels: tuple.labels, unaries: tuple.unaries)
          == ConstituentTree(tuple))
    }
  }

  @Test func theFirstOfEqualHeightsSplits() {
    let labels = ["a", "b", "c"].map(SyntaxLabel.init(kind:))
    let tree = ConstituentTree(
      heights: [1, 1, 1], labels: labels, unaries: [SyntaxLabel](repeating: .empty, count: 4))
    #expect(tree.brackets == "(a 0 (b 1 (c 2 3)))")
  }

  @Test func anEmptyRootIsABadRoot() {
    let tree = ConstituentTree(
      heights: [2, 1], labels: [.empty, .empty], unaries: [.empty, SyntaxLabel(["b", "c"]), .empty])
    #expect(tree.brackets == "(bad_root 0 (b (c 1)) 2)")
  }

  @Test func nodesKnowTheirLeavesAndParents() {
    let tree = ConstituentTree(GoldenTree.paper.tree)
    #expect(tree.leafCount == 4)
    #expect(
      tree.nodes == [
        .init(kind: "block", leaves: 0..<4, parent: nil),
        .init(kind: "expression_statement", leaves: 0..<3, parent: 0),
        .init(kind: "assignment", leaves: 0..<3, parent: 1),
        .init(kind: "break_statement", leaves: 3..<4, parent: 0),
      ])
    #expect(Array(tree.children(of: 0)) == [.node(1), .node(3)])
    #expect(Array(tree.children(of: 2)) == [.leaf(0), .leaf(1), .leaf(2)])
  }

  @Test func aLeafAloneHasNoNodes() {
    let leaf = ConstituentTree(NestedTree.leaf("x"))
    #expect(leaf.nodes.isEmpty)
    #expect(leaf.root == .leaf(0))
    #expect(leaf == ConstituentTree(SyntaxTuple(NestedTree.leaf("x"))))
  }

  @Test func aNodeOfTenThousandChildrenComesBack() {
    let tree = FlatTree(wide: 10_000)
    let tuple = SyntaxTuple(tree)
    #expect(tuple.heights == Array((1...9_999).reversed()))
    #expect(tuple.labels.first == SyntaxLabel(kind: "module"))
    #expect(tuple.labels.count { !$0.isEmpty } == 1)
    let restored = ConstituentTree(tuple)
    #expect(restored == ConstituentTree(tree))
    #expect(restored.nodes.count == 1)
    #expect(restored.children(of: 0).count == 10_000)
  }

  @Test(arguments: [true, false]) func combsOfTenThousandLeavesComeBack(leansRight: Bool) {
    let tree = FlatTree(comb: 10_000, leansRight: leansRight)
    let tuple = SyntaxTuple(tree)
    #expect(tuple.heights == (leansRight ? Array((1...9_999).reversed()) : Array(1...9_999)))
    let restored = ConstituentTree(tuple)
    #expect(restored == ConstituentTree(tree))
    #expect(restored.nodes.count == 9_999)
    #expect(ConstituentTree(heights: tuple.depths, labels: tuple.labels, unaries: tuple.unaries) == restored)
  }

  @Test func aChainOfTenThousandNodesComesBack() {
    let tree = FlatTree(chain: 10_000)
    let tuple = SyntaxTuple(tree)
    #expect(tuple.leafCount == 1)
    #expect(tuple.unaries[0].kinds.count == 10_000)
    #expect(ConstituentTree(tuple) == ConstituentTree(tree))
  }
}

/// Trees too deep to be nested values, as lists of children by node.
struct FlatTree: OrderedTree {
  private var lists: [[Int]]
  let root = 0

  func label(of node: Int) -> String { node == 0 ? "module" : "n\(node % 7)" }
  func children(of node: Int) -> [Int] { lists[node] }

  /// One node over so many leaves.
  init(wide leaves: Int) { lists = [Array(1...leaves)] + [[Int]](repeating: [], count: leaves) }

  /// Nodes of two children, of which the right or the left one is the next such node.
  init(comb leaves: Int, leansRight: Bool) {
    // Node 2i has the leaf 2i + 1 and the node 2i + 2; the last node is a leaf.
    lists = (0...2 * leaves - 2).map { node in
      if node % 2 == 1 || node == 2 * leaves - 2 { return [] }
      return leansRight ? [node + 1, node + 2] : [node + 2, node + 1]
    }
  }

  /// Nodes one over the other above one leaf.
  init(chain nodes: Int) { lists = (0...nodes).map { $0 == nodes ? [] : [$0 + 1] } }
}
