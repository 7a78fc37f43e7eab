import ProbeAnalysis
import Testing

struct LeafBigramTableTests {
  private let assignment = SyntaxLabel(kind: "assignment")
  private let call = SyntaxLabel(kind: "call")
  private let arguments = SyntaxLabel(kind: "arguments")
  private let name = SyntaxLabel(kind: "name")

  /// Ranks of the heights: ¾ ¼, then ½ ⅙ ⅚.
  private var table: LeafBigramTable {
    let none = SyntaxLabel.empty
    return LeafBigramTable([
      .init(
        leaves: ["x", "=", "y"],
        tuple: SyntaxTuple(heights: [2, 1], labels: [assignment, none], unaries: [name, none, none])
      ),
      .init(
        leaves: ["x", "(", ")", "="],
        tuple: SyntaxTuple(
          heights: [2, 1, 3], labels: [call, arguments, assignment], unaries: [none, none, name, none])
      ),
    ])
  }

  @Test func pairsSeenHaveTheirMeanRankAndLabel() {
    let prediction = table.predict(["x", "(", ")", "="])
    #expect(prediction.heights == [0.5, Float(1.0 / 6), Float(5.0 / 6)])
    #expect(prediction.labels == [call, arguments, assignment])
  }

  @Test func pairsNeverSeenFallBackOnTheLeftLeafThenOnTheRightThenOnAll() {
    // = z: gaps after =, ¼. z (: gaps before (, ½. ( q: gaps after (, ⅙. q w: all, ½; every label but assignment once.
    let prediction = table.predict(["=", "z", "(", "q", "w"])
    #expect(prediction.heights == [0.25, 0.5, Float(1.0 / 6), 0.5])
    #expect(prediction.labels == [.empty, call, arguments, assignment])
  }

  @Test func whatIsLeftOfTheGapGoesBeforeWhatIsRight() {
    // ) ( was never seen: after ) there was ⅚ and an assignment, before ( ½ and a call.
    #expect(table.predict([")", "("]).heights == [Float(5.0 / 6)])
    #expect(table.predict([")", "("]).labels == [assignment])
  }

  @Test func aContextSeenTwiceIsAveragedAndTheFirstLabelInOrderWinsTies() {
    // After x: ¾ and ½, an assignment and a call.
    #expect(table.predict(["x", "q"]).heights == [0.625])
    #expect(table.predict(["x", "q"]).labels == [assignment])
  }

  @Test func equalHeightsShareTheirRank() {
    let table = LeafBigramTable([
      .init(
        leaves: ["a", "b", "c", "d", "e"],
        tuple: SyntaxTuple(
          heights: [1, 2, 1, 1], labels: [SyntaxLabel](repeating: name, count: 4),
          unaries: [SyntaxLabel](repeating: .empty, count: 5))
      )
    ])
    #expect(table.predict(["a", "b", "c", "d", "e"]).heights == [0.375, 0.875, 0.375, 0.375])
  }

  @Test func unariesDependOnTheLeafAndTheOneBefore() {
    // x begins both snippets, once a name and once not: ∅ comes first. ) is a name after (, and anywhere.
    #expect(table.predict(["x", "(", ")"]).unaries == [.empty, .empty, name])
    #expect(table.predict(["q", ")"]).unaries == [.empty, name])
    let texts = LeafBigramTable([
      .init(leaves: ["a", "b"], tuple: SyntaxTuple(heights: [1], labels: [call], unaries: [.empty, name])),
      .init(
        leaves: ["c", "b"], tuple: SyntaxTuple(heights: [1], labels: [call], unaries: [.empty, .empty])),
      .init(
        leaves: ["d", "b"], tuple: SyntaxTuple(heights: [1], labels: [call], unaries: [.empty, .empty])),
      .init(leaves: ["b", "d"], tuple: SyntaxTuple(heights: [1], labels: [call], unaries: [call, .empty])),
    ])
    #expect(texts.predict(["a", "b"]).unaries[1] == name)
    #expect(texts.predict(["q", "b"]).unaries[1] == .empty)
    #expect(texts.predict(["b"]).unaries == [call])
  }

  @Test func countingNothingPredictsNothing() {
    let nothing = LeafBigramTable([])
    #expect(ConstituentTree(nothing.predict(["a", "b", "c"])).nodes.map(\.kind) == [ConstituentTree.badRoot])
  }

  @Test func snippetsOfPairsThatOccurOnceComeBack() {
    let golden = SyntaxTuple(GoldenTree.call.tree)
    let leaves = ["x", "=", "f", "(", "y", ")"]
    let comparison = SnippetComparison(
      of: LeafBigramTable([.init(leaves: leaves, tuple: golden)]).predict(leaves), with: golden)
    #expect(comparison.scores.exact)
  }
}
