/// What the leaves of one snippet are to say: its tuple (d, c, u) in numbers (López et al. 2022, §3).
///
/// A snippet of n + 1 leaves has n gaps between neighbours.
public struct SyntacticSnippet: Sendable, Equatable {
  /// What the order of the gaps is learned from.
  public enum Target: String, Sendable, Codable, CaseIterable {
    /// Height of the lowest common ancestor of the gap's leaves; every pair of different heights counts.
    case height
    /// −depth of that ancestor, which restores the same tree and can be known from the left; only pairs of an ancestor
    /// and its descendant count.
    case depth
  }

  /// Rows of its leaves' vectors, in the order of the text.
  public let rows: Range<Int>
  /// What each gap is ranked by: a gap of a larger value lies higher in the tree.
  public let order: [Float]
  /// Gap i is compared with gaps `first[i] ..< last[i]`.
  public let first: [Int32]
  /// One past the last gap that each is compared with.
  public let last: [Int32]
  /// Class of each gap's label.
  public let labels: [Int32]
  /// Class of each leaf's unary label.
  public let unaries: [Int32]
  /// Number of pairs whose order is known.
  public let pairs: Int

  /// A snippet from its tuple.
  ///
  /// - Precondition: `rows` holds one row more than there are heights and labels, and as many as there are unaries.
  public init(
    rows: Range<Int>, heights: [Int], labels: [Int], unaries: [Int], target: Target = .height
  ) {
    precondition(
      heights.count + 1 == rows.count && labels.count == heights.count && unaries.count == rows.count,
      "SyntacticSnippet: \(rows.count) leaves, \(heights.count) heights, \(labels.count) labels, \(unaries.count) unaries"
    )
    self.rows = rows
    self.labels = labels.map { Int32($0) }
    self.unaries = unaries.map { Int32($0) }
    switch target {
    case .height:
      order = heights.map { Float($0) }
      first = [Int32](repeating: 0, count: heights.count)
      last = [Int32](repeating: Int32(heights.count), count: heights.count)
      pairs = Self.orderedPairs(heights)
    case .depth:
      let tree = GapTree(heights)
      let subtrees = tree.spans
      order = tree.depths.map { -Float($0) }
      first = subtrees.map { Int32($0.lowerBound) }
      last = subtrees.map { Int32($0.upperBound) }
      pairs = subtrees.reduce(0) { $0 + $1.count - 1 }
    }
  }

  /// Number of gaps.
  public var gaps: Int { order.count }

  /// Pairs of different heights, from how often each height occurs.
  private static func orderedPairs(_ heights: [Int]) -> Int {
    var counts: [Int: Int] = [:]
    for height in heights { counts[height, default: 0] += 1 }
    return counts.values.reduce(heights.count * heights.count) { $0 - $1 * $1 } / 2
  }
}
