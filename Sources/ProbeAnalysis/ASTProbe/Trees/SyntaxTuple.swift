/// A syntax tree as three sequences, which the AST-probe predicts: (d, c, u) of López et al. 2022, section 3.2, after
/// the syntactic distances of Shen et al. 2018 ("Straight to the Tree").
///
/// Of a binary tree over n + 1 leaves, the gap between leaves i and i + 1 (i = 0 … n − 1) has the height and the label
/// of their lowest common ancestor. Only the order of the heights matters: any numbers in the same order restore the
/// tree.
public struct SyntaxTuple: Sendable, Hashable {
  /// d: per gap, the height of the lowest common ancestor of the leaves beside it; a leaf's own height is 0.
  public let heights: [Int]
  /// c: per gap, the label of that ancestor; ∅ for nodes that binarization made.
  public let labels: [SyntaxLabel]
  /// u: per leaf, the nodes that stand above this leaf alone; mostly ∅.
  public let unaries: [SyntaxLabel]

  /// Number of leaves, n + 1.
  public var leafCount: Int { unaries.count }

  /// A tuple from its parts.
  ///
  /// - Precondition: there is one gap fewer than leaves, and at least one leaf.
  public init(heights: [Int], labels: [SyntaxLabel], unaries: [SyntaxLabel]) {
    let problem = Self.mismatch(heights.count, labels.count, unaries.count)
    precondition(problem == nil, "SyntaxTuple: \(problem ?? "")")
    (self.heights, self.labels, self.unaries) = (heights, labels, unaries)
  }

  /// The other target that restores the same tree: per gap, minus the depth of the lowest common ancestor (the root's
  /// is 0), of n numbers ≤ 0.
  ///
  /// A node's depth can be known from the text on its left, unlike its height.
  public var depths: [Int] { GapTree(heights).depths.map { -$0 } }

  /// What is wrong with the lengths of the three sequences; nil when they fit.
  static func mismatch(_ heights: Int, _ labels: Int, _ unaries: Int) -> String? {
    if unaries == 0 { return "no leaves" }
    if heights == unaries - 1 && labels == heights { return nil }
    return "\(unaries) leaves need \(unaries - 1) heights and labels, found \(heights) and \(labels)"
  }
}

extension SyntaxTuple: Codable {
  private enum CodingKeys: String, CodingKey { case heights, labels, unaries }

  /// Reads the three sequences.
  ///
  /// - Throws: `DecodingError` when one is missing or their lengths don't fit.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let heights = try container.decode([Int].self, forKey: .heights)
    let labels = try container.decode([SyntaxLabel].self, forKey: .labels)
    let unaries = try container.decode([SyntaxLabel].self, forKey: .unaries)
    if let problem = Self.mismatch(heights.count, labels.count, unaries.count) {
      throw DecodingError.dataCorruptedError(forKey: .heights, in: container, debugDescription: problem)
    }
    self.init(heights: heights, labels: labels, unaries: unaries)
  }
}
