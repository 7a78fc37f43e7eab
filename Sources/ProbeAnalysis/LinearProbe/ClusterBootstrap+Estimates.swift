import ProbeMath

extension ClusterBootstrap {
  /// A statistic of the resampled items with its company.
  func estimate(
    _ statistic: any ItemStatistic, _ metric: ProbeMetric, chance: Double?, level: Double
  ) -> MetricEstimate {
    let value = statistic.value()
    return MetricEstimate(
      metric: metric, value: value.isNaN ? nil : value,
      interval: intervals(of: [statistic], level: level)[0], items: groups.count, groups: groupCount,
      chance: chance)
  }

  /// a − b of the same items, resampled together.
  func difference(
    _ a: any ItemStatistic, minus b: any ItemStatistic, _ metric: ProbeMetric, level: Double
  ) -> MetricEstimate {
    func paired(_ a: some ItemStatistic, _ b: some ItemStatistic) -> any ItemStatistic {
      PairedDifference(a, minus: b)
    }
    return estimate(paired(a, b), metric, chance: 0, level: level)
  }

  /// Every metric of a read-out of the resampled items.
  func estimates(_ read: ReadOut, level: Double) -> [MetricEstimate] {
    let metrics = read.metrics
    let statistics = metrics.map { read.statistic($0) }
    let intervals = intervals(of: statistics, level: level)
    return metrics.indices.map { index in
      let value = statistics[index].value()
      return MetricEstimate(
        metric: metrics[index], value: value.isNaN ? nil : value, interval: intervals[index],
        items: groups.count, groups: groupCount, chance: read.chance(metrics[index]))
    }
  }
}
