import ProbeAnalysis
import Testing

struct NodeKindTallyTests {
  private func tally(_ predicted: NestedTree, _ gold: NestedTree) -> NodeKindTally {
    let (predicted, gold) = (ConstituentTree(predicted), ConstituentTree(gold))
    var tally = NodeKindTally()
    tally.add(ConstituentScore(of: predicted, against: gold), of: predicted, against: gold)
    return tally
  }

  private let gold = NestedTree.node(
    "block", [.node("call", [.leaf("f"), .leaf("x")]), .node("call", [.leaf("g"), .leaf("y")])])
  private let predicted = NestedTree.node(
    "block", [.node("call", [.leaf("f"), .leaf("x")]), .node("pair", [.leaf("g"), .leaf("y")])])

  @Test func eachKindHasItsHitsOfPredictedAndOfGold() {
    #expect(
      tally(predicted, gold).rows == [
        .init(kind: "call", counts: HitCounts(hits: 1, predicted: 1, gold: 2)),
        .init(kind: "block", counts: HitCounts(hits: 1, predicted: 1, gold: 1)),
        .init(kind: "pair", counts: HitCounts(hits: 0, predicted: 1, gold: 0)),
      ])
  }

  @Test func talliesAddUp() {
    var both = tally(predicted, gold)
    both.merge(tally(gold, gold))
    #expect(both.rows.map(\.kind) == ["call", "block", "pair"])
    #expect(both.rows[0].counts == HitCounts(hits: 3, predicted: 3, gold: 4))
    var other = tally(gold, gold)
    other.merge(tally(predicted, gold))
    #expect(both == other)
  }
}
