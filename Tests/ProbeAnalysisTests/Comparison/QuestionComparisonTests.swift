import Testing

@testable import ProbeAnalysis

/// Goldens of scikit-learn 1.9 (metrics), scipy 1.17 (t quantiles, binomial test) and an enumeration of all exchanges
/// in numpy.
@Suite struct QuestionComparisonTests {
  private typealias Fixture = ComparisonFixture

  private func close(_ value: Double?, _ golden: Double, within tolerance: Double = 1e-9) -> Bool {
    value.map { abs($0 - golden) <= tolerance } ?? false
  }

  @Test func metricsAreScikitLearns() throws {
    let question = try Fixture.compare(Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB))
    #expect(question.metrics.map { $0.metric } == [.accuracy, .auroc, .logLoss])
    let goldens = [
      (0.9285714285714286, 0.42857142857142855), (0.979591836734694, 0.4387755102040816),
      (0.33210828103802575, 0.9824071833637518),
    ]
    for (metric, golden) in zip(question.metrics, goldens) {
      #expect(close(metric.a.value, golden.0) && close(metric.b.value, golden.1), "\(metric)")
      #expect(close(metric.difference.value, golden.1 - golden.0))
    }
    #expect(question.items == 14 && question.groups == 7)
    #expect(question.metrics[0].a.chance == 0.5 && question.metrics[0].difference.chance == nil)
  }

  /// θ ± t(6) · SE of the jackknife over groups.
  @Test func theIntervalIsOverGroupsOfThePairedDifference() throws {
    let settings = ComparisonSettings(margin: 0.3)
    let question = try Fixture.compare(
      Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB), settings)
    let difference = question.metrics[0].difference
    #expect(close(difference.lower, -0.8775666956936138) && close(difference.upper, -0.12243330430638621))
    let equal = try #require(question.equivalence)
    #expect(equal.level == 0.9 && !equal.holds)
    #expect(close(equal.lower, -0.7998392268637889) && close(equal.upper, -0.20016077313621106))
    let wide = try Fixture.compare(
      Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB), ComparisonSettings(margin: 0.8))
    #expect(wide.equivalence?.holds == true)
  }

  @Test(arguments: [
    (ProbeMetric.accuracy, 0.0625), (.auroc, 0.015625), (.logLoss, 0.015625),
  ])
  func groupsAreExchangedAsAWhole(metric: ProbeMetric, p: Double) throws {
    let question = try Fixture.compare(
      Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB), ComparisonSettings(metric: metric))
    #expect(question.test == .exactSwap)
    #expect(question.metrics.map { $0.metric }.first == metric && question.metrics.count == 3)
    #expect(close(question.p, p))
  }

  /// Seven items that only A gets right, none that only B does: 2 · (1/2)⁷.
  @Test func independentItemsGetMcNemarsTest() throws {
    let alone = (0..<14).map { "g\($0)" }
    let question = try Fixture.compare(
      Fixture.binary(Fixture.scoresA, groups: alone), Fixture.binary(Fixture.scoresB, groups: alone))
    #expect(question.test == .mcNemar && close(question.p, 0.015625) && question.verdict == .worse)
    let other = try Fixture.compare(
      Fixture.binary(Fixture.scoresB, groups: alone), Fixture.binary(Fixture.scoresA, groups: alone))
    #expect(close(other.p, 0.015625) && other.verdict == .better)
  }

  /// Log-odds of another scale order the items alike: AUROC and its test must not notice.
  @Test func theTestOfAUROCDoesNotSeeTheScale() throws {
    let settings = ComparisonSettings(metric: .auroc)
    let plain = try Fixture.compare(
      Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB), settings)
    let scaled = try Fixture.compare(
      Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB.map { 100 * $0 + 40 }), settings)
    #expect(plain.p == scaled.p && plain.metrics[0].difference == scaled.metrics[0].difference)
  }

  @Test func numbersAreComparedByExplainedShareAndError() throws {
    let truths: [Double] = [1, 2, 3, 4, 5, 6, 7, 8]
    let question = try Fixture.compare(
      Fixture.numeric([1.5, 2, 2.5, 4.5, 5, 5.5, 7.25, 8], truths: truths),
      Fixture.numeric([2, 1, 4, 3, 7, 5, 6, 10], truths: truths))
    #expect(question.metrics.map { $0.metric } == [.r2, .mae])
    #expect(close(question.metrics[0].a.value, 0.9747023809523809))
    #expect(close(question.metrics[0].b.value, 0.6666666666666667))
    #expect(question.metrics[1].a.value == 0.28125 && question.metrics[1].b.value == 1.25)
    #expect(question.p == 0.0078125 && question.verdict == .worse)
    // Of an error less is better: B is worse by it too.
    let byError = try Fixture.compare(
      Fixture.numeric([1.5, 2, 2.5, 4.5, 5, 5.5, 7.25, 8], truths: truths),
      Fixture.numeric([2, 1, 4, 3, 7, 5, 6, 10], truths: truths), ComparisonSettings(metric: .mae))
    #expect(byError.metrics[0].metric == .mae && byError.verdict == .worse)
  }

  /// 23 and 1 o'clock are two hours apart, both ways round.
  @Test func hoursAreComparedOnTheirCircle() throws {
    func hours(_ said: [Float]) -> ItemPredictions {
      ItemPredictions(
        label: "hour", point: nil, classes: nil, period: 24, items: ["a", "b", "c"], groups: ["a", "b", "c"],
        truths: [23, 1, 12], scores: said.map { [$0] })
    }
    let question = try Fixture.compare(hours([1, 23, 12]), hours([23, 4, 6]))
    #expect(question.metrics.map { $0.metric } == [.angularError])
    #expect(close(question.metrics[0].a.value, 4.0 / 3) && close(question.metrics[0].b.value, 3))
  }

  @Test func aResultDoesNotDifferFromItself() throws {
    let question = try Fixture.compare(Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresA))
    #expect(question.p == 1 && question.metrics.allSatisfy { $0.difference.value == 0 })
    #expect(question.verdict == .noDifference)
  }

  @Test func exchangingTheSidesTurnsTheSignAndKeepsThePValue() throws {
    for metric in [ProbeMetric.accuracy, .auroc, .logLoss, .brier, .balancedAccuracy] {
      let settings = ComparisonSettings(metric: metric)
      let there = try Fixture.compare(
        Fixture.binary(Fixture.scoresA), Fixture.binary(Fixture.scoresB), settings)
      let back = try Fixture.compare(
        Fixture.binary(Fixture.scoresB), Fixture.binary(Fixture.scoresA), settings)
      #expect(there.p == back.p)
      let (one, other) = (there.metrics[0].difference, back.metrics[0].difference)
      #expect(close(one.value, -(other.value ?? .nan), within: 1e-12))
      #expect(close(one.lower, -(other.upper ?? .nan), within: 1e-9))
    }
  }

  /// Many groups are exchanged at random: twenty that all speak against B give the smallest p there is.
  @Test func manyGroupsAreExchangedAtRandom() throws {
    let truths = (0..<40).map { Double($0 % 2) }
    let right = truths.map { Float($0 == 1 ? 2 : -2) }
    let wrong = right.enumerated().map { $0 % 2 == 0 ? $1 : -$1 }
    let groups = (0..<40).map { "g\($0 / 2)" }
    let settings = ComparisonSettings(resamples: 499)
    let question = try Fixture.compare(
      Fixture.binary(right, groups: groups, truths: truths),
      Fixture.binary(wrong, groups: groups, truths: truths),
      settings)
    #expect(question.test == .swap && question.p == 1.0 / 500)
    #expect(question.metrics[0].difference.value == -0.5)
  }
}
