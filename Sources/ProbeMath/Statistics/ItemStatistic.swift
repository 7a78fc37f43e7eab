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

/// Σ wᵢ xᵢ / Σ wᵢ: an accuracy (x = 1 where right), a mean log loss, a mean difference.
public struct WeightedMean: ItemStatistic {
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

  /// The weighted mean; NaN without weight.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    var sum = 0.0
    var total = 0.0
    values.withUnsafeBufferPointer { values in
      for i in values.indices {
        sum += weights[i] * values[i]
        total += weights[i]
      }
    }
    return total > 0 ? sum / total : .nan
  }
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
