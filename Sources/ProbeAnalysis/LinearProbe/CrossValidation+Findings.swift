import ProbeMath
import ProbeModel

/// How the whole procedure does in expectation, by nested cross-validation: not this probe, but what choosing and fitting
/// one on data like these yields.
public struct ProcedureFindings: Sendable, Codable, Equatable {
  /// Accuracy, or mean error of numbers, over all outer folds.
  public let headline: MetricEstimate
  /// AUROC, or R², of each outer fold, averaged.
  public let merit: MetricEstimate
  /// Number of outer folds.
  public let folds: Int
  /// The points that the outer folds chose, most often chosen first.
  public let chosen: [Choice]
  /// Training items of an outer fold, on average.
  public let trainingItems: Int

  /// How often a point was chosen.
  public struct Choice: Sendable, Codable, Equatable {
    /// The point.
    public let point: String
    /// Outer folds that chose it.
    public let folds: Int
  }
}

extension CrossValidation {
  /// Puts the outcomes of all points together: every outer fold chooses its point by its inner folds.
  func findings(_ outcomes: [PointOutcome], points: [String], level: Double) -> ProcedureFindings {
    let chosen = (0..<foldCount).map { k in
      outcomes.indices.max { a, b in
        // Of equals the earlier one.
        (outcomes[a].innerMerits[k], -a) < (outcomes[b].innerMerits[k], -b)
      } ?? 0
    }
    var procedure = PointOutcome(
      losses: folds.indices.map { outcomes[chosen[folds[$0]]].losses[$0] },
      innerLosses: (0..<foldCount).map { outcomes[chosen[$0]].innerLosses[$0] })
    procedure.merits = (0..<foldCount).map { outcomes[chosen[$0]].merits[$0] }
    let counts = Dictionary(grouping: chosen) { $0 }.map { (point: $0.key, folds: $0.value.count) }
      .sorted { ($1.folds, $0.point) < ($0.folds, $1.point) }
    return ProcedureFindings(
      headline: headline(procedure, level: level), merit: merit(procedure, level: level), folds: foldCount,
      chosen: counts.map { .init(point: points[$0.point], folds: $0.folds) },
      trainingItems: folds.count * (foldCount - 1) / foldCount)
  }

  /// Accuracy (mean error of numbers) of what one point, or the whole procedure, yields.
  func headline(_ outcome: PointOutcome, level: Double) -> MetricEstimate {
    let metric = learner.target.kind.pooled
    // Of classes what is pooled is the share that is right.
    func pooled(_ losses: [Double]) -> [Double] { metric == .accuracy ? losses.map { 1 - $0 } : losses }
    let losses = CrossValidationLosses(
      folds: folds, outer: pooled(outcome.losses), inner: outcome.innerLosses.map { pooled($0) })
    return MetricEstimate(
      metric: metric, value: mean(losses.outer),
      interval: ProcedureInterval.interval(
        [losses], groups: groups, range: metric == .accuracy ? .unit : .real, level: level),
      items: folds.count, groups: Set(groups).count,
      chance: learner.target.classes.map { 1 / Double($0.count) })
  }

  /// AUROC (R²) per outer fold, averaged; its interval is Nadeau and Bengio's.
  func merit(_ outcome: PointOutcome, level: Double) -> MetricEstimate {
    let metric = learner.target.kind.selection
    let scores = outcome.merits.filter { !$0.isNaN }.map { metric.higherIsBetter ? $0 : -$0 }
    return MetricEstimate(
      metric: metric, value: scores.isEmpty ? nil : mean(scores),
      interval: ProcedureInterval.nadeauBengio(
        scores: scores, testShare: 1 / Double(foldCount - 1), range: metric == .auroc ? .unit : .real,
        level: level), items: folds.count, groups: Set(groups).count,
      chance: metric == .auroc ? 0.5 : metric == .r2 ? 0 : nil)
  }
}
