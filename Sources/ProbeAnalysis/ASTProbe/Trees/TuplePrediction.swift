/// A predicted (d, c, u): what the probe, or a baseline, says of a snippet.
///
/// Heights are real numbers on any scale; their order alone makes the tree.
public struct TuplePrediction: Sendable, Equatable {
  /// Per gap between leaves, how high the leaves beside it join.
  public let heights: [Float]
  /// Per gap, the label of the node that joins them.
  public let labels: [SyntaxLabel]
  /// Per leaf, the nodes above it alone.
  public let unaries: [SyntaxLabel]

  /// Number of leaves.
  public var leafCount: Int { unaries.count }

  /// A prediction from its parts.
  ///
  /// - Precondition: there is one gap fewer than leaves, and at least one leaf.
  public init(heights: [Float], labels: [SyntaxLabel], unaries: [SyntaxLabel]) {
    let problem = SyntaxTuple.mismatch(heights.count, labels.count, unaries.count)
    precondition(problem == nil, "TuplePrediction: \(problem ?? "")")
    (self.heights, self.labels, self.unaries) = (heights, labels, unaries)
  }

  /// The prediction that is right everywhere.
  public init(_ tuple: SyntaxTuple) {
    self.init(heights: tuple.heights.map(Float.init), labels: tuple.labels, unaries: tuple.unaries)
  }
}

extension TuplePrediction: Codable {
  private enum CodingKeys: String, CodingKey { case heights, labels, unaries }

  /// Reads the three sequences.
  ///
  /// - Throws: `DecodingError` when one is missing or their lengths don't fit.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let heights = try container.decode([Float].self, forKey: .heights)
    let labels = try container.decode([SyntaxLabel].self, forKey: .labels)
    let unaries = try container.decode([SyntaxLabel].self, forKey: .unaries)
    if let problem = SyntaxTuple.mismatch(heights.count, labels.count, unaries.count) {
      throw DecodingError.dataCorruptedError(forKey: .heights, in: container, debugDescription: problem)
    }
    self.init(heights: heights, labels: labels, unaries: unaries)
  }
}
