import ProbeMath

/// The mean of a tree metric over snippets, with its interval over groups (files).
public struct TreeEstimate: Sendable, Codable, Equatable {
  /// What was measured, or whose difference was taken.
  public let metric: TreeMetric
  /// Mean over the snippets that have a value; nil when none has.
  public let value: Double?
  /// 95% interval of the cluster bootstrap; nil where none can be made.
  public let interval: Interval?
  /// Number of snippets.
  public let snippets: Int
  /// Number of groups they fall into.
  public let groups: Int

  /// An estimate from its parts.
  public init(metric: TreeMetric, value: Double?, interval: Interval?, snippets: Int, groups: Int) {
    (self.metric, self.value, self.interval) = (metric, value, interval)
    (self.snippets, self.groups) = (snippets, groups)
  }
}
