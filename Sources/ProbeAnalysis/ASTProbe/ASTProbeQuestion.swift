import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax

/// One AST-probe study on one capture, from the snippets to the findings.
struct ASTProbeQuestion {
  let analysis: ASTProbeAnalysis
  let context: AnalysisContext
  let grammar: Grammar
  let study: ASTProbeStudy
  let leaves: StoredLeaves
  let points: [HookPoint]
  let tokens: [[CapturedToken]]
  let examples: [CapturedExample]

  init(_ analysis: ASTProbeAnalysis, _ context: AnalysisContext) throws {
    (self.analysis, self.context) = (analysis, context)
    let (store, capture) = (context.store, context.capture)
    guard [.all, .labelled].contains(capture.settings.positions) else {
      throw SpecError(
        .missingData, at: "\(store.path): \(analysis.id)",
        "the capture holds \(capture.settings.positions.rawValue) positions: a leaf needs a vector of its own",
        advice: "Capture with positions: labelled and parse: \(analysis.language.name)")
    }
    grammar = try Grammar(of: analysis.language)
    let examples = try store.examples(of: capture)
    let tokens = try Self.tokens(of: capture, count: examples.count, store)
    (self.examples, self.tokens) = (examples, tokens)
    let set = try SnippetSet(examples, grammar: grammar, seed: context.seed) {
      StoredLeaves.alignment($1, tokens[$0]).isComplete
    }
    study = ASTProbeStudy(
      set, target: analysis.target, archive: FitArchive(besides: store.path), replicates: analysis.replicates,
      seed: context.seed)
    leaves = StoredLeaves(
      set.snippets, examples: set.snippets.map { $0.example }, tokens: tokens, store: store, capture: capture)
    points = try analysis.points.map { try context.points(chosenBy: $0, for: analysis.id) } ?? context.points
    guard points.contains(where: { !$0.site.isRagged }) else {
      throw SpecError(
        .missingData, at: "\(store.path): \(analysis.id)", "no point of fixed width was captured",
        advice: "Capture residual streams, for example blocks.*.hook_resid_post")
    }
  }

  /// The tokens of each example of a capture.
  static func tokens(of capture: CaptureRecord, count: Int, _ store: ActivationStore) throws
    -> [[CapturedToken]]
  {
    var tokens = [[CapturedToken]](repeating: [], count: count)
    for token in try store.tokens(of: capture) { tokens[token.example].append(token) }
    return tokens
  }

  /// Layers, then their company.
  func answer() throws -> ASTProbeFindings {
    let points = points.filter { !$0.site.isRagged }
    let tuning = try tuned(at: points[points.count / 2])
    let sweep = try SubspaceSweep(study, tuning.fitter, context, analysis.id).run(points) {
      leaves.vectors($0)
    }
    let best = sweep.best
    let record = sweep.records[best]
    let company = try ASTProbeCompany(self, tuning.fitter, points[best], record)
    let drawn = try company.drawn()
    return ASTProbeFindings(
      grammar: try grammar.identity(), audit: audit(leaves.layout.audit),
      settings: .init(
        rank: record.fit.subspace.rank, target: analysis.target, pieces: context.capture.settings.pieces,
        scale: Double(tuning.fitter.scale), rate: Double(tuning.fitter.rate), tried: tuning.tried,
        tunedAt: points[points.count / 2]),
      layers: sweep.layers, best: best, test: study.estimates(record.scores, TreeMetric.allCases),
      baselines: try company.baselines(), models: try company.models(),
      ranks: try company.ranks(points), alignments: try company.alignments(), kinds: drawn.kinds,
      lengths: company.lengths(), learning: record.fit.epochs, snippets: drawn.snippets,
      angles: try company.angles(sweep), transfer: try company.transfer(sweep),
      scores: study.test.compactMap { index in
        record.scores[index].map { .init(id: study.set.snippets[index].id, f1: $0.f1) }
      },
      subspace: SavedSubspace(
        study: "\(context.capture.name).\(analysis.id)", grammar: try grammar.identity(),
        weightsDigest: context.capture.weightsDigest, point: points[best], labels: study.set.labels.names,
        unaries: study.set.unaries.names, subspace: record.fit.subspace))
  }

  /// Scale and rate, chosen on the validation part at one point, then used everywhere: choosing them layer by layer would
  /// make layers differ by their luck.
  private func tuned(
    at point: HookPoint
  ) throws -> (fitter: SyntacticSubspaceFitter, tried: [ASTProbeFindings.FitSettings.Tried]) {
    var fitter = SyntacticSubspaceFitter()
    fitter.maximumEpochs = analysis.epochs
    let vectors = leaves.vectors(point)
    fitter.rank = min(analysis.rank, vectors.width)
    guard analysis.does(.tuning) else { return (fitter, []) }
    context.progress("\(analysis.id): scale and rate, at \(point.name)")
    let base = fitter
    let candidates = SubspaceSweep.scales.flatMap { scale in
      SubspaceSweep.rates.map { rate in
        var candidate = base
        (candidate.scale, candidate.rate, candidate.threads) = (scale, rate, 1)
        return candidate
      }
    }
    let scores = try concurrently(candidates.count) { index in
      study.validationF1(try study.record(vectors, candidates[index]))
    }
    let best = scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    return (
      candidates[best],
      zip(candidates, scores).map {
        .init(scale: Double($0.scale), rate: Double($0.rate), validation: $1)
      }
    )
  }

  private func audit(_ alignment: ASTProbeFindings.AlignmentAudit) -> ASTProbeFindings.SnippetAudit {
    let set = study.set
    func groups(_ snippets: [Int]) -> Int { Set(snippets.map { set.snippets[$0].group }).count }
    let sizes = set.snippets.map { $0.leaves.count }.sorted()
    return .init(
      examples: set.losses.examples, broken: set.losses.broken.count,
      brokenExamples: Array(set.losses.broken.prefix(5)), singleLeaf: set.losses.singleLeaf,
      unaligned: set.losses.unaligned, train: study.train.count, validation: study.validation.count,
      test: study.test.count, trainGroups: groups(study.train), validationGroups: groups(study.validation),
      testGroups: groups(study.test),
      leaves: sizes.isEmpty ? [] : [sizes[0], sizes[sizes.count / 2], sizes[sizes.count - 1]],
      labels: set.labels.names.count, unaries: set.unaries.names.count, alignment: alignment, notes: set.notes
    )
  }
}
