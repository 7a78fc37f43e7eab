import ProbeAnalysis
import Testing

struct OracleCeilingTests {
  private let gold = SyntaxTuple(GoldenTree.call.tree)

  @Test func withoutSharedVectorsEverythingIsRight() {
    let ceiling = TuplePrediction.oracleCeiling(of: gold, sharedVectors: [false, false, false, false, false])
    #expect(ceiling == TuplePrediction(gold))
    #expect(SnippetComparison(of: ceiling, with: gold).scores.f1 == 1)
  }

  @Test func aSharedVectorInAFlatNodeCostsNothing() {
    // `y` and `)` in `f(y)`: their gap is the lowest of the comb already.
    let ceiling = TuplePrediction.oracleCeiling(of: gold, sharedVectors: [false, false, false, false, true])
    #expect(ceiling.heights == [5, 4, 3, 2, 0])
    #expect(SnippetComparison(of: ceiling, with: gold).scores.exact)
  }

  @Test func aSharedVectorAcrossNodesCostsConstituents() {
    // `f` and `(` as one: the call's gap sinks below those of its argument list.
    let ceiling = TuplePrediction.oracleCeiling(of: gold, sharedVectors: [false, false, true, false, false])
    #expect(ceiling.heights == [5, 4, 0, 2, 1])
    let comparison = SnippetComparison(of: ceiling, with: gold)
    #expect(
      comparison.predictedTree.brackets
        == "(module (expression_statement (assignment 0 1 (argument_list (call 2 3) 4 5))))")
    #expect(comparison.scores.labelled == HitCounts(hits: 3, predicted: 5, gold: 5))
    #expect(comparison.scores.agreement.labels.value == 1)
  }
}
