/// A baseline that looks at nothing but the number of leaves: a tree of a fixed shape, with the labels that training
/// snippets have most.
public struct BranchingBaseline: Sendable, Hashable {
  /// How leaves are joined.
  public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each leaf with all that follows it.
    case rightBranching
    /// Halves with halves; of an odd number the left half is larger by one.
    case balanced
  }

  /// Which labels the nodes below the root get.
  public enum Labels: String, Sendable, Hashable, Codable, CaseIterable {
    /// The label most gaps have. That is mostly ∅, and then only the root's constituents are predicted: the best
    /// guess gap by gap.
    case majority
    /// The label most gaps with a label have, so that every node of the shape is predicted.
    case namedMajority
  }

  /// Shape and labels, in words.
  public let name: String
  /// How leaves are joined.
  public let shape: Shape
  /// The root's label: the majority of roots.
  public let rootLabel: SyntaxLabel
  /// The label of all other nodes.
  public let label: SyntaxLabel
  /// The unary of all leaves: the majority.
  public let unary: SyntaxLabel

  /// Counts the labels of training snippets.
  public init(_ shape: Shape, labels rule: Labels = .majority, from tuples: some Sequence<SyntaxTuple>) {
    var (roots, others, unaries) = (LabelCounts(), LabelCounts(), LabelCounts())
    for tuple in tuples {
      let root = GapTree(tuple.heights).root
      for (gap, label) in tuple.labels.enumerated() {
        if gap == root {
          roots.add(label)
        } else if rule == .majority || !label.isEmpty {
          others.add(label)
        }
      }
      for unary in tuple.unaries { unaries.add(unary) }
    }
    self.shape = shape
    name =
      (shape == .balanced ? "balanced" : "right-branching") + " trees"
      + (rule == .majority ? "" : ", every node labelled")
    (rootLabel, label, unary) = (roots.majority, others.majority, unaries.majority)
  }

  /// The tree over so many leaves.
  ///
  /// - Precondition: `leafCount` is at least 1.
  public func predict(leafCount: Int) -> TuplePrediction {
    precondition(leafCount > 0, "BranchingBaseline: \(leafCount) leaves")
    let heights = heights(leafCount: leafCount)
    var labels = [SyntaxLabel](repeating: label, count: heights.count)
    if let root = GapTree(heights).root { labels[root] = rootLabel }
    return TuplePrediction(
      heights: heights.map(Float.init), labels: labels,
      unaries: [SyntaxLabel](repeating: unary, count: leafCount))
  }

  private func heights(leafCount: Int) -> [Int] {
    guard shape == .balanced else { return (1..<leafCount).reversed() }
    var heights = [Int](repeating: 0, count: leafCount - 1)
    var open = [0..<leafCount]
    while let leaves = open.popLast() {
      guard leaves.count > 1 else { continue }
      let middle = leaves.lowerBound + (leaves.count + 1) / 2
      // ⌈log₂ m⌉, the height of m leaves in halves.
      heights[middle - 1] = Int.bitWidth - (leaves.count - 1).leadingZeroBitCount
      open += [leaves.lowerBound..<middle, middle..<leaves.upperBound]
    }
    return heights
  }
}
