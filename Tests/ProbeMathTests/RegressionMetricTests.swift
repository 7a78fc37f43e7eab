import ProbeMath
import Testing

@Suite struct RegressionMetricTests {
  let x: [Double] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5]
  let y: [Double] = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8]
  let counts = [1, 2, 0, 3, 1, 1, 2, 0, 1, 4]

  @Test func r2IsRelativeToTheTrainingMeanOrTheItemsOwn() {
    let truths = [3, -0.5, 2, 7]
    let predictions = [2.5, 0, 2, 8]
    // sklearn.metrics.r2_score's documented example; the other by numpy with m = 2.
    let own = Regression(truths: truths, predictions: predictions)
    #expect(abs(RegressionMetric.r2.value(own) - 0.9486081370449679) < 1e-12)
    let trained = Regression(truths: truths, predictions: predictions, trainingMean: 2)
    #expect(abs(RegressionMetric.r2.value(trained) - 0.9534883720930233) < 1e-12)
    #expect(RegressionMetric.r2.value(Regression(truths: [1, 1], predictions: [0, 2])).isNaN)
    #expect(RegressionMetric.mae.value(own) == 0.5)
    // Distances 1, 2.5, 0 and 5 from the training mean.
    #expect(RegressionMetric.mae.chance(trained) == 2.125)
  }

  @Test func rankCorrelationsAgreeWithSciPy() {
    let statistic = RankCorrelation(x, y)
    #expect(abs(statistic.value() - 0.16308001724472523) < 1e-12)
    // scipy.stats.spearmanr of the items repeated as often as they weigh.
    #expect(abs(statistic.value(weights: counts.map { Double($0) }) - -0.01003700438997791) < 1e-12)
    #expect(RankCorrelation([1, 2], [3, 3]).value().isNaN)
  }

  /// What a resample means: weights give what copies of the items would.
  @Test(arguments: RegressionMetric.allCases) func wholeWeightsAreCopies(metric: RegressionMetric) {
    let weights = counts.map { Double($0) }
    let items = counts.indices.flatMap { [Int](repeating: $0, count: counts[$0]) }
    for mean in [nil, 3.0] {
      let once = Regression(truths: x, predictions: y, trainingMean: mean, period: 10)
      let copied = Regression(
        truths: items.map { x[$0] }, predictions: items.map { y[$0] }, trainingMean: mean, period: 10)
      #expect(abs(metric.statistic(once).value(weights: weights) - metric.value(copied)) < 1e-12)
    }
  }

  @Test func cyclicDistancesTakeTheShorterWay() {
    #expect(Regression.cyclicDistance(23, 1, period: 24) == 2)
    #expect(Regression.cyclicDistance(1, 23, period: 24) == 2)
    #expect(Regression.cyclicDistance(0, 12, period: 24) == 12)
    #expect(Regression.cyclicDistance(-47, 2, period: 24) == 1)
    let clock = Regression(truths: [23, 6], predictions: [1, 6.5], period: 24)
    #expect(RegressionMetric.angularError.value(clock) == 1.25)
    #expect(RegressionMetric.angularError.chance(clock) == 6)
    #expect(RegressionMetric.metrics(of: clock) == [.angularError])
  }

  @Test func intervalsOfR2CoverTheirTruth() {
    // y = x + e, both of variance 1, predicted by x: R² about the mean 0 is ½.
    let covered = concurrently(300) { run in
      var stream = RandomStream(seed: 6, "r2", "\(run)")
      let x = (0..<120).map { _ in stream.normal() }
      let y = x.map { $0 + stream.normal() }
      let bootstrap = ClusterBootstrap(groups: Array(0..<120), replicates: 300, stream: stream)
      let statistic = ExplainedVariance(Regression(truths: y, predictions: x, trainingMean: 0))
      return bootstrap.interval(of: statistic)?.contains(0.5) ?? false
    }.count { $0 }
    // 300 runs: standard error 1.3 points.
    #expect((0.91...0.985).contains(Double(covered) / 300), "covered \(covered) of 300")
  }
}
