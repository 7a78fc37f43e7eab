/// A number per snippet, to be averaged over snippets.
///
/// Averages are macro averages, as in the paper: the mean of the snippets' values. Mean F1 is thus not the harmonic
/// mean of mean precision and mean recall.
public enum TreeMetric: String, Sendable, Hashable, Codable, CaseIterable {
  /// Labelled constituents, as multisets.
  case precision, recall, f1
  /// Constituents whatever their kinds, as multisets.
  case unlabelledPrecision, unlabelledRecall, unlabelledF1
  /// Labelled constituents by membership, as the paper counts.
  case membershipPrecision, membershipRecall, membershipF1
  /// 1 when the whole tree is right, else 0.
  case exact
  /// Share of right labels of gaps, of right unaries, and of gap pairs ranked right at margins 0 and 1.
  case labelAccuracy, unaryAccuracy, pairAccuracy, pairAccuracyWithMargin

  /// Whether no value exceeds 1. Recall and F1 by membership can: a gold constituent is hit as often as predicted.
  public var isShare: Bool { self != .membershipRecall && self != .membershipF1 }

  /// The snippet's value; nil where the snippet has nothing to count (no gaps, or none of different heights).
  public func value(of scores: SnippetScores) -> Double? {
    switch self {
    case .precision: scores.labelled.precision
    case .recall: scores.labelled.recall
    case .f1: scores.labelled.f1
    case .unlabelledPrecision: scores.unlabelled.precision
    case .unlabelledRecall: scores.unlabelled.recall
    case .unlabelledF1: scores.unlabelled.f1
    case .membershipPrecision: scores.membership.precision
    case .membershipRecall: scores.membership.recall
    case .membershipF1: scores.membership.f1
    case .exact: scores.exact ? 1 : 0
    case .labelAccuracy: scores.agreement.labels.value
    case .unaryAccuracy: scores.agreement.unaries.value
    case .pairAccuracy: scores.agreement.pairs.value
    case .pairAccuracyWithMargin: scores.agreement.pairsWithMargin.value
    }
  }

  /// The mean over the snippets that have a value; nil when none has.
  public func mean(over scores: [SnippetScores]) -> Double? {
    var (sum, count) = (0.0, 0)
    for value in scores.lazy.compactMap(value(of:)) {
      sum += value
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }
}
