import ProbeAnalysis
import ProbeMath
import Testing

struct ConstituentScoreTests {
  /// The paper's worked example: the assignment taken for an augmented one, the break not found.
  private let predicted = NestedTree.node(
    "block",
    [
      .node("expression_statement", [.node("augmented_assignment", [.leaf("a"), .leaf("="), .leaf("b")])]),
      .leaf("break"),
    ])

  private func score(
    _ predicted: NestedTree, _ gold: NestedTree, labelled: Bool = true,
    counting: ConstituentScore.Counting = .multiset
  ) -> ConstituentScore {
    ConstituentScore(
      of: ConstituentTree(predicted), against: ConstituentTree(gold), labelled: labelled, counting: counting)
  }

  @Test func thePapersExampleHasPrecisionTwoThirdsAndRecallTwoFourths() {
    for counting in ConstituentScore.Counting.allCases {
      let score = score(predicted, GoldenTree.paper.tree, counting: counting)
      #expect(score.counts == HitCounts(hits: 2, predicted: 3, gold: 4))
      #expect(score.counts.precision == 2.0 / 3)
      #expect(score.counts.recall == 2.0 / 4)
      #expect(score.predictedHits == [true, true, false])
      #expect(score.goldHits == [true, true, false, false])
    }
  }

  @Test func unlabelledConstituentsNeedOnlyTheSameLeaves() {
    let score = score(predicted, GoldenTree.paper.tree, labelled: false)
    #expect(score.counts == HitCounts(hits: 3, predicted: 3, gold: 4))
    #expect(score.goldHits == [true, true, true, false])
  }

  @Test func duplicatesHitOnceAsMultisetsAndEachTimeByMembership() {
    let once = NestedTree.node("a", [.leaf("x"), .leaf("y")])
    let twice = NestedTree.node("a", [once])
    #expect(score(twice, once).counts == HitCounts(hits: 1, predicted: 2, gold: 1))
    #expect(score(twice, once).predictedHits == [true, false])
    let membership = score(twice, once, counting: .membership)
    #expect(membership.counts == HitCounts(hits: 2, predicted: 2, gold: 1))
    #expect(membership.predictedHits == [true, true])
    #expect(membership.counts.recall == 2)
    #expect(score(once, twice).counts == HitCounts(hits: 1, predicted: 1, gold: 2))
    #expect(score(once, twice).goldHits == [true, false])
    #expect(score(once, twice, counting: .membership).counts == HitCounts(hits: 1, predicted: 1, gold: 2))
    #expect(score(once, twice, counting: .membership).goldHits == [true, true])
  }

  @Test func aTreeAgainstItselfHitsEverything() {
    var stream = RandomStream(seed: 1, "scores")
    for _ in 0..<300 {
      let tree = NestedTree.random(&stream, depth: 5)
      for labelled in [true, false] {
        let counts = score(tree, tree, labelled: labelled).counts
        #expect(counts.hits == counts.predicted && counts.hits == counts.gold)
      }
    }
  }

  @Test func multisetHitsAreTheIntersectionSeenFromEitherSide() {
    var stream = RandomStream(seed: 2, "scores")
    let labels = [[], ["a"], ["b"], ["a", "a"]].map(SyntaxLabel.init(_:))
    var duplicates = 0
    for _ in 0..<500 {
      let trees = (0..<2).map { _ in
        ConstituentTree(
          heights: (0..<9).map { _ in stream.uniform() },
          labels: (0..<9).map { _ in labels[stream.index(below: 4)] },
          unaries: (0..<10).map { _ in labels[stream.index(below: 4)] })
      }
      for labelled in [true, false] {
        let score = ConstituentScore(of: trees[0], against: trees[1], labelled: labelled)
        // By taking out of a list, one by one.
        var left = trees[1].nodes.map { [labelled ? $0.kind : "", "\($0.leaves)"] }
        for node in trees[0].nodes {
          if let found = left.firstIndex(of: [labelled ? node.kind : "", "\(node.leaves)"]) {
            left.remove(at: found)
          }
        }
        #expect(score.counts.hits == trees[1].nodes.count - left.count)
        #expect(score.goldHits.count { $0 } == score.counts.hits)
        let membership = ConstituentScore(
          of: trees[0], against: trees[1], labelled: labelled, counting: .membership)
        duplicates += membership.counts.hits > score.counts.hits ? 1 : 0
      }
    }
    #expect(duplicates > 0)
  }

  @Test func nothingPredictedScoresNothing() {
    let counts = HitCounts(hits: 0, predicted: 0, gold: 3)
    #expect([counts.precision, counts.recall, counts.f1] == [0, 0, 0])
    let empty = HitCounts(hits: 0, predicted: 0, gold: 0)
    #expect([empty.precision, empty.recall, empty.f1] == [0, 0, 0])
  }

  @Test func f1IsTheHarmonicMean() {
    let counts = HitCounts(hits: 2, predicted: 3, gold: 4)
    let (precision, recall) = (2.0 / 3, 2.0 / 4)
    #expect(abs(counts.f1 - 2 * precision * recall / (precision + recall)) < 1e-15)
  }
}
