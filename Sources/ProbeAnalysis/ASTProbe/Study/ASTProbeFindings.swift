import ProbeMath
import ProbeModel
import ProbeSyntax

/// What an AST-probe study found.
public struct ASTProbeFindings: AnalysisFindings {
  /// The grammar that the gold trees come from.
  public let grammar: GrammarIdentity
  /// Which snippets were used, and how their leaves met the tokens.
  public let audit: SnippetAudit
  /// How the fits were made.
  public let settings: FitSettings
  /// One fit a point, in the order of computation.
  public let layers: [Layer]
  /// Index of the layer with the best validation F1.
  public let best: Int
  /// Every metric of the best layer, on the test part.
  public let test: [TreeEstimate]
  /// What else could have built the trees.
  public let baselines: [Baseline]
  /// Other models on the same snippets, each at its own best layer.
  public let models: [ModelSweep]
  /// How large the subspace must be.
  public let ranks: Finding<RankSearch>
  /// The best layer under every way of making vectors of leaves.
  public let alignments: Finding<[Alignment]>
  /// Recall and precision by kind of node at the best layer, on the test part; the most frequent gold kinds first.
  public let kinds: [NodeKindTally.Row]
  /// F1 at the best layer by the snippets' number of leaves.
  public let lengths: [LengthBin]
  /// Losses of the best layer's fit, epoch by epoch.
  public let learning: [SyntacticFit.Epoch]
  /// Test snippets with the best and the worst F1.
  public let snippets: [SnippetExample]
  /// Angles between the subspaces of the layers.
  public let angles: Finding<SubspaceAngles>
  /// A subspace that was fitted elsewhere, here.
  public let transfer: Finding<Transfer>
  /// F1 of every test snippet at the best layer, by example id.
  public let scores: [SnippetF1]
  /// The best layer's subspace, to be saved; no part of a results file.
  public var subspace: SavedSubspace? = nil

  private enum CodingKeys: String, CodingKey {
    case grammar, audit, settings, layers, best, test, baselines, models, ranks, alignments, kinds, lengths
    case learning, snippets, angles, transfer, scores
  }
}

extension ASTProbeFindings {
  /// Which examples became snippets, and how their leaves met the tokens.
  public struct SnippetAudit: Sendable, Codable, Equatable {
    /// Examples of the capture.
    public let examples: Int
    /// Those that do not parse without error, with the first places.
    public let broken: Int
    /// The first of them, as `id: what is wrong`.
    public let brokenExamples: [String]
    /// Those of a single leaf, which have no gap.
    public let singleLeaf: Int
    /// Those with a leaf that no captured token shares a byte with.
    public let unaligned: Int
    /// Snippets of each part of the split.
    public let train, validation, test: Int
    /// Groups (files) of each part.
    public let trainGroups, validationGroups, testGroups: Int
    /// Smallest, median and largest number of leaves.
    public let leaves: [Int]
    /// Classes of gap labels and of unary labels.
    public let labels, unaries: Int
    /// Of the snippets that were used.
    public let alignment: AlignmentAudit
    /// What a reader should know about the split.
    public let notes: [String]
  }

  /// How leaves met tokens.
  public struct AlignmentAudit: Sendable, Codable, Equatable {
    /// Leaves of all snippets.
    public let leaves: Int
    /// Leaves that no token shares a byte with.
    public let leavesWithoutToken: Int
    /// Tokens that share bytes with more than one leaf.
    public let tokensAcrossLeaves: Int
    /// Pairs of neighbouring leaves with the very same tokens, and so the same vector: their distance is 0 whatever the
    /// probe.
    public let sharedGaps: Int
    /// Pairs of neighbouring leaves.
    public let gaps: Int
  }

  /// How the fits were made.
  public struct FitSettings: Sendable, Codable, Equatable {
    /// Dimension of the subspace in the sweep over layers.
    public let rank: Int
    /// What distances are ranked by.
    public let target: SyntacticSnippet.Target
    /// How the text was cut.
    public let pieces: Pieces
    /// Root mean square that vectors were scaled to, and Adam's rate, chosen on the validation part.
    public let scale, rate: Double
    /// What they were chosen from.
    public let tried: [Tried]
    /// Where that was done.
    public let tunedAt: HookPoint

    /// One combination.
    public struct Tried: Sendable, Codable, Equatable {
      /// Scale of the vectors, and rate.
      public let scale, rate: Double
      /// Mean F1 of the validation part.
      public let validation: Double
    }
  }

  /// The fit of one layer.
  public struct Layer: Sendable, Codable, Equatable {
    /// Where.
    public let point: HookPoint
    /// Mean F1 of the validation part, which chooses the layer.
    public let validation: Double
    /// F1, labelled and unlabelled, of the test part.
    public let test: [TreeEstimate]
    /// Epochs trained, and the one that was kept.
    public let epochs, bestEpoch: Int
    /// Whether training ended because the validation loss no longer fell.
    public let isConverged: Bool
    /// ‖BᵀB − I‖.
    public let orthogonality: Double
  }

  /// A competitor.
  public struct Baseline: Sendable, Codable, Equatable {
    /// What kind of competitor.
    public enum Kind: String, Sendable, Codable, CaseIterable {
      /// Reads the texts of leaves, no vectors.
      case table
      /// Always builds the same shape.
      case shape
      /// Reads what the model embeds before its first block.
      case embeddings
      /// Freshly initialised blocks over the trained embeddings.
      case fresh
      /// A freshly initialised model.
      case random
      /// The same fit on snippets whose tuples were shuffled, scored on such: the control task.
      case shuffled
    }

    /// Its name.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// Its seeds, or shapes, one by one: name and F1.
    public let members: [Member]
    /// Mean over members, test part: F1, labelled and unlabelled.
    public let test: [TreeEstimate]
    /// F1 of the best layer minus its own, same snippets.
    public let difference: TreeEstimate

    /// One of several of its kind.
    public struct Member: Sendable, Codable, Equatable {
      /// Its name.
      public let name: String
      /// F1 of the test part.
      public let test: TreeEstimate
    }
  }

  /// Another model, layer by layer.
  public struct ModelSweep: Sendable, Codable, Equatable {
    /// Its name in the spec, and its own.
    public let name, model: String
    /// One fit a point.
    public let layers: [Layer]
    /// The layer with its best validation F1.
    public let best: Int
    /// Snippets that both models have; the difference is over the test snippets among them.
    public let shared: Int
    /// F1 of the asked model's best layer minus F1 of its best layer.
    public let difference: TreeEstimate
    /// How its leaves met its tokens.
    public let alignment: AlignmentAudit
  }

  /// How large the subspace must be.
  public struct RankSearch: Sendable, Codable, Equatable {
    /// Fits, by point and rank.
    public let cells: [Cell]
    /// The smallest rank at the best layer whose validation F1 is within one standard error of the best rank's.
    public let smallest: Int
    /// The rank with the best validation F1 there.
    public let best: Int
    /// Standard error of the best rank's validation F1 over groups.
    public let standardError: Double
    /// F1 at the smallest rank on the test part.
    public let test: TreeEstimate

    /// One fit.
    public struct Cell: Sendable, Codable, Equatable {
      /// Where.
      public let point: HookPoint
      /// Dimension of the subspace.
      public let rank: Int
      /// Mean F1 of the validation part.
      public let validation: Double
      /// F1 of the test part.
      public let test: TreeEstimate
    }
  }

  /// The best layer under one way of making vectors of leaves.
  public struct Alignment: Sendable, Codable, Equatable {
    /// How the text is cut.
    public let pieces: Pieces
    /// How leaves met tokens.
    public let audit: AlignmentAudit
    /// F1, labelled and unlabelled, of the test part.
    public let test: [TreeEstimate]
    /// F1 of gold tuples whose shared gaps are 0: a reference for what the alignment costs in d alone.
    public let ceiling: TreeEstimate
    /// F1 of the study's own way minus its F1; nil for that way itself.
    public let difference: TreeEstimate?
  }

  /// Snippets of some lengths.
  public struct LengthBin: Sendable, Codable, Equatable {
    /// Fewest and most leaves.
    public let least, most: Int
    /// Their F1.
    public let test: TreeEstimate
  }

  /// One test snippet, gold and predicted.
  public struct SnippetExample: Sendable, Codable, Equatable {
    /// Whether it is one of the best, or one of the worst.
    public let isBest: Bool
    /// The example's id.
    public let id: String
    /// Its scores.
    public let scores: SnippetScores
    /// Texts of its leaves.
    public let leaves: [String]
    /// The gold tree, and the predicted one.
    public let gold, predicted: [Node]

    /// A node of a tree, parents before children.
    public struct Node: Sendable, Codable, Equatable {
      /// Its kind.
      public let kind: String
      /// The leaves it covers: first, and one past the last.
      public let first, last: Int
      /// Index of its parent; nil for the root.
      public let parent: Int?
      /// Whether the other tree has it too.
      public let isMatched: Bool
    }
  }

  /// Mean principal angles between the subspaces of layers.
  public struct SubspaceAngles: Sendable, Codable, Equatable {
    /// The layers.
    public let points: [HookPoint]
    /// Mean angle in degrees, row by row over ``points``.
    public let means: [[Double]]
    /// Mean angle between random subspaces of this rank, degrees.
    public let random: Double
  }

  /// A subspace fitted elsewhere (another language, another corpus) at the same point, kept as it is; only the label
  /// directions were trained.
  public struct Transfer: Sendable, Codable, Equatable {
    /// Where it comes from: name of its study and language.
    public let source, language: String
    /// The point it was fitted at.
    public let point: HookPoint
    /// F1, labelled and unlabelled, of the test part.
    public let test: [TreeEstimate]
    /// F1 of the point's own subspace minus that.
    public let difference: TreeEstimate
    /// Angles between the two subspaces.
    public let angles: PrincipalAngles
  }

  /// F1 of one test snippet.
  public struct SnippetF1: Sendable, Codable, Equatable {
    /// The example's id.
    public let id: String
    /// Labelled F1.
    public let f1: Double
  }
}
