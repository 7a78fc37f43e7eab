import ProbeMath

extension ProbeStudy {
  /// The real task's score minus the control task's on the same test items, each against its own labels, with the
  /// interval of the paired difference (Hewitt & Liang, EMNLP 2019).
  ///
  /// - Parameters:
  ///   - real: an evaluation of this study's own target.
  ///   - control: an evaluation of `target`, by ``evaluate(_:for:named:)``.
  public func selectivity(
    _ real: ProbeEvaluation, control: ProbeEvaluation, of target: ProbeTarget, _ metric: ProbeMetric
  ) -> MetricEstimate {
    precondition(real.testItems == control.testItems, "selectivity: evaluations of different splits")
    let rows = real.testItems
    let statistic = Self.difference(
      design.learner().readOut(real.testScores, rows: rows).statistic(metric),
      design.learner(target).readOut(control.testScores, rows: rows).statistic(metric))
    let value = statistic.value()
    return MetricEstimate(
      metric: metric, value: value.isNaN ? nil : value, interval: interval(of: statistic), items: rows.count,
      groups: Set(rows.map { design.groups[$0] }).count, chance: 0)
  }

  private static func difference(_ a: some ItemStatistic, _ b: some ItemStatistic) -> any ItemStatistic {
    PairedDifference(a, minus: b)
  }
}
