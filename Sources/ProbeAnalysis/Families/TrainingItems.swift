import ProbeMath

/// What a family learns from: activations with labels, the rows that train, and the folds to choose on.
public struct TrainingItems: Sendable {
  /// Activations of all items, training or not: `[n, d]`.
  public let features: Tensor
  /// Class index of every row of ``features``.
  public let labels: [Int]
  /// Names of the classes.
  public let classes: [String]
  /// The rows that train.
  public let rows: [Int]
  /// The fold of every row of ``features``, from 0; what it says about rows that do not train means nothing.
  public let folds: [Int]
  /// Weight of every row of ``features``; nil for 1.
  public let weights: [Double]?
  /// Seed of every random choice.
  public let seed: UInt64

  /// Items whose folds are known already, such as those of a ``GroupSplit``.
  ///
  /// - Precondition: at least one training row, each with a fold; weights positive.
  /// - Throws: ``StudyError`` `.notFinite` for a feature that is NaN or infinite, in whichever row.
  public init(
    _ features: Tensor, labels: [Int], classes: [String], rows: [Int], folds: [Int],
    weights: [Double]? = nil, seed: UInt64
  ) throws(StudyError) {
    precondition(features.shape.count == 2, "TrainingItems: features \(features.shape), expected a matrix")
    Self.check(labels, classes, rows, folds, weights, count: features.rows)
    try Self.checkFinite(features)
    (self.features, self.labels, self.classes, self.rows) = (features, labels, classes, rows)
    (self.folds, self.weights, self.seed) = (folds, weights, seed)
  }

  /// Items whose training rows are dealt into folds of whole groups.
  ///
  /// - Parameters:
  ///   - groups: leakage unit of every row.
  ///   - count: folds, at most as many as there are groups.
  /// - Throws: ``StudyError`` `.notFinite` for a feature that is NaN or infinite, in whichever row.
  public init(
    _ features: Tensor, labels: [Int], classes: [String], rows: [Int], groups: [String],
    weights: [Double]? = nil, seed: UInt64, folds count: Int = 5
  ) throws(StudyError) {
    precondition(
      groups.count == labels.count, "TrainingItems: \(groups.count) groups, \(labels.count) labels")
    try self.init(
      features, labels: labels, classes: classes, rows: rows,
      folds: Self.deal(labels, groups, rows, count, seed: seed), weights: weights, seed: seed)
  }

  /// Weights with which every class counts alike: n / (K · n_c) over the training rows, and so 1 on average.
  ///
  /// K is the number of classes that occur there; a row of a class that does not has weight 1.
  public static func balancedWeights(labels: [Int], rows: [Int], classCount: Int) -> [Double] {
    var counts = [Double](repeating: 0, count: classCount)
    for row in rows { counts[labels[row]] += 1 }
    let present = Double(counts.count { $0 > 0 })
    return labels.map { counts[$0] > 0 ? Double(rows.count) / (present * counts[$0]) : 1 }
  }

  // MARK: -

  static func check(
    _ labels: [Int], _ classes: [String], _ rows: [Int], _ folds: [Int], _ weights: [Double]?, count: Int
  ) {
    precondition(classes.count >= 2, "TrainingItems: classes \(classes)")
    precondition(
      labels.count == count && folds.count == count && (weights?.count ?? count) == count,
      "TrainingItems: \(count) items, \(labels.count) labels, \(folds.count) folds, \(weights?.count ?? count) weights"
    )
    precondition(!rows.isEmpty, "TrainingItems: no rows to learn from")
    for row in rows {
      precondition(row >= 0 && row < count, "TrainingItems: row \(row) of \(count)")
      precondition(classes.indices.contains(labels[row]), "TrainingItems: label \(labels[row]) of row \(row)")
      precondition(folds[row] >= 0, "TrainingItems: row \(row) trains and has no fold")
      precondition(
        weights.map { $0[row] > 0 && $0[row].isFinite } ?? true, "TrainingItems: weight of row \(row)")
    }
  }

  static func checkFinite(_ features: Tensor) throws(StudyError) {
    guard let index = features.elements.withUnsafeBufferPointer({ firstNonFinite($0) }) else { return }
    let (row, column) = (index / max(features.width, 1), index % max(features.width, 1))
    throw StudyError(
      .notFinite, at: "row \(row), feature \(column)",
      "Feature \(column) of row \(row) is \(features.elements[index]). No probe can be fitted on it; capture in "
        + "bfloat16 or float32 if float16 overflowed.")
  }

  static func deal(
    _ labels: [Int], _ groups: [String], _ rows: [Int], _ count: Int, seed: UInt64
  ) -> [Int] {
    precondition(count >= 2, "TrainingItems: \(count) folds")
    let roster = GroupRoster(labels: rows.map { labels[$0] }, groups: rows.map { groups[$0] })
    let folds = max(1, min(count, roster.names.count))
    let dealt = roster.deal(
      Array(roster.names.indices), shares: [Double](repeating: 1 / Double(folds), count: folds),
      RandomStream(seed: seed, "family-folds"))
    var all = [Int](repeating: -1, count: labels.count)
    for (place, row) in rows.enumerated() { all[row] = dealt[roster.groupOf[place]] }
    return all
  }

  /// Number of classes.
  var classCount: Int { classes.count }

  /// Logits that say it all: one for two classes, one a class for more.
  var outputs: Int { classes.count == 2 ? 1 : classes.count }

  /// Training rows outside and inside each fold that has any; empty when all lie in one, which leaves nothing to
  /// choose on.
  var parts: [(fold: Int, inside: [Int], outside: [Int])] { Self.parts(rows, folds) }

  static func parts(_ rows: [Int], _ folds: [Int]) -> [(fold: Int, inside: [Int], outside: [Int])] {
    let present = Set(rows.map { folds[$0] }).sorted()
    guard present.count >= 2 else { return [] }
    return present.map { fold in
      (fold, rows.filter { folds[$0] != fold }, rows.filter { folds[$0] == fold })
    }
  }

  /// Mean log loss, in nats, of log-odds `[rows, K]` of some rows, weighted as the rows are.
  func logLoss(_ scores: Tensor, rows: [Int]) -> Double {
    ClassificationMetric.logLoss.value(
      Classification(labels: rows.map { labels[$0] }, scores: scores),
      weights: weights.map { weights in rows.map { weights[$0] } })
  }

  /// A note for probes that had to do without choosing.
  static let noFolds = "the training rows are one group: nothing could be chosen on held-out folds"
}
