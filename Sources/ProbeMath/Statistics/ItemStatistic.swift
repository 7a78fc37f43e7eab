import Foundation

/// The values a statistic can take; decides the scale its interval is made on.
public enum StatisticRange: Sendable {
  /// [0, 1], such as an accuracy.
  case unit
  /// [−1, 1], such as a difference of accuracies.
  case signedUnit
  /// Any real number, such as a log loss.
  case real

  func clamp(_ x: Double) -> Double {
    switch self {
    case .unit: min(1, max(0, x))
    case .signedUnit: min(1, max(-1, x))
    case .real: x
    }
  }

  /// estimate ± reach within the range; for shares on the logit scale, reach divided by θ(1 − θ).
  func bounds(_ estimate: Double, reach: Double) -> (lower: Double, upper: Double) {
    guard case .unit = self, estimate > 0, estimate < 1 else {
      return (clamp(estimate - reach), clamp(estimate + reach))
    }
    let logit = log(estimate / (1 - estimate))
    let scaled = reach / (estimate * (1 - estimate))
    return (1 / (1 + exp(scaled - logit)), 1 / (1 + exp(-scaled - logit)))
  }
}

/// A function of weighted items: what a bootstrap evaluates again and again.
///
/// A resample of the items is a weight per item (how often it was drawn), so a statistic prepares once what does
/// not depend on the weights — AUROC sorts its scores — and each evaluation is one pass without allocation.
public protocol ItemStatistic: Sendable {
  /// Number of items.
  var itemCount: Int { get }
  /// The values that ``value(weights:)`` can take.
  var range: StatisticRange { get }
  /// A class per item where the statistic is an average over classes: at the edge of its range the scarcest
  /// class then decides how sure one can be. nil where all items count alike.
  var strata: [Int]? { get }
  /// The statistic with item i counted `weights[i]` times; NaN where it is undefined (no weight, or a class
  /// without any).
  func value(weights: UnsafeBufferPointer<Double>) -> Double
}

extension ItemStatistic {
  /// All items count alike.
  public var strata: [Int]? { nil }

  /// The statistic with every item counted once.
  public func value() -> Double {
    let ones = [Double](repeating: 1, count: itemCount)
    return ones.withUnsafeBufferPointer { value(weights: $0) }
  }

  /// The statistic with item i counted `weights[i]` times.
  public func value(weights: [Double]) -> Double {
    precondition(weights.count == itemCount, "\(weights.count) weights for \(itemCount) items")
    return weights.withUnsafeBufferPointer { value(weights: $0) }
  }
}

/// A statistic that depends on the weights only through a few sums over items, Σ wᵢ tᵢ.
///
/// Its resamples cost a pass over groups instead of one over items.
public protocol AdditiveStatistic: ItemStatistic {
  /// Number of sums.
  var termCount: Int { get }
  /// Adds item i's terms, times `weight`, to the sums.
  func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>)
  /// The statistic, from the sums; NaN where it is undefined.
  func value(sums: UnsafePointer<Double>) -> Double
}

extension AdditiveStatistic {
  /// The statistic under item weights, from its sums.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: termCount) { sums in
      guard let base = sums.baseAddress else { return .nan }
      sums.initialize(repeating: 0)
      for item in 0..<itemCount { add(item, weight: weights[item], to: base) }
      return value(sums: base)
    }
  }
}

/// Σ wᵢ xᵢ / Σ wᵢ: an accuracy (x = 1 where right), a mean log loss, a mean difference.
public struct WeightedMean: AdditiveStatistic {
  /// One value per item.
  public let values: [Double]
  /// The values the mean can take.
  public let range: StatisticRange

  /// The mean of `values`, known to lie in `range`.
  public init(_ values: [Double], range: StatisticRange = .real) {
    self.values = values
    self.range = range
  }

  /// Number of values.
  public var itemCount: Int { values.count }

  /// Σ w x and Σ w.
  public var termCount: Int { 2 }

  /// Adds one value.
  public func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>) {
    sums[0] += weight * values[item]
    sums[1] += weight
  }

  /// The weighted mean; NaN without weight.
  public func value(sums: UnsafePointer<Double>) -> Double { sums[1] > 0 ? sums[0] / sums[1] : .nan }
}

/// a − b on the same items, resampled together: the paired difference.
public struct PairedDifference<A: ItemStatistic, B: ItemStatistic>: ItemStatistic {
  /// The minuend.
  public let a: A
  /// The subtrahend.
  public let b: B

  /// a − b over the same items.
  public init(_ a: A, minus b: B) {
    precondition(a.itemCount == b.itemCount, "PairedDifference: \(a.itemCount) and \(b.itemCount) items")
    self.a = a
    self.b = b
  }

  /// Number of items, the same on both sides.
  public var itemCount: Int { a.itemCount }
  /// [−1, 1] when both sides lie in [0, 1].
  public var range: StatisticRange {
    if case .unit = a.range, case .unit = b.range { return .signedUnit }
    return .real
  }
  /// The classes of either side.
  public var strata: [Int]? { a.strata ?? b.strata }

  /// The difference under one resample.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    a.value(weights: weights) - b.value(weights: weights)
  }
}
