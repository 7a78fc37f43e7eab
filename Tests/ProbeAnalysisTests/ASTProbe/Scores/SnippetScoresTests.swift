import Foundation
import ProbeAnalysis
import Testing

struct SnippetScoresTests {
  private let gold = SyntaxTuple(GoldenTree.paper.tree)

  /// The paper's worked example as a tuple: heights on another scale, a wrong chain, no break statement.
  private var predicted: TuplePrediction {
    TuplePrediction(
      heights: [0.5, -1, 0.75],
      labels: [
        SyntaxLabel(["expression_statement", "augmented_assignment"]), .empty, SyntaxLabel(kind: "block"),
      ],
      unaries: [SyntaxLabel](repeating: .empty, count: 4))
  }

  @Test func aSnippetIsScoredFromItsTuples() {
    let comparison = SnippetComparison(of: predicted, with: gold)
    let scores = comparison.scores
    #expect(scores.leaves == 4)
    #expect(scores.labelled == HitCounts(hits: 2, predicted: 3, gold: 4))
    #expect(scores.unlabelled == HitCounts(hits: 3, predicted: 3, gold: 4))
    #expect(scores.membership == scores.labelled)
    #expect(!scores.exact)
    #expect(scores.agreement.labels == .init(right: 2, total: 3))
    #expect(scores.agreement.unaries == .init(right: 3, total: 4))
    #expect(scores.agreement.pairs == .init(right: 3, total: 3))
    // 0.5 over −1, 0.75 over −1; but 0.75 is only 0.25 over 0.5.
    #expect(scores.agreement.pairsWithMargin == .init(right: 2, total: 3))
    #expect(comparison.matches.goldHits == [true, true, false, false])
    #expect(comparison.goldTree.nodes.count == 4)
  }

  @Test func theRightTupleIsExact() {
    let scores = SnippetComparison(of: TuplePrediction(gold), with: gold).scores
    #expect(scores.exact)
    #expect([scores.precision, scores.recall, scores.f1, scores.unlabelledF1] == [1, 1, 1, 1])
  }

  @Test func theSameConstituentsInAnotherOrderAreNotTheSameTree() {
    func chain(_ kinds: [String]) -> SyntaxTuple {
      SyntaxTuple(heights: [1], labels: [SyntaxLabel(kinds)], unaries: [.empty, .empty])
    }
    let scores = SnippetComparison(of: TuplePrediction(chain(["b", "a"])), with: chain(["a", "b"])).scores
    #expect(scores.f1 == 1)
    #expect(!scores.exact)
  }

  @Test func onlyMembershipExceedsOne() {
    let twice = SyntaxTuple(heights: [1], labels: [SyntaxLabel(["a", "a"])], unaries: [.empty, .empty])
    let once = SyntaxTuple(heights: [1], labels: [SyntaxLabel(kind: "a")], unaries: [.empty, .empty])
    let scores = SnippetComparison(of: TuplePrediction(twice), with: once).scores
    for metric in TreeMetric.allCases { #expect((metric.value(of: scores) ?? 0 > 1) != metric.isShare) }
  }

  @Test func scoresSurviveJSON() throws {
    let scores = SnippetComparison(of: predicted, with: gold).scores
    #expect(try JSONDecoder().decode(SnippetScores.self, from: JSONEncoder().encode(scores)) == scores)
  }

  @Test func averagesAreOverSnippetsNotOverConstituents() throws {
    let scores = [
      SnippetComparison(of: predicted, with: gold).scores,
      SnippetComparison(of: TuplePrediction(gold), with: gold).scores,
    ]
    let expected: [TreeMetric: Double] = [
      .precision: 5.0 / 6, .recall: 3.0 / 4, .f1: 11.0 / 14, .unlabelledPrecision: 1,
      .unlabelledRecall: 7.0 / 8,
    ]
    for (metric, mean) in expected {
      let found = try #require(metric.mean(over: scores))
      #expect(abs(found - mean) < 1e-15)
    }
    #expect(TreeMetric.exact.mean(over: scores) == 0.5)
    #expect(TreeMetric.f1.mean(over: []) == nil)
  }

  @Test func aSnippetOfOneLeafHasNoGapsToRank() {
    let leaf = SyntaxTuple(heights: [], labels: [], unaries: [.empty])
    let scores = SnippetComparison(of: TuplePrediction(leaf), with: leaf).scores
    #expect(scores.exact)
    #expect(TreeMetric.pairAccuracy.value(of: scores) == nil)
    #expect(TreeMetric.labelAccuracy.value(of: scores) == nil)
    #expect(TreeMetric.f1.value(of: scores) == 0)
    for metric in TreeMetric.allCases { #expect(metric.value(of: scores).map(\.isFinite) != false) }
  }
}
