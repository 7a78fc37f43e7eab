import ProbeMath
import Testing

@testable import ProbeAnalysis

struct TupleAgreementTests {
  private func tuple(_ heights: [Int]) -> SyntaxTuple {
    SyntaxTuple(
      heights: heights, labels: [SyntaxLabel](repeating: .empty, count: heights.count),
      unaries: [SyntaxLabel](repeating: .empty, count: heights.count + 1))
  }

  private func prediction(_ heights: [Float]) -> TuplePrediction {
    TuplePrediction(
      heights: heights, labels: [SyntaxLabel](repeating: .empty, count: heights.count),
      unaries: [SyntaxLabel](repeating: .empty, count: heights.count + 1))
  }

  @Test func aRightPredictionAgreesEverywhere() throws {
    let gold = SyntaxTuple(GoldenTree.loop.tree)
    let agreement = TupleAgreement(of: TuplePrediction(gold), with: gold)
    #expect(agreement.labels == .init(right: 18, total: 18))
    #expect(agreement.unaries == .init(right: 19, total: 19))
    // 18 heights, of which 1 and 2 stand three times and the others once: 153 pairs less 2 × 3 tied.
    #expect(agreement.pairs == .init(right: 147, total: 147))
    #expect(agreement.pairsWithMargin == .init(right: 147, total: 147))
  }

  @Test func pairsAreRankedRightByHand() {
    // Ordered pairs of gold: 3 > 1, 3 > 2, 2 > 1. Predicted: 0.5 above, 0.5 below, 1 above.
    let agreement = TupleAgreement(of: prediction([2, 1.5, 2.5]), with: tuple([3, 1, 2]))
    #expect(agreement.pairs == .init(right: 2, total: 3))
    #expect(agreement.pairsWithMargin == .init(right: 1, total: 3))
  }

  @Test func labelsAndUnariesAreCompared() {
    let a = SyntaxLabel(kind: "a")
    let agreement = TupleAgreement(
      of: TuplePrediction(heights: [1, 2], labels: [a, .empty], unaries: [a, a, .empty]),
      with: SyntaxTuple(heights: [1, 2], labels: [a, a], unaries: [.empty, a, SyntaxLabel(["a", "a"])]))
    #expect(agreement.labels == .init(right: 1, total: 2))
    #expect(agreement.unaries == .init(right: 1, total: 3))
  }

  @Test func countsAreThoseOfGoingThroughAllPairs() {
    var stream = RandomStream(seed: 1, "pairs")
    for _ in 0..<400 {
      let count = stream.index(below: 25)
      let gold = (0..<count).map { _ in stream.index(below: 8) }
      let predicted = (0..<count).map { _ in
        stream.uniform() < 0.05 ? Float.nan : Float(stream.index(below: 20)) / 4
      }
      var (ranked, margin, total) = (0, 0, 0)
      for i in gold.indices {
        for j in gold.indices where gold[i] > gold[j] {
          total += 1
          ranked += predicted[i] > predicted[j] ? 1 : 0
          margin += predicted[i] - predicted[j] >= 1 ? 1 : 0
        }
      }
      let agreement = TupleAgreement(of: prediction(predicted), with: tuple(gold))
      #expect(agreement.pairs == .init(right: ranked, total: total))
      #expect(agreement.pairsWithMargin == .init(right: margin, total: total))
    }
  }

  @Test func agreementsAddUp() {
    let one = TupleAgreement(of: prediction([2, 1.5, 2.5]), with: tuple([3, 1, 2]))
    let sum = one + one + TupleAgreement()
    #expect(sum.pairs == .init(right: 4, total: 6))
    #expect(sum.pairsWithMargin == .init(right: 2, total: 6))
    #expect(sum.labels == .init(right: 6, total: 6))
    #expect(TupleAgreement().pairs.value == nil)
  }
}
