import Foundation

/// What a classifier said about some items, and what is true of them.
///
/// Scores are log-odds, log p / (1 − p), of each class: they keep apart what probabilities near 0 and 1 would
/// round together, and every metric follows from them.
public struct Classification: Sendable {
  /// The true class of each item.
  public let labels: [Int]
  /// Log-odds, `[items, classes]`.
  public let scores: Tensor

  /// Pairs labels with scores.
  public init(labels: [Int], scores: Tensor) {
    precondition(labels.count == scores.rows, "Classification: \(labels.count) labels, \(scores.rows) rows")
    precondition(scores.width >= 2, "Classification: \(scores.width) classes")
    precondition(labels.allSatisfy { $0 >= 0 && $0 < scores.width }, "Classification: a label is no class")
    self.labels = labels
    self.scores = scores
  }

  /// Number of classes.
  public var classCount: Int { scores.width }

  /// The class with the highest score, the first of equals, of each item.
  public var predictions: [Int] {
    (0..<scores.rows).map { row in
      var best = 0
      for c in 1..<classCount where scores[row, c] > scores[row, best] { best = c }
      return best
    }
  }

  /// Items by true and predicted class.
  public var confusion: ConfusionMatrix {
    ConfusionMatrix(labels: labels, predictions: predictions, classCount: classCount)
  }
}

/// A number that says how well a classifier does.
public enum ClassificationMetric: String, Sendable, Codable, CaseIterable {
  /// Share of items whose most likely class is the true one.
  case accuracy
  /// Mean over classes of the share of the class's items that were recognised.
  case balancedAccuracy = "balanced_accuracy"
  /// Area under the ROC curve, ties ½; above two classes the mean of one-versus-rest.
  case auroc
  /// Mean of −ln p(true class).
  case logLoss = "log_loss"
  /// Mean of (p₁ − y)² for two classes, of Σ_c (p_c − 1[y = c])² for more (Brier 1950; scikit-learn's scaling).
  case brier

  /// Whether more is better.
  public var higherIsBetter: Bool {
    switch self {
    case .accuracy, .balancedAccuracy, .auroc: true
    case .logLoss, .brier: false
    }
  }

  /// The value reached by giving every class the same probability.
  public func chance(classCount: Int) -> Double {
    let k = Double(classCount)
    switch self {
    case .accuracy, .balancedAccuracy: return 1 / k
    case .auroc: return 0.5
    case .logLoss: return log(k)
    case .brier: return classCount == 2 ? 0.25 : (k - 1) / k
    }
  }

  /// The metric as a function of item weights, ready to be resampled.
  public func statistic(_ classification: Classification) -> any ItemStatistic {
    let labels = classification.labels
    let scores = classification.scores
    let classCount = classification.classCount
    switch self {
    case .accuracy:
      return WeightedMean(
        zip(classification.predictions, labels).map { $0 == $1 ? 1 : 0 }, range: .unit)
    case .balancedAccuracy:
      return BalancedAccuracy(
        labels: labels, predictions: classification.predictions, classCount: classCount)
    case .auroc:
      if classCount > 2 { return MacroAUROC(scores: scores, labels: labels) }
      return AUROC(scores: labels.indices.map { scores[$0, 1] }, positive: labels.map { $0 == 1 })
    case .logLoss:
      return WeightedMean(labels.indices.map { softplus(-Double(scores[$0, labels[$0]])) })
    case .brier:
      return WeightedMean(
        labels.indices.map { row in
          let first = classCount == 2 ? 1 : 0
          return (first..<classCount).reduce(0) { sum, c in
            let p = 1 / (1 + exp(-Double(scores[row, c])))
            let error = p - (labels[row] == c ? 1 : 0)
            return sum + error * error
          }
        }, range: classCount == 2 ? .unit : .real)
    }
  }

  /// The metric's value on `classification`, each item counted `weights[i]` times (once without weights).
  public func value(_ classification: Classification, weights: [Double]? = nil) -> Double {
    let statistic = statistic(classification)
    return weights.map { statistic.value(weights: $0) } ?? statistic.value()
  }
}

/// ln(1 + eˣ), without overflow.
public func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
