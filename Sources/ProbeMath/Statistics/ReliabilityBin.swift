/// One point of a reliability diagram: what a bin's items were given, and what came true.
public struct ReliabilityBin: Sendable, Codable, Equatable {
  /// Mean probability given.
  public let meanPredicted: Double
  /// Share of events that happened.
  public let observed: Double
  /// Number of items.
  public let count: Int
  /// The interval of ``observed``: Wilson's on the effective number of independent items, see ``Calibration``.
  public let interval: Interval
}

extension Calibration {
  /// The reliability diagram, bins by rising probability.
  ///
  /// Each share's interval is Wilson's on n_eff trials. n_eff = o(1 − o)/SE² from the clustered standard error of
  /// the share o, held between 1 and the number of items; where o is 0 or 1, or a single group fills the bin,
  /// Kish's (Σ s)² / Σ s² over the sizes s of the bin's groups.
  public func reliability<Group: Hashable>(groups: [Group], level: Double = 0.95) -> [ReliabilityBin] {
    precondition(groups.count == bins.count, "Calibration: \(groups.count) groups, \(bins.count) items")
    return items().map { members in
      let count = Double(members.count)
      let events = members.map { outcomes[$0] }
      let observed = events.reduce(0, +) / count
      let own = members.map { groups[$0] }
      let variance = clusteredVarianceOfMean(events, groups: own)
      var trials = observed * (1 - observed) / variance
      if !trials.isFinite || trials <= 0 {
        let sizes = groupTotals(of: events, groups: own).counts
        trials = count * count / sizes.reduce(0.0) { $0 + Double($1) * Double($1) }
      }
      return ReliabilityBin(
        meanPredicted: members.reduce(0) { $0 + probabilities[$1] } / count, observed: observed,
        count: members.count,
        interval: .wilson(proportion: observed, trials: min(count, max(1, trials)), level: level))
    }
  }
}
