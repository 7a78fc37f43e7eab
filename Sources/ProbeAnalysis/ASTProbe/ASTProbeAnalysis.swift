import ProbeMath
import ProbeModel
import ProbeSyntax

/// Does a low-dimensional subspace of a layer hold the whole syntax tree of a snippet, labels included? (AST-Probe: López,
/// Weyssow, Cuadrado & Sahraoui, ASE 2022.)
///
/// One ``SyntacticSubspace`` a captured point, fitted on training files; the point is chosen on validation files, and
/// trees restored from what it says are scored on test files, with intervals over files. Beside it stand competitors
/// that read no trained layer, other models on the same snippets, other ways of making vectors of leaves, and the
/// smallest rank that does about as well.
public struct ASTProbeAnalysis: Analysis {
  /// `ast-probe`.
  public static let name = "ast-probe"
  /// One line about the sweep and its company.
  public static let summary =
    "whole syntax trees from a subspace of each layer (AST-Probe), with competitors, controls and intervals"
  /// Metrics of trees, of differences to competitors, and of the rank.
  public static let metrics: [(name: String, meaning: String)] =
    TreeMetric.allCases.map { ($0.name, $0.meaning) }
    + ASTProbeFindings.Baseline.Kind.allCases.map {
      ("f1_over_\($0.rawValue)", "F1 minus that of \($0.meaning), same test snippets")
    } + [
      ("smallest_rank", "smallest rank whose validation F1 is within one standard error of the best rank's"),
      ("orthogonality", "‖BᵀB − I‖ of the fit, Frobenius"),
    ]

  /// F1.
  public static let headlines = [TreeMetric.f1.name]

  /// What a spec can leave out.
  public enum Part: String, Sendable, Codable, CaseIterable {
    case tuning, ranks, alignments, shuffled, embeddings, angles
  }

  /// Names this analysis in expectations; `ast-probe` unless the spec says otherwise.
  public let id: String
  /// The language of the snippets.
  public let language: SourceLanguage
  /// Which captured points; all of fixed width when nil.
  public let points: [PointSelector]?
  /// Dimension of the subspace in the sweep over layers.
  public let rank: Int
  /// Ranks to search for the smallest that will do.
  public let ranks: [Int]
  /// Points at which every rank is fitted, for the heat map.
  public let grid: [PointSelector]
  /// What distances are ranked by.
  public let target: SyntacticSnippet.Target
  /// Epochs of a fit, at most.
  public let epochs: Int
  /// Resamples of the bootstrap.
  public let replicates: Int
  /// Other models of the spec: twins are run at the best layer, others are swept from their captures.
  public let baselines: [String]
  /// A saved subspace of the same model, to be tried here.
  public let transfer: String?
  /// What is left out.
  public let without: Set<Part>

  static let keys = [
    "id", "language", "points", "rank", "ranks", "grid", "target", "epochs", "replicates", "baselines",
    "transfer",
    "without",
  ]

  /// The ranks of the paper's RQ4.
  static let usualRanks = [8, 16, 32, 64, 128, 256, 512]

  /// Reads its settings; `docs/experiment-spec.md` lists them.
  ///
  /// - Throws: ``SpecError`` naming file, line and key.
  public init(_ reader: SpecReader) throws(SpecError) {
    try reader.allowOnly(Self.keys)
    id = try reader.identifier("id", default: Self.name)
    language = try reader.language("language", try reader.string("language"))
    points = try reader.optionalStrings("points")?.map { PointSelector($0) }
    rank = try reader.integer("rank", in: 1...4096, default: 128)
    ranks = Set(try reader.optionalIntegers("ranks") ?? Self.usualRanks).sorted()
    guard ranks.allSatisfy({ (1...4096).contains($0) }) else {
      throw reader.error(.badValue, "ranks", "expected whole numbers from 1 to 4096")
    }
    grid = try (reader.optionalStrings("grid") ?? []).map { PointSelector($0) }
    target = try reader.optionalCase("target", of: SyntacticSnippet.Target.self) ?? .height
    epochs = try reader.integer("epochs", in: 1...10_000, default: 200)
    replicates = try reader.integer("replicates", in: 100...100_000, default: 2000)
    baselines = try reader.optionalStrings("baselines") ?? []
    guard Set(baselines).count == baselines.count else {
      throw reader.error(.duplicate, "baselines", "a model occurs twice")
    }
    transfer = try reader.optionalString("transfer").map { reader.path($0) }
    without = try reader.cases("without", of: Part.self)
  }

  /// Twins are run at the best layer alone: capturing all their layers would be work that nobody reads.
  public func readsCapture(of model: NamedModel) -> Bool { !model.isTwin }

  func does(_ part: Part) -> Bool { !without.contains(part) }

  /// Fits, scores and compares.
  ///
  /// - Throws: `GrammarError` when the language's grammar is missing or of another ABI; ``SpecError`` when points or
  ///   examples do not fit the question; ``StudyError`` when the snippets cannot be divided; errors of the store and of
  ///   models.
  public func findings(in context: AnalysisContext) throws -> ASTProbeFindings {
    try ASTProbeQuestion(self, context).answer()
  }

  /// The findings as part of a report.
  public func account(of findings: ASTProbeFindings) -> AnalysisAccount {
    ASTProbeAccount(findings, id: id).account
  }
}

extension TreeMetric {
  /// Its name in expectations.
  public var name: String {
    switch self {
    case .precision: "precision"
    case .recall: "recall"
    case .f1: "f1"
    case .unlabelledPrecision: "unlabelled_precision"
    case .unlabelledRecall: "unlabelled_recall"
    case .unlabelledF1: "unlabelled_f1"
    case .membershipPrecision: "membership_precision"
    case .membershipRecall: "membership_recall"
    case .membershipF1: "membership_f1"
    case .exact: "exact"
    case .labelAccuracy: "label_accuracy"
    case .unaryAccuracy: "unary_accuracy"
    case .pairAccuracy: "pair_accuracy"
    case .pairAccuracyWithMargin: "pair_accuracy_with_margin"
    }
  }

  /// One sentence for the docs.
  var meaning: String {
    switch self {
    case .precision:
      "share of the predicted constituents (kind and leaves) that the gold tree has; mean over snippets"
    case .recall: "share of the gold constituents that were predicted; mean over snippets"
    case .f1: "harmonic mean of a snippet's precision and recall; mean over snippets"
    case .unlabelledPrecision: "precision whatever the kinds"
    case .unlabelledRecall: "recall whatever the kinds"
    case .unlabelledF1: "F1 whatever the kinds"
    case .membershipPrecision: "precision as the paper counts: a constituent predicted twice hits twice"
    case .membershipRecall: "recall as the paper counts"
    case .membershipF1: "F1 as the paper counts"
    case .exact: "share of snippets whose whole tree is right"
    case .labelAccuracy: "share of gaps whose label is right; mean over snippets"
    case .unaryAccuracy: "share of leaves whose unary label is right; mean over snippets"
    case .pairAccuracy: "share of pairs of gaps ranked as their heights are; mean over snippets"
    case .pairAccuracyWithMargin: "the same with a margin of 1: the share of pairs without hinge loss"
    }
  }
}

extension ASTProbeFindings.Baseline.Kind {
  /// What it is, in words.
  public var meaning: String {
    switch self {
    case .table: "a table of neighbouring leaf texts"
    case .shape: "the best of right-branching and balanced trees"
    case .embeddings: "the embeddings, before the first block"
    case .fresh: "freshly initialised blocks over the trained embeddings"
    case .random: "a freshly initialised model"
    case .shuffled: "the same fit and test on shuffled trees"
    }
  }
}
