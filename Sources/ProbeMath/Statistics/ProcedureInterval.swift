import Foundation

/// Intervals for the expected score of a *procedure*: what training on a sample of this size and testing on new data
/// gives on average over samples. The size is that of the outer training parts, (K − 1)/K of the items.
///
/// The cross-validation estimate varies with the test items and with the training parts. A standard error from the
/// out-of-fold losses alone (clustered by group) sees the first only.
///
/// **``Interval/Method/procedureT``, the default.** Both sources, each from its own data:
///
///     SE² = V + (K − 2)/(K − 1) · max(0, T),   held between V and K·V
///
/// V is the clustered squared standard error of the mean out-of-fold loss. T is the delete-a-fold jackknife variance
/// of training, from the pair fits (``TrainingVariability``); pair models train on K − 2 folds instead of K − 1, hence
/// the factor. Both are means over the repetitions. The interval is θ ± t(ν) · SE, on the logit scale for scores in
/// [0, 1], with
///
///     1/ν = 1/(3 min(K − 1, 4) R) + 1/(G − 1),   R repetitions, G groups
///
/// This is no published method: V is the usual cluster variance, T Tukey's jackknife applied to folds, the bounds on
/// SE² those of Bates et al. The degrees of freedom are, up to 5 folds, those of an SE² of which T, with (K − 1) R of
/// its own, makes up a share of 1/√3; more folds of the same items bring T no more of them. The share was chosen among
/// a few by the simulations below. Satterthwaite's formula, which takes it from the data, is too hopeful just where T
/// came out too low (90–95% covered).
///
/// Measured by simulation with a ridge classifier, accuracy, 1,000 runs a design unless said otherwise:
///
/// | designs | covered |
/// |---|---|
/// | 17 of 100–2,000 items, 5–200 features, expected accuracy 0.5–0.9, independent or in groups of 4–10, K = 5 | 93–97% |
/// | the same, mean of 3 repetitions (500 runs) | 94–98% |
/// | 4 with an expected accuracy of 0.92–0.97 (600 runs) | 94–98% |
/// | 5 with K = 10 (400 runs) | 92–96% |
///
/// The high ends are designs where training hardly varies. On the 17 designs the clustered standard error alone
/// covered 82–94%; ``Interval/Method/nestedCV`` 89–97%, and 57–98% with its bias correction, which is for the full
/// sample's size and is not made here; a delete-a-fold jackknife of the whole estimate 93–97%, but 96–100% with three
/// repetitions. For AUROC by folds ``Interval/Method/nadeauBengio`` covered 90–97% and this interval 92–97%, but both
/// fell to 65–85% where a fold had few groups or a scarce class.
///
/// At the edge (every item right, or wrong) the interval is Wilson's on the effective number of groups.
public enum ProcedureInterval {
  /// The interval of the mean loss or score of items.
  ///
  /// - Parameters:
  ///   - repetitions: one or more, over the same items, each with folds of its own.
  ///   - groups: the group of each item; folds should not divide groups.
  ///   - range: the values that a mean of losses can take.
  ///   - method: ``Interval/Method/procedureT``, or ``Interval/Method/nestedCV``.
  /// - Returns: nil for fewer than two groups (in a fold, for nested CV), or losses that are not finite.
  public static func interval<Group: Hashable>(
    _ repetitions: [CrossValidationLosses], groups: [Group], range: StatisticRange = .real,
    level: Double = 0.95,
    method: Interval.Method = .procedureT
  ) -> Interval? {
    precondition(!repetitions.isEmpty, "ProcedureInterval: no repetitions")
    precondition(
      method == .procedureT || method == .nestedCV,
      "ProcedureInterval: the method \(method) is for other data")
    precondition(
      repetitions.allSatisfy { $0.folds.count == groups.count && $0.foldCount == repetitions[0].foldCount },
      "ProcedureInterval: repetitions differ in their folds, or from \(groups.count) groups")
    var parts: [Part] = []
    var trials = 0.0
    for repetition in repetitions {
      let present = repetition.folds.indices.filter { repetition.folds[$0] >= 0 }
      let losses = present.map { repetition.outer[$0] }
      let own = present.map { groups[$0] }
      let variance = clusteredVarianceOfMean(losses, groups: own)
      let sizes = groupTotals(of: losses, groups: own).counts.map { Double($0) }
      let total = Double(losses.count)
      trials = total * total / sizes.reduce(0) { $0 + $1 * $1 }
      parts.append(
        Part(
          estimate: losses.reduce(0, +) / total, variance: variance,
          excess: method == .nestedCV
            ? nestedError(repetition, groups: groups) - variance
            : TrainingVariability(pairs: repetition.pairScores).variance,
          groupCount: sizes.count))
    }
    let folds = repetitions[0].foldCount
    return interval(parts, folds: folds, trials: trials, range: range, level: level, method: method)
  }

  /// Nadeau and Bengio's interval for the mean of scores of folds, where no pair fits are at hand:
  ///
  ///     mean ± t(J − 1) · √((1/J + n_test/n_train) · s²)
  ///
  /// - Parameters:
  ///   - scores: one per fold (over all repetitions): J of them.
  ///   - testShare: n_test/n_train, 1/(K − 1) for K folds.
  /// - Returns: nil for fewer than two scores, or ones that are not finite.
  /// Reference: Nadeau & Bengio, Machine Learning 52 (2003) 239–281.
  public static func nadeauBengio(
    scores: [Double], testShare: Double, range: StatisticRange = .real, level: Double = 0.95
  ) -> Interval? {
    precondition(testShare > 0 && level > 0 && level < 1, "nadeauBengio: share \(testShare), level \(level)")
    guard scores.count >= 2, scores.allSatisfy({ $0.isFinite }) else { return nil }
    let count = Double(scores.count)
    let mean = scores.reduce(0, +) / count
    let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let reach =
      studentQuantile(0.5 + level / 2, degrees: count - 1) * ((1 / count + testShare) * variance).squareRoot()
    return Interval(
      estimate: mean, lower: range.clamp(mean - reach), upper: range.clamp(mean + reach), level: level,
      method: .nadeauBengio)
  }

  // MARK: -

  /// What one repetition says.
  private struct Part {
    let estimate: Double
    /// V.
    let variance: Double
    /// T, or what nested CV found above V.
    let excess: Double
    let groupCount: Int
  }

  private static func interval(
    _ parts: [Part], folds: Int, trials: Double, range: StatisticRange, level: Double, method: Interval.Method
  ) -> Interval? {
    precondition(level > 0 && level < 1, "ProcedureInterval: level \(level)")
    let count = Double(parts.count)
    let k = Double(folds)
    let estimate = parts.reduce(0) { $0 + $1.estimate } / count
    let variance = parts.reduce(0) { $0 + $1.variance } / count
    let excess = parts.reduce(0) { $0 + $1.excess } / count
    let groupCount = parts.map { $0.groupCount }.min() ?? 0
    guard groupCount >= 2, estimate.isFinite, variance.isFinite, excess.isFinite else { return nil }
    if case .unit = range, estimate <= 0 || estimate >= 1 {
      return .wilson(proportion: min(1, max(0, estimate)), trials: trials, level: level)
    }
    let isDefault = method == .procedureT
    let added = isDefault ? (k - 2) / (k - 1) * excess : excess
    let error = min(k * variance, variance + max(0, added)).squareRoot()
    let inverse = 1 / (3 * min(k - 1, 4) * count) + 1 / Double(groupCount - 1)
    let tail = 0.5 + level / 2
    let reach =
      error * (isDefault ? studentQuantile(tail, degrees: max(1, 1 / inverse)) : normalQuantile(tail))
    let bounds = range.bounds(estimate, reach: reach)
    return Interval(
      estimate: estimate, lower: bounds.lower, upper: bounds.upper, level: level, method: method)
  }

  /// (K − 1)/K · mean over k of (a_k − b_k): the nested-CV estimate of the mean squared error of cross-validation.
  ///
  /// a_k is the squared difference between the inner estimate without fold k and the outer loss of fold k, b_k the
  /// clustered squared standard error of the latter. Reference: Bates, Hastie & Tibshirani, JASA 119 (2024) 1434–1445.
  private static func nestedError<Group: Hashable>(
    _ losses: CrossValidationLosses, groups: [Group]
  ) -> Double {
    let members = losses.members
    var sum = 0.0
    for (fold, items) in members.enumerated() {
      let others = members.indices.filter { $0 != fold }.flatMap { members[$0] }
      let gap = losses.mean(of: losses.inner[fold], at: others) - losses.mean(of: losses.outer, at: items)
      let variance = clusteredVarianceOfMean(items.map { losses.outer[$0] }, groups: items.map { groups[$0] })
      sum += gap * gap - variance
    }
    let k = Double(members.count)
    return (k - 1) / k * sum / k
  }
}
