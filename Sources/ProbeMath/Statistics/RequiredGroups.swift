import Foundation

/// How much data would settle a claim that a score lies on one side of a threshold, should the estimate stay.
///
/// The distance from the estimate to a bound shrinks as 1/√G with the number of groups G:
///
///     G' = ⌈G · (|bound − estimate| / |threshold − estimate|)²⌉
///
/// It is a plan, not a promise: the estimate itself will move, and Student's quantile and the group sizes are taken
/// as they are now.
public struct RequiredGroups: Sendable, Codable, Equatable {
  /// Which side of the threshold is claimed.
  public enum Side: String, Sendable, Codable {
    /// The lower bound must reach the threshold.
    case above
    /// The upper bound must come down to the threshold.
    case below
  }

  /// Groups needed in all, those at hand included.
  public let groups: Int
  /// Items needed in all, at the present mean group size.
  public let items: Int
  /// The side that these would show.
  public let side: Side
  /// Whether the present data show it already.
  public let isSettled: Bool

  /// The data needed for `interval` to clear `threshold` on `side`; nil when the estimate is unknown, not finite or
  /// itself on the wrong side or at the threshold (no amount would do), or the number is beyond 10¹².
  ///
  /// - Parameters:
  ///   - groups: the number of groups that the interval rests on, at least 2.
  ///   - items: the number of items in them.
  public init?(_ interval: Interval, threshold: Double, side: Side, groups: Int, items: Int) {
    precondition(groups >= 2 && items >= groups, "RequiredGroups: \(groups) groups of \(items) items")
    guard let estimate = interval.estimate else { return nil }
    let margin = side == .above ? estimate - threshold : threshold - estimate
    let reach = side == .above ? estimate - interval.lower : interval.upper - estimate
    guard margin > 0, margin.isFinite, reach.isFinite else { return nil }
    isSettled = reach <= margin
    // Below the numbers at hand nothing is asked for: fewer might do, but this interval does not say so.
    let needed = max(Double(groups), (Double(groups) * (reach / margin) * (reach / margin)).rounded(.up))
    let size = Double(items) / Double(groups)
    guard needed * size <= 1e12 else { return nil }
    self.groups = Int(needed)
    self.items = Int((needed * size).rounded(.up))
    self.side = side
  }

  /// The data needed to settle the question on whichever side the estimate lies; nil when it is at the threshold.
  public static func either(
    _ interval: Interval, threshold: Double, groups: Int, items: Int
  ) -> RequiredGroups? {
    guard let estimate = interval.estimate else { return nil }
    return RequiredGroups(
      interval, threshold: threshold, side: estimate >= threshold ? .above : .below, groups: groups,
      items: items)
  }
}
