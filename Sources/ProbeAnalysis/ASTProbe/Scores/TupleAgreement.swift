/// How far a predicted (d, c, u) agrees with the gold one, before any tree is made of it: counts that add up over
/// snippets.
public struct TupleAgreement: Sendable, Hashable, Codable {
  /// Gaps, and how many of them have the right label.
  public private(set) var labels = Share()
  /// Leaves, and how many of them have the right unary.
  public private(set) var unaries = Share()
  /// Pairs of gaps with gold d_i > d_j, and how many of them have predicted d_i > d_j.
  public private(set) var pairs = Share()
  /// The same pairs, and how many have predicted d_i − d_j ≥ 1, where the ranking hinge is 0.
  public private(set) var pairsWithMargin = Share()

  /// Some of all.
  public struct Share: Sendable, Hashable, Codable {
    /// How many are right.
    public var right: Int
    /// How many there are.
    public var total: Int

    /// A share from its counts.
    public init(right: Int = 0, total: Int = 0) { (self.right, self.total) = (right, total) }

    /// right / total; nil when there are none.
    public var value: Double? { total == 0 ? nil : Double(right) / Double(total) }

    /// Counts over both.
    public static func + (a: Share, b: Share) -> Share {
      Share(right: a.right + b.right, total: a.total + b.total)
    }
  }

  /// Agreement over no snippet.
  public init() {}

  /// Agreement over one snippet, in O(n log n).
  ///
  /// - Precondition: as many leaves on both sides.
  public init(of predicted: TuplePrediction, with gold: SyntaxTuple) {
    precondition(
      predicted.leafCount == gold.leafCount,
      "TupleAgreement: \(predicted.leafCount) predicted leaves, \(gold.leafCount) gold")
    labels = Self.share(predicted.labels, gold.labels)
    unaries = Self.share(predicted.unaries, gold.unaries)
    (pairs, pairsWithMargin) = Self.rankedPairs(predicted.heights, gold.heights)
  }

  /// Agreement over both.
  public static func + (a: TupleAgreement, b: TupleAgreement) -> TupleAgreement {
    var sum = TupleAgreement()
    sum.labels = a.labels + b.labels
    sum.unaries = a.unaries + b.unaries
    sum.pairs = a.pairs + b.pairs
    sum.pairsWithMargin = a.pairsWithMargin + b.pairsWithMargin
    return sum
  }

  private static func share(_ predicted: [SyntaxLabel], _ gold: [SyntaxLabel]) -> Share {
    Share(right: zip(predicted, gold).count { $0 == $1 }, total: gold.count)
  }

  /// Takes gaps from the lowest gold height up; of those already taken, a sorted tally says how many were predicted
  /// low enough. A NaN is ranked right with nothing.
  private static func rankedPairs(
    _ predicted: [Float], _ gold: [Int]
  ) -> (ranked: Share, withMargin: Share) {
    // In double precision a difference of floats is not rounded to 1.
    let predicted = predicted.map(Double.init)
    let order = gold.indices.sorted { (gold[$0], $0) < (gold[$1], $1) }
    let values = predicted.filter { !$0.isNaN }.sorted()
    var taken = PrefixCounts(count: values.count)
    var (ranked, withMargin) = (Share(), Share())
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count && gold[order[end]] == gold[order[start]] { end += 1 }
      for gap in order[start..<end] where !predicted[gap].isNaN {
        ranked.right += taken.sum(below: values.insertionIndex { $0 < predicted[gap] })
        withMargin.right += taken.sum(below: values.insertionIndex { $0 <= predicted[gap] - 1 })
      }
      for gap in order[start..<end] where !predicted[gap].isNaN {
        taken.add(at: values.insertionIndex { $0 < predicted[gap] })
      }
      ranked.total += (end - start) * start
      start = end
    }
    withMargin.total = ranked.total
    return (ranked, withMargin)
  }
}

/// Counts whose prefix sums are kept (Fenwick 1994): O(log n) to add one and to sum.
private struct PrefixCounts {
  private var sums: [Int]

  init(count: Int) { sums = [Int](repeating: 0, count: count + 1) }

  mutating func add(at index: Int) {
    var place = index + 1
    while place < sums.count {
      sums[place] += 1
      place += place & -place
    }
  }

  func sum(below index: Int) -> Int {
    var (place, sum) = (index, 0)
    while place > 0 {
      sum += sums[place]
      place -= place & -place
    }
    return sum
  }
}

extension [Double] {
  /// How many elements, from the first, satisfy a predicate that none satisfies after one that does not.
  fileprivate func insertionIndex(_ isBefore: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
