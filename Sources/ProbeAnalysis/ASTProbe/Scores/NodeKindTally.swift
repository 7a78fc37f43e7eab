/// Hits by the kind of node, over any number of snippets.
///
/// A predicted node counts under the predicted kind, a gold one under its own; hits of a labelled score are under both.
public struct NodeKindTally: Sendable, Hashable {
  /// Counts of one kind; ``HitCounts/recall`` is that of the kind.
  public struct Row: Sendable, Hashable, Codable {
    /// The node type.
    public let kind: String
    /// Its constituents: hit, predicted, gold.
    public let counts: HitCounts

    /// A row from its parts.
    public init(kind: String, counts: HitCounts) { (self.kind, self.counts) = (kind, counts) }
  }

  private var counts: [String: HitCounts] = [:]

  /// A tally of nothing.
  public init() {}

  /// Adds a snippet.
  ///
  /// - Parameters:
  ///   - score: a labelled score of `predicted` against `gold`.
  ///   - predicted: the predicted tree.
  ///   - gold: the gold tree.
  /// - Precondition: the score is of trees of these sizes.
  public mutating func add(
    _ score: ConstituentScore, of predicted: ConstituentTree, against gold: ConstituentTree
  ) {
    precondition(
      score.predictedHits.count == predicted.nodes.count && score.goldHits.count == gold.nodes.count,
      """
      NodeKindTally: a score of \(score.predictedHits.count) and \(score.goldHits.count) nodes for trees of \
      \(predicted.nodes.count) and \(gold.nodes.count)
      """)
    for (node, isHit) in zip(predicted.nodes, score.predictedHits) {
      add(HitCounts(hits: isHit ? 1 : 0, predicted: 1, gold: 0), to: node.kind)
    }
    for node in gold.nodes { add(HitCounts(hits: 0, predicted: 0, gold: 1), to: node.kind) }
  }

  /// Adds the snippets of another tally.
  public mutating func merge(_ other: NodeKindTally) {
    for (kind, more) in other.counts { add(more, to: kind) }
  }

  /// Kinds with most gold nodes first, then most predicted, then by name.
  public var rows: [Row] {
    counts.map { Row(kind: $0.key, counts: $0.value) }.sorted {
      ($1.counts.gold, $1.counts.predicted, $0.kind) < ($0.counts.gold, $0.counts.predicted, $1.kind)
    }
  }

  private mutating func add(_ more: HitCounts, to kind: String) {
    counts[kind] = counts[kind].map { $0 + more } ?? more
  }
}
