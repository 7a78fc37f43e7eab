/// The scores of one snippet: what is stored, averaged and resampled.
public struct SnippetScores: Sendable, Hashable, Codable {
  /// Number of leaves of the snippet.
  public let leaves: Int
  /// Constituents with their kinds, counted as multisets.
  public let labelled: HitCounts
  /// Constituents whatever their kinds, counted as multisets.
  public let unlabelled: HitCounts
  /// Constituents with their kinds, counted by membership, as in the paper's table.
  public let membership: HitCounts
  /// Whether the predicted tree is the gold one, every node and kind.
  public let exact: Bool
  /// Agreement of (d, c, u).
  public let agreement: TupleAgreement

  /// Scores from their parts.
  public init(
    leaves: Int, labelled: HitCounts, unlabelled: HitCounts, membership: HitCounts, exact: Bool,
    agreement: TupleAgreement
  ) {
    (self.leaves, self.exact, self.agreement) = (leaves, exact, agreement)
    (self.labelled, self.unlabelled, self.membership) = (labelled, unlabelled, membership)
  }

  /// Labelled precision.
  public var precision: Double { labelled.precision }
  /// Labelled recall.
  public var recall: Double { labelled.recall }
  /// Labelled F1.
  public var f1: Double { labelled.f1 }
  /// F1 of the constituents whatever their kinds.
  public var unlabelledF1: Double { unlabelled.f1 }
}

/// A predicted snippet beside the gold one: both trees, which of their nodes match, and the scores.
public struct SnippetComparison: Sendable {
  /// The tree that the prediction stands for.
  public let predictedTree: ConstituentTree
  /// The tree that the gold tuple stands for.
  public let goldTree: ConstituentTree
  /// Node by node: the labelled score, counted as multisets.
  public let matches: ConstituentScore
  /// The scores.
  public let scores: SnippetScores

  /// Restores both trees and compares them.
  ///
  /// A snippet of one leaf has no d, and often no constituent to find: leave it out of averages.
  ///
  /// - Parameters:
  ///   - predicted: the prediction.
  ///   - gold: what is right.
  ///   - goldTree: the gold tuple's tree, when it has been restored before.
  /// - Precondition: as many leaves on both sides.
  public init(of predicted: TuplePrediction, with gold: SyntaxTuple, goldTree: ConstituentTree? = nil) {
    let predictedTree = ConstituentTree(predicted)
    let goldTree = goldTree ?? ConstituentTree(gold)
    let matches = ConstituentScore(of: predictedTree, against: goldTree)
    scores = SnippetScores(
      leaves: gold.leafCount, labelled: matches.counts,
      unlabelled: ConstituentScore(of: predictedTree, against: goldTree, labelled: false).counts,
      membership: ConstituentScore(of: predictedTree, against: goldTree, counting: .membership).counts,
      exact: predictedTree == goldTree, agreement: TupleAgreement(of: predicted, with: gold))
    (self.predictedTree, self.goldTree, self.matches) = (predictedTree, goldTree, matches)
  }
}
