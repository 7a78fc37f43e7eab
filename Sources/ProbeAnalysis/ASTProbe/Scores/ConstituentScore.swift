/// A predicted tree against the gold one, constituent by constituent (López et al. 2022, section 4.3).
///
/// Two constituents are the same when they cover the same leaves and, if labelled, have the same kind.
public struct ConstituentScore: Sendable, Hashable {
  /// How constituents that occur more than once are counted.
  public enum Counting: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each gold constituent answers for one predicted: hits are the size of the intersection of two multisets.
    case multiset
    /// Every predicted constituent that occurs in the gold tree is a hit, however often it was predicted, as in the
    /// paper's code. Recall may then exceed 1.
    case membership
  }

  /// Hits, predicted and gold constituents.
  public let counts: HitCounts
  /// Per node of the predicted tree, whether it is right.
  public let predictedHits: [Bool]
  /// Per node of the gold tree, whether it was found.
  public let goldHits: [Bool]

  /// Compares two trees over the same leaves.
  ///
  /// - Precondition: they have as many leaves.
  public init(
    of predicted: ConstituentTree, against gold: ConstituentTree, labelled: Bool = true,
    counting: Counting = .multiset
  ) {
    precondition(
      predicted.leafCount == gold.leafCount,
      "ConstituentScore: \(predicted.leafCount) predicted leaves, \(gold.leafCount) gold")
    let predictedKeys = predicted.nodes.map { Constituent($0, labelled: labelled) }
    let goldKeys = gold.nodes.map { Constituent($0, labelled: labelled) }
    predictedHits = Self.hits(of: predictedKeys, among: goldKeys, counting)
    goldHits = Self.hits(of: goldKeys, among: predictedKeys, counting)
    counts = HitCounts(
      hits: predictedHits.count { $0 }, predicted: predictedKeys.count, gold: goldKeys.count)
  }

  /// Per key, whether `others` has it; counting a multiset, whether it has one left for it.
  private static func hits(
    of keys: [Constituent], among others: [Constituent], _ counting: Counting
  ) -> [Bool] {
    var left: [Constituent: Int] = [:]
    left.reserveCapacity(others.count)
    for key in others { left[key, default: 0] += 1 }
    return keys.map { key in
      guard let count = left[key], count > 0 else { return false }
      if counting == .multiset { left[key] = count - 1 }
      return true
    }
  }
}

/// What makes two nodes the same constituent.
private struct Constituent: Hashable {
  let kind: String?
  let leaves: Range<Int>

  init(_ node: ConstituentTree.Node, labelled: Bool) {
    (kind, leaves) = (labelled ? node.kind : nil, node.leaves)
  }
}
