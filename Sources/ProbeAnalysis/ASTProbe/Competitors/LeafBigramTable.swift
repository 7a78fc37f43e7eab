/// A baseline without a model: what the texts of two neighbouring leaves say of the tree, by counting.
///
/// A gap's height is predicted by the mean height of the training gaps between the same two leaf texts, its label by
/// their majority; a pair never seen falls back on gaps after the same left text, then on those before the same right
/// text, then on all. A leaf's unary is the majority under the same text after the same text, then under the same
/// text, then of all.
///
/// Heights are comparable across snippets of different sizes as ranks: the share of the snippet's gaps that are lower,
/// equal ones (itself too) counted half.
public struct LeafBigramTable: Sendable {
  /// A snippet to count.
  public struct Snippet: Sendable {
    let leaves: [String]
    let tuple: SyntaxTuple

    /// A snippet from the texts of its leaves and its tuple.
    ///
    /// - Precondition: as many texts as leaves.
    public init(leaves: [String], tuple: SyntaxTuple) {
      precondition(
        leaves.count == tuple.leafCount,
        "LeafBigramTable.Snippet: \(leaves.count) texts of \(tuple.leafCount) leaves")
      (self.leaves, self.tuple) = (leaves, tuple)
    }
  }

  private let gaps: [Context: Gap]
  private let unaries: [Context: SyntaxLabel]

  /// Two leaves in a row, either of which may be left open.
  private struct Context: Hashable {
    enum Leaf: Hashable { case any, start, text(String) }
    let left: Leaf
    let right: Leaf
  }

  private struct Gap {
    let height: Float
    let label: SyntaxLabel
  }

  /// Counts training snippets. Without any, all that is predicted is ∅.
  public init(_ snippets: some Sequence<Snippet>) {
    var gapCounts: [Context: GapCounts] = [:]
    var unaryCounts: [Context: LabelCounts] = [:]
    for snippet in snippets {
      let (leaves, tuple) = (snippet.leaves, snippet.tuple)
      let ranks = Self.ranks(tuple.heights)
      for gap in ranks.indices {
        for context in Self.gapContexts(leaves, gap) {
          gapCounts[context, default: GapCounts()].add(ranks[gap], tuple.labels[gap])
        }
      }
      for leaf in leaves.indices {
        for context in Self.unaryContexts(leaves, leaf) {
          unaryCounts[context, default: LabelCounts()].add(tuple.unaries[leaf])
        }
      }
    }
    gaps = gapCounts.mapValues(\.gap)
    unaries = unaryCounts.mapValues(\.majority)
  }

  /// Predicts a snippet from the texts of its leaves.
  ///
  /// - Precondition: there is a leaf.
  public func predict(_ leaves: [String]) -> TuplePrediction {
    let gaps = leaves.indices.dropLast().map { gap in
      Self.gapContexts(leaves, gap).lazy.compactMap { self.gaps[$0] }.first ?? Gap(height: 0, label: .empty)
    }
    return TuplePrediction(
      heights: gaps.map(\.height), labels: gaps.map(\.label),
      unaries: leaves.indices.map { leaf in
        Self.unaryContexts(leaves, leaf).lazy.compactMap { unaries[$0] }.first ?? .empty
      })
  }

  /// What may be known of the gap after leaf `gap`, most telling first.
  private static func gapContexts(_ leaves: [String], _ gap: Int) -> [Context] {
    let (left, right) = (Context.Leaf.text(leaves[gap]), Context.Leaf.text(leaves[gap + 1]))
    return [
      Context(left: left, right: right), Context(left: left, right: .any), Context(left: .any, right: right),
      Context(left: .any, right: .any),
    ]
  }

  /// What may be known of a leaf and the one before it, most telling first.
  private static func unaryContexts(_ leaves: [String], _ leaf: Int) -> [Context] {
    let this = Context.Leaf.text(leaves[leaf])
    return [
      Context(left: leaf == 0 ? .start : .text(leaves[leaf - 1]), right: this),
      Context(left: .any, right: this), Context(left: .any, right: .any),
    ]
  }

  /// Per gap, the share of gaps that are lower, equal ones counted half.
  private static func ranks(_ heights: [Int]) -> [Double] {
    let order = heights.indices.sorted { heights[$0] < heights[$1] }
    var ranks = [Double](repeating: 0, count: heights.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count && heights[order[end]] == heights[order[start]] { end += 1 }
      for gap in order[start..<end] { ranks[gap] = Double(start + end) / Double(2 * heights.count) }
      start = end
    }
    return ranks
  }

  /// What was counted of the gaps in one context.
  private struct GapCounts {
    private var sum = 0.0
    private var count = 0
    private var labels = LabelCounts()

    mutating func add(_ rank: Double, _ label: SyntaxLabel) {
      sum += rank
      count += 1
      labels.add(label)
    }

    var gap: Gap { Gap(height: Float(sum / Double(count)), label: labels.majority) }
  }
}
