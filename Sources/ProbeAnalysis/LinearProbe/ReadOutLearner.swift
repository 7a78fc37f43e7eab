import ProbeMath

/// Learns linear read-outs of one target at several strengths: what the fixed split and cross-validation share.
///
/// Classes are learned by logistic regression, everything else by ridge regression.
struct ReadOutLearner: Sendable {
  let target: ProbeTarget
  var strengths: [Double]
  var scaling = Standardizer.Scaling.perFeature
  /// Whether classes weigh alike, whatever their number of items.
  var isBalanced = false

  /// One probe a strength, in their order, learned from `rows` alone.
  ///
  /// - Parameter tolerance: when a logistic fit may stop.
  func fit(_ features: Tensor, rows: [Int], strengths: [Double], tolerance: Double) -> [LinearProbe] {
    switch target {
    case .classes(let labels, let names):
      LogisticProbeFitter(strengths: strengths, scaling: scaling, tolerance: tolerance)
        .fit(
          features, labels: labels, classes: names, rows: rows, weights: weights(labels, names.count, rows))
    default:
      RidgeProbeFitter(strengths: strengths, scaling: scaling)
        .fit(features, values: target.values, target: target.ridge, rows: rows)
        .map { LinearProbe($0, items: rows.count) }
    }
  }

  /// What a probe says about `rows`.
  func read(_ probe: LinearProbe, _ features: Tensor, rows: [Int]) -> ReadOut {
    readOut(probe.outputs(features, rows: rows), rows: rows)
  }

  /// Outputs of a probe, `[rows, …]`, beside what is true of the rows.
  func readOut(_ outputs: Tensor, rows: [Int]) -> ReadOut {
    switch target {
    case .classes(let labels, _):
      return .classes(Classification(labels: rows.map { labels[$0] }, scores: outputs))
    default:
      let values = target.values
      var period: Double?
      if case .cycle(_, let circumference) = target { period = circumference }
      return .numbers(
        Regression(
          truths: rows.map { values[$0] }, predictions: (0..<rows.count).map { Double(outputs[$0, 0]) },
          period: period))
    }
  }

  /// n / (K · n_c) for items of class c among `rows`; nil where classes weigh by their items.
  private func weights(_ labels: [Int], _ classCount: Int, _ rows: [Int]) -> [Double]? {
    guard isBalanced else { return nil }
    var counts = [Double](repeating: 0, count: classCount)
    for row in rows { counts[labels[row]] += 1 }
    let present = Double(counts.count { $0 > 0 })
    return labels.map { counts[$0] > 0 ? Double(rows.count) / (present * counts[$0]) : 0 }
  }
}
