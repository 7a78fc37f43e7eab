import Foundation

/// What a regression probe said about some items, and what is true of them.
public struct Regression: Sendable {
  /// The true value of each item.
  public let truths: [Double]
  /// The predicted value of each item.
  public let predictions: [Double]
  /// The mean of the *training* targets: the constant prediction that R² and the chance of MAE compare with. Without
  /// it the mean of the items themselves serves, which knows the test part and so flatters the constant.
  public let trainingMean: Double?
  /// After how much a cyclic target returns to itself, such as 24 for hours; nil for one that does not.
  public let period: Double?

  /// Pairs true with predicted values, all finite.
  public init(truths: [Double], predictions: [Double], trainingMean: Double? = nil, period: Double? = nil) {
    precondition(
      truths.count == predictions.count,
      "Regression: \(truths.count) truths, \(predictions.count) predictions")
    precondition(period.map { $0 > 0 } ?? true, "Regression: period \(period ?? 0)")
    self.truths = truths
    self.predictions = predictions
    self.trainingMean = trainingMean
    self.period = period
  }

  /// The shorter way round between two values of a cyclic target: in [0, period/2].
  public static func cyclicDistance(_ a: Double, _ b: Double, period: Double) -> Double {
    abs(remainder(a - b, period))
  }
}

/// A number that says how well a regression does.
public enum RegressionMetric: String, Sendable, Codable, CaseIterable {
  /// 1 − Σ (y − ŷ)² / Σ (y − m)², m the training mean: below 0 where the constant m does better.
  case r2
  /// Mean of |y − ŷ|, in the target's unit.
  case mae
  /// Spearman's rank correlation, ties sharing their mean rank.
  case rankCorrelation = "rank_correlation"
  /// Mean of the shorter way round between y and ŷ, in the target's unit; for cyclic targets.
  case angularError = "angular_error"

  /// Whether more is better.
  public var higherIsBetter: Bool {
    switch self {
    case .r2, .rankCorrelation: true
    case .mae, .angularError: false
    }
  }

  /// What can be measured of `regression`: the angular error if it is cyclic, the others if not.
  public static func metrics(of regression: Regression) -> [RegressionMetric] {
    regression.period == nil ? [.r2, .mae, .rankCorrelation] : [.angularError]
  }

  /// What a prediction that knows nothing of the item reaches: 0; for MAE, the mean distance from the training mean
  /// (the items' own without it); a quarter of the period for a cyclic target.
  public func chance(_ regression: Regression) -> Double {
    switch self {
    case .r2, .rankCorrelation: return 0
    case .angularError: return (regression.period ?? .nan) / 4
    case .mae:
      let count = Double(regression.truths.count)
      let centre = regression.trainingMean ?? regression.truths.reduce(0, +) / count
      return regression.truths.reduce(0) { $0 + abs($1 - centre) } / count
    }
  }

  /// The metric as a function of item weights, ready to be resampled.
  ///
  /// - Precondition: ``angularError`` needs a period.
  public func statistic(_ regression: Regression) -> any ItemStatistic {
    let pairs = zip(regression.truths, regression.predictions)
    switch self {
    case .r2: return ExplainedVariance(regression)
    case .mae: return WeightedMean(pairs.map { abs($0 - $1) })
    case .rankCorrelation: return RankCorrelation(regression.truths, regression.predictions)
    case .angularError:
      guard let period = regression.period else {
        preconditionFailure("RegressionMetric: angular_error of a target without a period")
      }
      return WeightedMean(pairs.map { Regression.cyclicDistance($0, $1, period: period) })
    }
  }

  /// The metric's value on `regression`; NaN where undefined.
  public func value(_ regression: Regression) -> Double { statistic(regression).value() }
}

/// R² = 1 − Σ w (y − ŷ)² / Σ w (y − m)².
///
/// m is the training mean, the same in every resample; where that is unknown, each resample's own weighted mean.
public struct ExplainedVariance: AdditiveStatistic {
  private let deviations: [Double]
  private let squaredErrors: [Double]
  private let isCentred: Bool

  /// The R² of `regression`.
  public init(_ regression: Regression) {
    let truths = regression.truths
    // Around a centre first: Σ y² − (Σ y)²/n loses all digits of values far from 0.
    let centre = regression.trainingMean ?? truths.reduce(0, +) / Double(max(truths.count, 1))
    deviations = truths.map { $0 - centre }
    squaredErrors = zip(truths, regression.predictions).map { ($0 - $1) * ($0 - $1) }
    isCentred = regression.trainingMean != nil
  }

  /// Number of items.
  public var itemCount: Int { deviations.count }
  /// Up to 1, without a lower end.
  public var range: StatisticRange { .real }
  /// Σ w, Σ w e², Σ w δ and Σ w δ².
  public var termCount: Int { 4 }

  /// Adds one item.
  public func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>) {
    sums[0] += weight
    sums[1] += weight * squaredErrors[item]
    sums[2] += weight * deviations[item]
    sums[3] += weight * deviations[item] * deviations[item]
  }

  /// The weighted R²; NaN where all truths are equal to m.
  public func value(sums: UnsafePointer<Double>) -> Double {
    guard sums[0] > 0 else { return .nan }
    let spread = isCentred ? sums[3] : sums[3] - sums[2] * sums[2] / sums[0]
    return spread > 0 ? 1 - sums[1] / spread : .nan
  }
}
