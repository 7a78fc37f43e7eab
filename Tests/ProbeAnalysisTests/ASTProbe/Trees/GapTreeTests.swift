import Testing

@testable import ProbeAnalysis

struct GapTreeTests {
  @Test func theHighestGapSplitsAndThenEitherPart() {
    let tree = GapTree([2, 1, 3, 1, 1])
    #expect(tree.root == 2)
    #expect(tree.lefts == [nil, nil, 0, nil, nil])
    #expect(tree.rights == [1, nil, 3, 4, nil])
    #expect(tree.spans == [0..<2, 1..<2, 0..<5, 3..<5, 4..<5])
    #expect(tree.depths == [1, 2, 0, 1, 2])
  }

  @Test func noGapsHaveNoRoot() {
    let tree = GapTree([Float]())
    #expect(tree.root == nil)
    #expect(tree.depths.isEmpty)
  }

  @Test func aNaNStillLeavesEveryGapInTheTree() {
    let tree = GapTree([1, .nan, 2, .nan, 0.5] as [Float])
    let children = (tree.lefts + tree.rights + [tree.root]).compactMap { $0 }
    #expect(children.sorted() == [0, 1, 2, 3, 4])
  }
}
