import ProbeMath

/// Nested cross-validation of the whole procedure: strength and point are chosen inside, on folds that the scored one
/// has no part in.
///
/// For outer fold k the other folds j take turns: a probe learned without k and j is read on j. The strength with the
/// lowest mean loss there, and the point with the highest mean AUROC (R² of numbers), are what fold k gets; the probe
/// learned without k alone is scored on k. A probe without k and j serves both k and j, so that K folds need
/// K(K − 1)/2 + K fits a strength, not K².
///
/// Reference: Bates, Hastie & Tibshirani, JASA 119 (2024) 1434–1445, for the interval.
struct CrossValidation: Sendable {
  let learner: ReadOutLearner
  let groups: [String]
  let folds: [Int]
  let foldCount: Int

  /// Deals the groups, at least three, into folds, stratified as far as whole groups allow.
  init(_ learner: ReadOutLearner, groups: [String], foldCount wanted: Int = 5, seed: UInt64) {
    let roster = GroupRoster(labels: learner.target.strata, groups: groups)
    let count = max(3, min(wanted, roster.names.count))
    let dealt = roster.deal(
      Array(roster.names.indices), shares: [Double](repeating: 1 / Double(count), count: count),
      RandomStream(seed: seed, "cross-validation"))
    (self.learner, self.groups, foldCount) = (learner, groups, count)
    folds = roster.groupOf.map { dealt[$0] }
  }

  /// Items of a fold.
  func rows(of fold: Int) -> [Int] { folds.indices.filter { folds[$0] == fold } }

  /// What one point yields, for every outer fold.
  struct PointOutcome: Sendable {
    /// Strength chosen inside, by outer fold.
    var strengths: [Double] = []
    /// AUROC or R² on the inner folds, mean, by outer fold: chooses the point.
    var innerMerits: [Double] = []
    /// AUROC or R² on the outer fold, by outer fold.
    var merits: [Double] = []
    /// Loss of each item under the probe learned without its fold.
    var losses: [Double]
    /// Loss of each item under the probe learned without fold k and the item's own, by k; NaN for items of fold k.
    var innerLosses: [[Double]]
  }

  /// The fits of one point.
  func outcome(_ features: Tensor) -> PointOutcome {
    let rows = (0..<foldCount).map { self.rows(of: $0) }
    let pairs = pairOutcomes(features, rows)
    let items = folds.count
    var outcome = PointOutcome(
      losses: [Double](repeating: .nan, count: items),
      innerLosses: [[Double]](repeating: [Double](repeating: .nan, count: items), count: foldCount))
    for k in 0..<foldCount {
      // Read on fold j, learned without k and j.
      let inner = (0..<foldCount).filter { $0 != k }.map { (fold: $0, reads: pairs[$0][k]) }
      let means = learner.strengths.indices.map { s in
        inner.reduce(0) { $0 + $1.reads[s].meanLoss } / Double(inner.count)
      }
      let chosen = learner.bestIndex(means)
      outcome.strengths.append(learner.strengths[chosen])
      outcome.innerMerits.append(mean(inner.map { $0.reads[chosen].merit }))
      for (fold, reads) in inner {
        for (item, loss) in zip(rows[fold], reads[chosen].losses) { outcome.innerLosses[k][item] = loss }
      }
      let inside = folds.indices.filter { folds[$0] != k }
      let probe = learner.fit(
        features, rows: inside, strengths: [learner.strengths[chosen]],
        tolerance: ReadOutLearner.comparingTolerance)[0]
      let read = learner.read(probe, features, rows: rows[k])
      outcome.merits.append(read.merit(kind))
      for (item, loss) in zip(rows[k], read.losses) { outcome.losses[item] = loss }
    }
    return outcome
  }

  private var kind: ProbeTarget.Kind { learner.target.kind }

  /// What a probe yields on one fold.
  private struct FoldRead {
    let meanLoss: Double
    let merit: Double
    let losses: [Double]
  }

  /// `[read on fold j][also left out: k][strength]`.
  private func pairOutcomes(_ features: Tensor, _ rows: [[Int]]) -> [[[FoldRead]]] {
    var reads = [[[FoldRead]]](repeating: [[FoldRead]](repeating: [], count: foldCount), count: foldCount)
    for j in 0..<foldCount {
      for k in 0..<j {
        let inside = folds.indices.filter { folds[$0] != j && folds[$0] != k }
        let probes = learner.fit(
          features, rows: inside, strengths: learner.strengths, tolerance: ReadOutLearner.comparingTolerance)
        for (fold, other) in [(j, k), (k, j)] {
          reads[fold][other] = probes.map { probe in
            let read = learner.read(probe, features, rows: rows[fold])
            return FoldRead(meanLoss: read.meanLoss, merit: read.merit(kind), losses: read.losses)
          }
        }
      }
    }
    return reads
  }
}

/// The mean of the values that are defined; NaN of none.
func mean(_ values: [Double]) -> Double {
  let defined = values.filter { !$0.isNaN }
  return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
}

extension ReadOut {
  /// What points are chosen by, such that more is better.
  func merit(_ kind: ProbeTarget.Kind) -> Double {
    let value = statistic(kind.selection).value()
    return kind.selection.higherIsBetter ? value : -value
  }
}
