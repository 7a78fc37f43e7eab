import ProbeAnalysis
import ProbeMath
import Testing

struct BranchingBaselineTests {
  private let tuples = [GoldenTree.call, .function, .loop].map { SyntaxTuple($0.tree) }

  @Test func labelsAreTheMajorities() {
    let a = SyntaxLabel(kind: "a")
    let b = SyntaxLabel(kind: "b")
    let root = SyntaxLabel(["module", "call"])
    let tuples = [
      SyntaxTuple(heights: [1, 2, 3], labels: [a, .empty, root], unaries: [a, a, b, .empty]),
      SyntaxTuple(heights: [3, 1, 2], labels: [root, .empty, b], unaries: [a, .empty, b, a]),
      SyntaxTuple(heights: [1, 2], labels: [a, SyntaxLabel(kind: "module")], unaries: [.empty, .empty, b]),
      SyntaxTuple(heights: [2, 1], labels: [SyntaxLabel(kind: "module"), .empty], unaries: [b, b, b]),
      SyntaxTuple(heights: [1], labels: [root], unaries: [a, a]),
    ]
    let majority = BranchingBaseline(.balanced, from: tuples)
    #expect(majority.rootLabel == root)
    #expect(majority.label == .empty)
    // a and b stand over six leaves each: the first in order.
    #expect(majority.unary == a)
    #expect(BranchingBaseline(.balanced, labels: .namedMajority, from: tuples).label == a)
  }

  @Test(arguments: 0...10) func aBalancedTreeOfAPowerOfTwoLeavesHasTheExponentAsHeight(exponent: Int) {
    let prediction = BranchingBaseline(.balanced, from: tuples).predict(leafCount: 1 << exponent)
    #expect(prediction.heights.max() ?? 0 == Float(exponent))
    for height in 1...10 where height <= exponent {
      #expect(prediction.heights.count { $0 == Float(height) } == 1 << (exponent - height))
    }
  }

  @Test func heightsAreThoseOfTheTreeTheyMake() {
    for shape in BranchingBaseline.Shape.allCases {
      let baseline = BranchingBaseline(shape, labels: .namedMajority, from: tuples)
      for leaves in 1..<130 {
        let prediction = baseline.predict(leafCount: leaves)
        let binary = TextbookBinaryTree(
          heights: prediction.heights.map(Double.init), labels: prediction.labels.map(\.kinds),
          unaries: prediction.unaries.map(\.kinds))
        #expect(binary.tuple.d.map(Float.init) == prediction.heights)
      }
    }
  }

  @Test func rightBranchingConstituentsReachTheLastLeaf() {
    let baseline = BranchingBaseline(.rightBranching, labels: .namedMajority, from: tuples)
    let tree = ConstituentTree(baseline.predict(leafCount: 6))
    let inner = tree.nodes.filter { SyntaxLabel(kind: $0.kind) == baseline.label }
    #expect(inner.map(\.leaves) == [1..<6, 2..<6, 3..<6, 4..<6])
    let root = tree.nodes.prefix(baseline.rootLabel.kinds.count)
    #expect(root.map(\.kind) == baseline.rootLabel.kinds)
    #expect(root.allSatisfy { $0.leaves == 0..<6 })
  }

  @Test func tenThousandLeavesAreBranched() {
    for shape in BranchingBaseline.Shape.allCases {
      let baseline = BranchingBaseline(shape, labels: .namedMajority, from: tuples)
      let tree = ConstituentTree(baseline.predict(leafCount: 10_000))
      #expect(tree.leafCount == 10_000)
      #expect(tree.nodes.count == 9_998 + baseline.rootLabel.kinds.count)
    }
  }
}
