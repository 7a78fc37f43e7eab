import Foundation
import ProbeMath
import ProbeModel
import ProbeSyntax

@testable import ProbeAnalysis

/// Findings of a study that was never made: round numbers that a reader must meet again in the report.
enum ASTProbeFixture {
  static func estimate(
    _ value: Double?, _ lower: Double = .nan, _ upper: Double = .nan, metric: TreeMetric = .f1
  ) -> TreeEstimate {
    let interval =
      lower.isFinite
      ? Interval(estimate: value, lower: lower, upper: upper, level: 0.95, method: .percentile)
      : nil
    return TreeEstimate(metric: metric, value: value, interval: interval, snippets: 400, groups: 60)
  }

  static func layer(
    _ block: Int, _ f1: Double, isConverged: Bool = true, orthogonality: Double = 0.012
  )
    -> ASTProbeFindings.Layer
  {
    .init(
      point: .residPost(block), validation: f1 + 0.01,
      test: [
        estimate(f1, f1 - 0.013, f1 + 0.013),
        estimate(f1 + 0.05, f1 + 0.03, f1 + 0.07, metric: .unlabelledF1),
      ], epochs: 44, bestEpoch: 38, isConverged: isConverged, orthogonality: orthogonality)
  }

  static func baseline(
    _ name: String, _ kind: ASTProbeFindings.Baseline.Kind, _ f1: Double,
    _ difference: TreeEstimate,
    members: [String] = []
  ) -> ASTProbeFindings.Baseline {
    .init(
      name: name, kind: kind,
      members: members.map { .init(name: $0, test: estimate(f1 + 0.001, f1 - 0.01, f1 + 0.01)) },
      test: [estimate(f1, f1 - 0.011, f1 + 0.011), estimate(f1, f1, f1, metric: .unlabelledF1)],
      difference: difference)
  }

  static let seeds = ["seed 1", "seed 2", "seed 3"]

  static let baselines = [
    baseline("leaf-bigram table", .table, 0.55, estimate(0.163, 0.15, 0.176)),
    baseline("right-branching", .shape, 0.211, estimate(0.502, 0.49, 0.51)),
    baseline("embeddings", .embeddings, 0.36, estimate(0.353, 0.34, 0.37)),
    baseline("fresh blocks", .fresh, 0.372, estimate(0.341, 0.33, 0.35), members: seeds),
    baseline("random model", .random, 0.301, estimate(0.412, 0.4, 0.42), members: seeds),
    baseline("shuffled trees", .shuffled, 0.7, estimate(0.013, 0.002, 0.02)),
  ]

  static func alignment(shared: Int = 0) -> ASTProbeFindings.AlignmentAudit {
    .init(
      leaves: 90_000, leavesWithoutToken: 7, tokensAcrossLeaves: 41, sharedGaps: shared,
      gaps: 88_000)
  }

  static func audit(
    broken: Int = 31, alignment met: ASTProbeFindings.AlignmentAudit = alignment(),
    testGroups: Int = 60,
    notes: [String] = []
  ) -> ASTProbeFindings.SnippetAudit {
    .init(
      examples: 2_400, broken: broken,
      brokenExamples: broken > 0 ? ["a.py:3: ERROR at byte 17"] : [],
      singleLeaf: 5, unaligned: 4, train: 1_600, validation: 360, test: 400, trainGroups: 240,
      validationGroups: 55, testGroups: testGroups, leaves: [2, 37, 211], labels: 84, unaries: 12,
      alignment: met, notes: notes)
  }

  static let example = ASTProbeFindings.SnippetExample(
    isBest: false, id: "abc.py:maximum",
    scores: SnippetScores(
      leaves: 4, labelled: HitCounts(hits: 1, predicted: 2, gold: 2),
      unlabelled: HitCounts(hits: 1, predicted: 2, gold: 2),
      membership: HitCounts(hits: 1, predicted: 2, gold: 2), exact: false,
      agreement: TupleAgreement()),
    leaves: ["f", "(", "x", ")"],
    gold: [
      .init(kind: "call", first: 0, last: 4, parent: nil, isMatched: true),
      .init(kind: "argument_list", first: 1, last: 4, parent: 0, isMatched: false),
    ],
    predicted: [
      .init(kind: "call", first: 0, last: 4, parent: nil, isMatched: true),
      .init(kind: "tuple", first: 2, last: 4, parent: 0, isMatched: false),
    ])

  static let ranks = ASTProbeFindings.RankSearch(
    cells: [
      .init(point: .residPost(1), rank: 32, validation: 0.70, test: estimate(0.69, 0.68, 0.70)),
      .init(point: .residPost(1), rank: 64, validation: 0.72, test: estimate(0.71, 0.70, 0.72)),
      .init(point: .residPost(1), rank: 128, validation: 0.723, test: estimate(0.713, 0.70, 0.726)),
      .init(point: .residPost(0), rank: 128, validation: 0.61, test: estimate(0.6, 0.59, 0.61)),
    ], smallest: 64, best: 128, standardError: 0.004, test: estimate(0.71, 0.70, 0.72))

  static let alignments: [ASTProbeFindings.Alignment] = [
    .init(
      pieces: .cut, audit: alignment(), test: [estimate(0.713, 0.7, 0.726)],
      ceiling: estimate(1, 1, 1),
      difference: nil),
    .init(
      pieces: .whole, audit: alignment(shared: 5_720), test: [estimate(0.58, 0.57, 0.59)],
      ceiling: estimate(0.871, 0.86, 0.88), difference: estimate(0.133, 0.12, 0.146)),
    .init(
      pieces: .alone, audit: alignment(), test: [estimate(0.655, 0.64, 0.67)],
      ceiling: estimate(1, 1, 1),
      difference: estimate(0.058, 0.04, 0.07)),
  ]

  static let test: [TreeEstimate] = [
    estimate(0.713, 0.7, 0.726), estimate(0.763, 0.743, 0.783, metric: .unlabelledF1),
    estimate(0.081, 0.06, 0.1, metric: .exact),
    estimate(0.702, 0.69, 0.71, metric: .membershipPrecision),
    estimate(0.731, 0.72, 0.74, metric: .membershipRecall),
    estimate(0.715, 0.702, 0.728, metric: .membershipF1),
  ]

  /// Principal angles can only be made from subspaces, or read.
  static var angles: PrincipalAngles? {
    try? JSONDecoder().decode(PrincipalAngles.self, from: Data(#"{"degrees": [10, 30]}"#.utf8))
  }

  /// Everything there may be.
  static func full(
    layers: [ASTProbeFindings.Layer] = [layer(0, 0.6), layer(1, 0.713), layer(2, 0.65)],
    baselines: [ASTProbeFindings.Baseline] = baselines,
    audit: ASTProbeFindings.SnippetAudit = audit(),
    language: String = "python"
  ) -> ASTProbeFindings {
    findings(
      layers: layers, baselines: baselines, audit: audit, language: language, test: test,
      models: [
        .init(
          name: "minilm", model: "all-MiniLM-L6-v2", layers: [layer(0, 0.4), layer(1, 0.52)],
          best: 1,
          shared: 2_100, difference: estimate(0.193, 0.18, 0.206), alignment: alignment(shared: 3))
      ], ranks: Finding(ranks), alignments: Finding(alignments),
      kinds: [
        .init(kind: "block", counts: HitCounts(hits: 90, predicted: 120, gold: 100)),
        .init(kind: "lambda", counts: HitCounts(hits: 0, predicted: 2, gold: 0)),
      ],
      lengths: [
        .init(least: 2, most: 20, test: estimate(0.9, 0.88, 0.92)),
        .init(least: 21, most: 211, test: estimate(0.5, 0.48, 0.52)),
      ],
      learning: [
        .init(rate: 0.001, train: 3.5, validation: 3.25),
        .init(rate: 0.001, train: 1.5, validation: 1.75),
      ], snippets: [example],
      angles: Finding(
        .init(points: [.residPost(0), .residPost(1)], means: [[0, 41], [41, 0]], random: 62.5)),
      transfer: angles.map { angles in
        Finding(
          .init(
            source: "ast-go.trees", language: "go", point: .residPost(1), test: [estimate(0.6, 0.59, 0.61)],
            difference: estimate(0.113, 0.1, 0.126), angles: angles))
      } ?? Finding(reason: "no angles"))
  }

  /// The sweep over layers and nothing else.
  static func bare() -> ASTProbeFindings {
    findings(layers: [layer(0, 0.6), layer(1, 0.713)], best: 1)
  }

  static func findings(
    layers: [ASTProbeFindings.Layer], baselines: [ASTProbeFindings.Baseline] = [],
    audit: ASTProbeFindings.SnippetAudit = audit(), language: String = "python", best: Int = 1,
    test: [TreeEstimate] = [], models: [ASTProbeFindings.ModelSweep] = [],
    ranks: Finding<ASTProbeFindings.RankSearch> = Finding(reason: "no ranks were asked for"),
    alignments: Finding<[ASTProbeFindings.Alignment]> = Finding(reason: "only one capture"),
    kinds: [NodeKindTally.Row] = [], lengths: [ASTProbeFindings.LengthBin] = [],
    learning: [SyntacticFit.Epoch] = [], snippets: [ASTProbeFindings.SnippetExample] = [],
    angles: Finding<ASTProbeFindings.SubspaceAngles> = Finding(reason: "one layer"),
    transfer: Finding<ASTProbeFindings.Transfer> = Finding(reason: "none was given")
  ) -> ASTProbeFindings {
    ASTProbeFindings(
      grammar: GrammarIdentity(
        language: language, abi: 14, digest: String(repeating: "ab", count: 32)),
      audit: audit,
      settings: .init(
        rank: 128, target: .height, pieces: .cut, scale: 4, rate: 0.003,
        tried: [
          .init(scale: 1, rate: 0.001, validation: 0.61),
          .init(scale: 4, rate: 0.003, validation: 0.72),
        ], tunedAt: .residPost(1)), layers: layers, best: best, test: test, baselines: baselines,
      models: models, ranks: ranks, alignments: alignments, kinds: kinds, lengths: lengths,
      learning: learning, snippets: snippets, angles: angles, transfer: transfer, scores: [])
  }
}
