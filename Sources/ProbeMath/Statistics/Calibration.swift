import Foundation

/// Whether probabilities mean what they say: of the items given 80%, are 80% right?
///
/// For two classes the probability is that of class 1 and the event that class 1 is true; for more it is that of the
/// most likely class and the event that this class is true (top-label calibration).
///
/// Items are put into bins of equal mass by probability (equal probabilities share a bin), at most 10 and few enough
/// that each holds about 10 items or more:
///
///     ECE = Σ_b (n_b / n) · |mean p in b − share of events in b|
///
/// **ECE errs upwards**: each bin's noise counts as error, so that a perfectly calibrated probe has ECE > 0, by
/// ``expectedErrorIfCalibrated`` for independent items. ``rootMeanSquaredError(groups:)`` subtracts the noise.
/// Reference: Naeini, Cooper & Hauskrecht, AAAI 2015; Nixon et al., CVPR workshops 2019, on equal mass.
public struct Calibration: Sendable {
  /// Most bins unless told otherwise.
  public static let defaultBins = 10
  /// Items that a bin should hold.
  public static let itemsPerBin = 10

  /// The probability given to each item's event.
  public let probabilities: [Double]
  /// 1 where the event happened, 0 where it did not.
  public let outcomes: [Double]
  /// The bin of each item, by rising probability.
  public let bins: [Int]
  /// Number of bins.
  public let binCount: Int

  /// Probabilities of events and whether they happened.
  public init(probabilities: [Double], outcomes: [Bool], maximumBins: Int = defaultBins) {
    precondition(
      probabilities.count == outcomes.count && !outcomes.isEmpty,
      "Calibration: \(probabilities.count) probabilities, \(outcomes.count) outcomes")
    precondition(maximumBins >= 1, "Calibration: \(maximumBins) bins")
    self.probabilities = probabilities
    self.outcomes = outcomes.map { $0 ? 1 : 0 }
    let count = probabilities.count
    let wanted = max(1, min(maximumBins, count / Self.itemsPerBin))
    let rising = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
    var assigned = [Int](repeating: 0, count: count)
    var bin = -1
    var share = -1
    for (place, item) in rising.enumerated() {
      let isTied = place > 0 && probabilities[item] == probabilities[rising[place - 1]]
      if place * wanted / count > share, !isTied {
        share = place * wanted / count
        bin += 1
      }
      assigned[item] = bin
    }
    bins = assigned
    binCount = bin + 1
  }

  /// The calibration of a classifier's probabilities.
  public init(_ classification: Classification, maximumBins: Int = defaultBins) {
    let labels = classification.labels
    let predictions = classification.predictions
    let isBinary = classification.classCount == 2
    self.init(
      probabilities: labels.indices.map { item in
        1 / (1 + exp(-Double(classification.scores[item, isBinary ? 1 : predictions[item]])))
      },
      outcomes: labels.indices.map { isBinary ? labels[$0] == 1 : labels[$0] == predictions[$0] },
      maximumBins: maximumBins)
  }

  /// ECE as a statistic to be resampled, with these bins: a cluster bootstrap of it gives its interval. Resampling
  /// adds the upward bias once more; BCa's correction takes some of it back.
  public var statistic: ExpectedCalibrationError { ExpectedCalibrationError(self) }

  /// ECE.
  public var error: Double { statistic.value() }

  /// About the ECE that independent items would show if every probability were right:
  ///
  ///     √(2/π) · Σ_b √(Σ_{i ∈ b} p(1 − p)) / n
  public var expectedErrorIfCalibrated: Double {
    var variances = [Double](repeating: 0, count: binCount)
    for (p, bin) in zip(probabilities, bins) { variances[bin] += p * (1 - p) }
    return (2 / Double.pi).squareRoot() * variances.reduce(0) { $0 + $1.squareRoot() }
      / Double(outcomes.count)
  }

  /// The root mean squared calibration error over bins with the noise of the shares subtracted:
  ///
  ///     √ max(0, Σ_b (n_b / n) · ((mean p − share)² − SE_b²))
  ///
  /// SE_b is the clustered standard error of mean p − share in the bin; for items alone it is the estimate of Kumar,
  /// Liang & Ma (NeurIPS 2019, §4.2), but for p's own spread within a bin. They debias the square, whose bias has a
  /// closed form; the absolute value's has none.
  ///
  /// - Returns: nil when a bin holds fewer than two groups.
  public func rootMeanSquaredError<Group: Hashable>(groups: [Group]) -> Double? {
    precondition(groups.count == bins.count, "Calibration: \(groups.count) groups, \(bins.count) items")
    var sum = 0.0
    for members in items() {
      let gaps = members.map { probabilities[$0] - outcomes[$0] }
      let mean = gaps.reduce(0, +) / Double(gaps.count)
      let variance = clusteredVarianceOfMean(gaps, groups: members.map { groups[$0] })
      guard !variance.isNaN else { return nil }
      sum += Double(gaps.count) * (mean * mean - variance)
    }
    return max(0, sum / Double(bins.count)).squareRoot()
  }

  /// The items of each bin.
  func items() -> [[Int]] {
    var members = [[Int]](repeating: [], count: binCount)
    for (item, bin) in bins.enumerated() { members[bin].append(item) }
    return members
  }
}

/// Σ_b |Σ_{i ∈ b} wᵢ (pᵢ − yᵢ)| / Σ wᵢ: the expected calibration error over fixed bins.
public struct ExpectedCalibrationError: AdditiveStatistic {
  private let gaps: [Double]
  private let bins: [Int]
  private let binCount: Int

  init(_ calibration: Calibration) {
    gaps = zip(calibration.probabilities, calibration.outcomes).map { $0 - $1 }
    bins = calibration.bins
    binCount = calibration.binCount
  }

  /// Number of items.
  public var itemCount: Int { gaps.count }
  /// [0, 1].
  public var range: StatisticRange { .unit }
  /// A sum for each bin, and the weight.
  public var termCount: Int { binCount + 1 }

  /// Adds one item.
  public func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>) {
    sums[bins[item]] += weight * gaps[item]
    sums[binCount] += weight
  }

  /// The weighted error; NaN without weight.
  public func value(sums: UnsafePointer<Double>) -> Double {
    guard sums[binCount] > 0 else { return .nan }
    var error = 0.0
    for bin in 0..<binCount { error += abs(sums[bin]) }
    return error / sums[binCount]
  }
}
