import ProbeMath

extension ItemPredictions {
  /// The metrics that are reported of predictions like these, the one that decides unless told otherwise first.
  var usualMetrics: [ProbeMetric] {
    if classes != nil { return [.accuracy, .auroc, .logLoss] }
    return period == nil ? [.r2, .mae] : [.angularError]
  }

  /// All metrics that can be had of predictions like these.
  var knownMetrics: [ProbeMetric] {
    if classes != nil { return ClassificationMetric.allCases.map { .ofClasses($0) } }
    return RegressionMetric.metrics(of: Regression(truths: [], predictions: [], period: period)).map {
      .ofNumbers($0)
    }
  }
}

extension ReadOut {
  /// Two sides' items in one row, A's first; nil where the sides are of different kinds.
  ///
  /// - Parameter ranked: puts ranks within each side in the place of scores, which of two models are on no common scale.
  static func joined(_ a: ReadOut, _ b: ReadOut, ranked: Bool) -> ReadOut? {
    switch (a, b) {
    case (.classes(let a), .classes(let b)):
      let scores = ranked ? (ranks(a.scores), ranks(b.scores)) : (a.scores, b.scores)
      return .classes(
        Classification(
          labels: a.labels + b.labels,
          scores: Tensor(
            [a.labels.count + b.labels.count, a.classCount], scores.0.elements + scores.1.elements)))
    case (.numbers(let a), .numbers(let b)):
      let said = ranked ? ranks(a.predictions) + ranks(b.predictions) : a.predictions + b.predictions
      return .numbers(Regression(truths: a.truths + b.truths, predictions: said, period: a.period))
    default: return nil
    }
  }

  /// Every score's rank among those of its class.
  private static func ranks(_ scores: Tensor) -> Tensor {
    var result = scores
    for column in 0..<scores.width {
      for (row, rank) in ranks((0..<scores.rows).map { Double(scores[$0, column]) }).enumerated() {
        result[row, column] = Float(rank)
      }
    }
    return result
  }

  /// The rank of each value, from 1; the mean rank for ties.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = values
    var first = 0
    while first < order.count {
      var end = first + 1
      while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
      for place in first..<end { ranks[order[place]] = Double(first + end + 1) / 2 }
      first = end
    }
    return ranks
  }
}
