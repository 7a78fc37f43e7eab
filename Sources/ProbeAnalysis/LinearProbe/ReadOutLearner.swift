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

  /// Loss of each strength on the outside of each part, learned from its inside: the mean over parts; zeros where there is
  /// one strength only.
  func losses(_ features: Tensor, parts: [(inside: [Int], outside: [Int])]) -> [Double] {
    var losses = [Double](repeating: 0, count: strengths.count)
    guard losses.count > 1 else { return losses }
    for part in parts {
      let probes = fit(
        features, rows: part.inside, strengths: strengths, tolerance: Self.comparingTolerance)
      for (index, probe) in probes.enumerated() {
        losses[index] += read(probe, features, rows: part.outside).meanLoss / Double(parts.count)
      }
    }
    return losses
  }

  /// The strength with the lowest loss, the stronger of equals.
  func best(_ losses: [Double]) -> Double { strengths[bestIndex(losses)] }

  /// Its index.
  func bestIndex(_ losses: [Double]) -> Int {
    strengths.indices.min { (losses[$0], strengths[$1]) < (losses[$1], strengths[$0]) } ?? 0
  }

  /// Ten times looser than a fit that is kept: what is compared are strengths a factor of ten apart.
  static let comparingTolerance = 1e-4

  /// Weights with which classes count alike; nil where they count by their items.
  private func weights(_ labels: [Int], _ classCount: Int, _ rows: [Int]) -> [Double]? {
    isBalanced ? TrainingItems.balancedWeights(labels: labels, rows: rows, classCount: classCount) : nil
  }
}
