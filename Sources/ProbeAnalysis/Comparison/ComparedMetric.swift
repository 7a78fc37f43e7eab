import ProbeMath

/// A number by which two read-outs of the same items are compared.
public enum ComparedMetric: String, Sendable, Codable, CaseIterable {
  /// Share of items whose most likely class is the true one.
  case accuracy
  /// Mean over classes of the share that was recognised.
  case balancedAccuracy = "balanced_accuracy"
  /// Area under the ROC curve.
  case auroc
  /// Mean of −ln p(true class).
  case logLoss = "log_loss"
  /// Brier score.
  case brier
  /// Coefficient of determination, 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
  case r2
  /// Mean absolute error, in the unit of the label.
  case mae

  /// Whether more is better.
  public var higherIsBetter: Bool { classification?.higherIsBetter ?? (self == .r2) }

  /// Whether the metric is a share, written in percent.
  var isShare: Bool { self == .accuracy || self == .balancedAccuracy }

  /// The same metric of classes; nil for a metric of numbers.
  var classification: ClassificationMetric? { ClassificationMetric(rawValue: rawValue) }

  /// Those that are always reported, the one that decides unless told otherwise first.
  static func usual(ofClasses: Bool) -> [ComparedMetric] {
    ofClasses ? [.accuracy, .auroc, .logLoss] : [.r2, .mae]
  }
}

/// What one side said about the shared items, ready for metrics.
enum Readout: Sendable {
  case classes(Classification)
  case numbers(truths: [Double], predictions: [Double])

  /// The metric as a function of item weights; nil where it is not of this kind.
  func statistic(_ metric: ComparedMetric) -> (any ItemStatistic)? {
    switch (self, metric) {
    case (.classes(let classification), _): metric.classification?.statistic(classification)
    case (.numbers(let truths, let predictions), .r2):
      ExplainedShare(truths: truths, predictions: predictions)
    case (.numbers(let truths, let predictions), .mae):
      WeightedMean(zip(truths, predictions).map { abs($0 - $1) })
    default: nil
    }
  }

  /// What knowing nothing would reach; nil where that depends on the data.
  func chance(_ metric: ComparedMetric) -> Double? {
    switch self {
    case .classes(let classification): metric.classification?.chance(classCount: classification.classCount)
    case .numbers: metric == .r2 ? 0 : nil
    }
  }

  /// Both sides' items in one row, A's first; `ranked` puts ranks within each side in the place of scores.
  static func joined(_ a: Readout, _ b: Readout, ranked: Bool) -> Readout? {
    switch (a, b) {
    case (.classes(let a), .classes(let b)):
      let scores = ranked ? (ranks(a.scores), ranks(b.scores)) : (a.scores, b.scores)
      return .classes(
        Classification(
          labels: a.labels + b.labels,
          scores: Tensor(
            [a.labels.count + b.labels.count, a.classCount], scores.0.elements + scores.1.elements)))
    case (.numbers(let truths, let a), .numbers(_, let b)):
      return .numbers(truths: truths + truths, predictions: a + b)
    default: return nil
    }
  }

  /// Every score's rank among those of its class, from 1, the mean rank for ties.
  private static func ranks(_ scores: Tensor) -> Tensor {
    var ranks = scores
    for column in 0..<scores.width {
      let order = (0..<scores.rows).sorted { (scores[$0, column], $0) < (scores[$1, column], $1) }
      var first = 0
      while first < order.count {
        var end = first + 1
        while end < order.count, scores[order[end], column] == scores[order[first], column] { end += 1 }
        for place in first..<end { ranks[order[place], column] = Float(first + end + 1) / 2 }
        first = end
      }
    }
    return ranks
  }
}

/// R² = 1 − Σ w (y − ŷ)² / Σ w (y − ȳ)², with ȳ the weighted mean; NaN where the truths do not vary.
struct ExplainedShare: AdditiveStatistic {
  private let truths: [Double]
  private let errors: [Double]

  init(truths: [Double], predictions: [Double]) {
    precondition(
      truths.count == predictions.count, "ExplainedShare: \(truths.count) truths, \(predictions.count)")
    // About the mean, so that squares of large numbers do not cancel.
    let mean = truths.isEmpty ? 0 : truths.reduce(0, +) / Double(truths.count)
    self.truths = truths.map { $0 - mean }
    errors = zip(truths, predictions).map { ($0 - $1) * ($0 - $1) }
  }

  var itemCount: Int { truths.count }
  var range: StatisticRange { .real }
  /// Σ w, Σ w y, Σ w y², Σ w (y − ŷ)².
  var termCount: Int { 4 }

  func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>) {
    let truth = truths[item]
    sums[0] += weight
    sums[1] += weight * truth
    sums[2] += weight * truth * truth
    sums[3] += weight * errors[item]
  }

  func value(sums: UnsafePointer<Double>) -> Double {
    guard sums[0] > 0 else { return .nan }
    let spread = sums[2] - sums[1] * sums[1] / sums[0]
    return spread > 0 ? 1 - sums[3] / spread : .nan
  }
}
