/// Counts (or summed weights) of items by true and predicted class.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
  /// Number of classes.
  public let classCount: Int
  /// `[true, predicted]`, row-major.
  public private(set) var cells: [Double]

  /// Counts `predictions` against `labels`; every item weighs 1 unless `weights` says otherwise.
  public init(labels: [Int], predictions: [Int], classCount: Int, weights: [Double]? = nil) {
    precondition(
      labels.count == predictions.count, "\(labels.count) labels, \(predictions.count) predictions")
    self.classCount = classCount
    cells = [Double](repeating: 0, count: classCount * classCount)
    for i in labels.indices { cells[labels[i] * classCount + predictions[i]] += weights?[i] ?? 1 }
  }

  /// Items of class `truth` predicted as `prediction`.
  public subscript(truth: Int, prediction: Int) -> Double { cells[truth * classCount + prediction] }

  /// Items of class `truth`.
  public func total(_ truth: Int) -> Double { (0..<classCount).reduce(0) { $0 + self[truth, $1] } }

  /// The share of items on the diagonal; NaN when empty.
  public var accuracy: Double {
    let total = cells.reduce(0, +)
    return total > 0 ? (0..<classCount).reduce(0) { $0 + self[$1, $1] } / total : .nan
  }

  /// The mean over classes of the share of the class's items that were recognised; classes without items are left
  /// out; NaN when empty.
  public var balancedAccuracy: Double {
    let recalls = (0..<classCount).filter { total($0) > 0 }.map { self[$0, $0] / total($0) }
    return recalls.isEmpty ? .nan : recalls.reduce(0, +) / Double(recalls.count)
  }
}

/// The mean over classes of the share of the class's items that were recognised.
///
/// Classes without weight are left out of the mean.
public struct BalancedAccuracy: AdditiveStatistic {
  private let labels: [Int]
  private let correct: [Bool]
  private let classCount: Int

  /// The balanced accuracy of `predictions`.
  public init(labels: [Int], predictions: [Int], classCount: Int) {
    precondition(
      labels.count == predictions.count, "\(labels.count) labels, \(predictions.count) predictions")
    self.labels = labels
    correct = zip(labels, predictions).map { $0 == $1 }
    self.classCount = classCount
  }

  /// Number of items.
  public var itemCount: Int { labels.count }
  /// [0, 1].
  public var range: StatisticRange { .unit }
  /// The items' classes.
  public var strata: [Int]? { labels }

  /// Per class, the weight of its items and of those recognised.
  public var termCount: Int { 2 * classCount }

  /// Adds one item.
  public func add(_ item: Int, weight: Double, to sums: UnsafeMutablePointer<Double>) {
    sums[2 * labels[item]] += weight
    if correct[item] { sums[2 * labels[item] + 1] += weight }
  }

  /// The weighted mean of recalls; NaN without weight.
  public func value(sums: UnsafePointer<Double>) -> Double {
    var mean = 0.0
    var present = 0.0
    for c in 0..<classCount where sums[2 * c] > 0 {
      mean += sums[2 * c + 1] / sums[2 * c]
      present += 1
    }
    return present > 0 ? mean / present : .nan
  }
}
