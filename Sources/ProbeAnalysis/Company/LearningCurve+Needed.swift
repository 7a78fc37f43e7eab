import ProbeMath

extension LearningCurve {
  /// Training data that a target takes.
  public struct Needed: Sendable, Codable, Equatable {
    /// The metric.
    public let metric: ClassificationMetric
    /// Its value to be reached.
    public let target: Double
    /// Training items, by the fitted curve; nil where the curve never gets there.
    public let items: Double?
    /// Training groups of the size that there are.
    public let groups: Double?
    /// 95% bounds on the items, by refits to resampled draws; nil where that share of refits never gets there.
    public let lower, upper: Double?
    /// The curve, of the metric's distance from 1; nil where there are too few points for one.
    public let fit: LearningCurveFit?
    /// Why the number must not be relied on; nil where nothing speaks against it but caution.
    public let objection: String?
  }

  /// How much training data `target` takes, by a power law through the points, error(n) = a + b·n^(−c).
  ///
  /// Each point is the mean over its draws, with the standard error of that mean. The largest amount has a single draw: it
  /// counts as precise as one draw of the next smaller amount.
  ///
  /// - Parameters:
  ///   - metric: accuracy or AUROC.
  ///   - target: its value to be reached, in (0, 1).
  public func needed(
    for metric: ClassificationMetric, target: Double, replicates: Int = 200, seed: UInt64
  ) -> Needed {
    precondition(metric == .accuracy || metric == .auroc, "LearningCurve: no draws of \(metric.rawValue)")
    precondition(target > 0 && target < 1, "LearningCurve: target \(target)")
    let measured = points.filter { !draws($0, metric).values.isEmpty }
    let spread =
      measured.last { draws($0, metric).deviation != nil }.flatMap { draws($0, metric).deviation } ?? 0
    let fit = LearningCurveFit(
      measured.map { point in
        let draws = draws(point, metric)
        return LearningCurveFit.Point(
          items: point.items, error: 1 - (draws.mean ?? 0),
          standardError: (draws.deviation ?? spread) / Double(draws.values.count).squareRoot())
      })
    guard let fit else {
      return Needed(
        metric: metric, target: target, items: nil, groups: nil, lower: nil, upper: nil, fit: nil,
        objection: "fewer than three training sizes")
    }
    var stream = RandomStream(seed: seed, "learning-curve", "needed", metric.rawValue)
    let resampled = (0..<replicates).map { _ in
      measured.map { point -> Double in
        let draws = draws(point, metric)
        guard draws.values.count > 1 else { return 1 - (draws.mean ?? 0) + spread * stream.normal() }
        let sum = draws.values.reduce(0) { sum, _ in
          sum + draws.values[stream.index(below: draws.values.count)]
        }
        return 1 - sum / Double(draws.values.count)
      }
    }
    let range = fit.itemsRange(forError: 1 - target, replicates: resampled)
    let items = fit.items(forError: 1 - target)
    let groupSize = measured.last.map { $0.items / $0.groups } ?? 1
    return Needed(
      metric: metric, target: target, items: items, groups: items.map { $0 / groupSize },
      lower: range?.lower, upper: range?.upper, fit: fit, objection: fit.objection?.rawValue)
  }

  private func draws(_ point: Point, _ metric: ClassificationMetric) -> Draws {
    metric == .auroc ? point.auroc : point.accuracy
  }
}
