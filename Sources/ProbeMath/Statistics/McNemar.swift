/// Whether one of two classifiers is right more often than the other on the same items: McNemar's exact test.
///
/// Only items that exactly one of them gets right say anything. If both were equally good, each such item would be
/// the first one's with probability ½, independently of the others:
///
///     p = min(1, 2 · P(X ≥ max(b, c))),   X ~ Binomial(b + c, ½)
///
/// Items must be independent: for items in groups the sides of whole groups have to be swapped instead.
/// Reference: McNemar, Psychometrika 12 (1947) 153–157.
public struct McNemar: Sendable, Codable, Equatable {
  /// Items that only the first classifier gets right.
  public let onlyFirst: Int
  /// Items that only the second classifier gets right.
  public let onlySecond: Int

  /// A test of two counts.
  public init(onlyFirst: Int, onlySecond: Int) {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "McNemar: \(onlyFirst) and \(onlySecond) items")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
  }

  /// Counts the items that exactly one classifier gets right.
  public init(first: [Bool], second: [Bool]) {
    precondition(first.count == second.count, "McNemar: \(first.count) and \(second.count) items")
    let pairs = zip(first, second)
    self.init(
      onlyFirst: pairs.count(where: { $0 && !$1 }), onlySecond: pairs.count(where: { !$0 && $1 }))
  }

  /// The exact two-sided p-value; 1 when no item tells them apart.
  public var p: Double {
    let tail = binomialUpperTail(
      successes: max(onlyFirst, onlySecond), trials: onlyFirst + onlySecond, 0.5)
    return min(1, 2 * tail)
  }
}
