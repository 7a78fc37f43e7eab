/// The mean of several statistics of the same items, resampled together: what several models reach on one test set.
///
/// The models are taken as given: the spread among them is no part of the interval, which is about the items.
public struct MeanStatistic: ItemStatistic {
  /// The statistics, at least one.
  public let parts: [any ItemStatistic]

  /// The mean of `parts`, which are over the same items.
  public init(_ parts: [any ItemStatistic]) {
    precondition(!parts.isEmpty, "MeanStatistic: of nothing")
    let counts = parts.map { $0.itemCount }
    precondition(counts.allSatisfy { $0 == counts[0] }, "MeanStatistic: of \(counts) items")
    self.parts = parts
  }

  /// Number of items, the same in all parts.
  public var itemCount: Int { parts[0].itemCount }
  /// That of the parts, where it is the same.
  public var range: StatisticRange {
    let areShares = parts.allSatisfy { if case .unit = $0.range { true } else { false } }
    return areShares ? .unit : .real
  }
  /// The classes of any part.
  public var strata: [Int]? { parts.lazy.compactMap { $0.strata }.first }

  /// The mean under one resample; NaN where a part is undefined.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    parts.reduce(0) { $0 + $1.value(weights: weights) } / Double(parts.count)
  }
}
