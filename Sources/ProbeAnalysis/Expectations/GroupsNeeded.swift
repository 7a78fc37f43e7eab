/// How many groups would settle an expectation if the estimate stays where it is.
///
/// The interval shrinks as 1/√G, as the standard error of a mean over G independent groups does. With h the distance of
/// the bound to the estimate θ and T the threshold, the bound reaches T at
///
///     G′ = G · (h / |θ − T|)²
///
/// An extrapolation from one interval, taken as symmetric in its shrinking: a plan, not a promise. The estimate itself
/// will move too.
public struct GroupsNeeded: Sendable, Equatable {
  /// Groups in all, those at hand included.
  public let groups: Int
  /// Items in all, at as many items a group as now.
  public let items: Int

  /// What it takes for the bound of `value` that `expectation` asserts to reach its threshold; nil where more data would
  /// not do it (the estimate is on the wrong side, or just on the threshold), where it is reached already, and where
  /// the bound or the comparison says nothing about it (a bare estimate, `lower <`, `upper >`).
  public init?(_ expectation: Expectation, _ value: Measurement.Value) {
    let bound: Double?
    switch (expectation.bound, expectation.comparison) {
    case (.lower, .atLeast), (.lower, .above): bound = value.lower
    case (.upper, .atMost), (.upper, .below): bound = value.upper
    default: return nil
    }
    guard let bound, let estimate = value.value, value.groups > 0, value.n > 0,
      !expectation.comparison.holds(bound, expectation.threshold),
      expectation.comparison.holds(estimate, expectation.threshold)
    else { return nil }
    let ratio = (estimate - bound) / (estimate - expectation.threshold)
    let groups = (Double(value.groups) * ratio * ratio).rounded(.up)
    let items = (groups * Double(value.n) / Double(value.groups)).rounded(.up)
    guard groups.isFinite, items < 1e12 else { return nil }
    (self.groups, self.items) = (Int(groups), Int(items))
  }
}
