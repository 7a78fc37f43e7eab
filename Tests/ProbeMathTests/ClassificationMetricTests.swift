import ProbeMath
import Testing

@Suite struct ClassificationMetricTests {
  @Test func weightedMetricsAgreeWithScikitLearn() throws {
    for golden in try StatisticsGoldens.load().metrics {
      let classification = Classification(labels: golden.labels, scores: Tensor(rows: golden.scores))
      for metric in ClassificationMetric.allCases {
        let expected = try #require(golden.values[metric.rawValue])
        let value = metric.value(classification, weights: golden.weights)
        // Scores pass through float32: seven digits, of which the loss keeps six.
        #expect(abs(value - expected) < 1e-6, "\(metric.rawValue)")
      }
    }
  }

  @Test func aWeightCountsAnItemThatOften() {
    var stream = RandomStream(seed: 3, "weights")
    let labels = (0..<40).map { _ in stream.index(below: 3) }
    let rows = labels.map { label in (0..<3).map { Float(stream.normal()) + ($0 == label ? 1 : 0) } }
    let weights = labels.map { _ in stream.index(below: 4) }
    let repeated = labels.indices.flatMap { [Int](repeating: $0, count: weights[$0]) }
    let once = Classification(labels: labels, scores: Tensor(rows: rows))
    let often = Classification(
      labels: repeated.map { labels[$0] }, scores: Tensor(rows: repeated.map { rows[$0] }))
    for metric in ClassificationMetric.allCases {
      // The same sums in another order: rounding of float64 over a hundred terms.
      #expect(abs(metric.value(once, weights: weights.map(Double.init)) - metric.value(often)) < 1e-12)
    }
  }

  @Test func aurocCountsTiesHalf() {
    // Pairs by hand: (0.3 > 0.1) (0.3 = 0.3) (0.5 > 0.1) (0.5 > 0.3) = 3.5 of 4.
    let auroc = AUROC(scores: [0.1, 0.3, 0.3, 0.5], positive: [false, false, true, true])
    #expect(auroc.value() == 3.5 / 4)
    #expect(AUROC(scores: [1, 1, 1], positive: [true, false, true]).value() == 0.5)
    #expect(AUROC(scores: [1, 2], positive: [true, true]).value().isNaN)
  }

  @Test func confusionCountsTrueAgainstPredicted() {
    let matrix = ConfusionMatrix(labels: [0, 0, 1, 1, 1, 2], predictions: [0, 1, 1, 1, 0, 2], classCount: 3)
    #expect(matrix.cells == [1, 1, 0, 1, 2, 0, 0, 0, 1])
    #expect(matrix.accuracy == 4.0 / 6)
    #expect(abs(matrix.balancedAccuracy - (1.0 / 2 + 2.0 / 3 + 1) / 3) < 1e-15)
  }

  @Test func confidentScoresStayApart() {
    // Probabilities of both are 1 in float32; log-odds still order them.
    let scores = Tensor(rows: [[-40, 40], [-30, 30]])
    let classification = Classification(labels: [1, 0], scores: scores)
    #expect(ClassificationMetric.auroc.value(classification) == 1)
    #expect(abs(ClassificationMetric.logLoss.value(classification) - 15) < 1e-6)
  }
}
