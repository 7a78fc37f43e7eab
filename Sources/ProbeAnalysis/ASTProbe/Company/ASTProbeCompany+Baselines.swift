import ProbeMath
import ProbeModel

extension ASTProbeCompany {
  /// Competitors: what needs no vectors, what no training has made, and the fit itself on trees that are none.
  func baselines() throws -> [ASTProbeFindings.Baseline] {
    var found = [table(), shapes()]
    if analysis.does(.embeddings) { found.append(try embeddings()) }
    for name in analysis.baselines {
      guard let model = context.models.first(where: { $0.name == name }), model.isTwin else { continue }
      found.append(try twins(model))
    }
    if analysis.does(.shuffled) {
      progress("shuffled trees")
      let scores = try study.record(vectors, fitter, isShuffled: true).scores
      found.append(baseline("shuffled trees", .shuffled, [("shuffled", scores)]))
    }
    return found
  }

  private func baseline(
    _ name: String, _ kind: ASTProbeFindings.Baseline.Kind, _ members: [(String, [Int: SnippetScores])]
  ) -> ASTProbeFindings.Baseline {
    let all = members.map { $0.1 }
    return .init(
      name: name, kind: kind, members: members.map { .init(name: $0.0, test: study.estimate($0.1, .f1)) },
      test: ASTProbeStudy.shown.map { study.mean(all, $0) },
      difference: study.difference(record.scores, minus: all))
  }

  /// Neighbouring leaf texts, counted on the training part.
  private func table() -> ASTProbeFindings.Baseline {
    let set = study.set
    let table = LeafBigramTable(
      study.train.map { .init(leaves: set.snippets[$0].leafTexts, tuple: set.snippets[$0].tuple) })
    return baseline("leaf-bigram table", .table, [("table", scored { table.predict($0.leafTexts) })])
  }

  /// Trees of one shape; the best one on the validation part is the baseline.
  private func shapes() -> ASTProbeFindings.Baseline {
    let tuples = study.train.map { study.set.snippets[$0].tuple }
    let shapes = BranchingBaseline.Labels.allCases.flatMap { labels in
      BranchingBaseline.Shape.allCases.map { shape in
        let tree = BranchingBaseline(shape, labels: labels, from: tuples)
        return (tree.name, scored { tree.predict(leafCount: $0.leaves.count) })
      }
    }
    func validation(_ scores: [Int: SnippetScores]) -> Double {
      TreeMetric.f1.mean(over: study.validation.compactMap { scores[$0] }) ?? 0
    }
    let best = shapes.max { validation($0.1) < validation($1.1) } ?? shapes[0]
    let chosen = baseline(best.0, .shape, [best])
    return .init(
      name: chosen.name, kind: .shape,
      members: shapes.map { .init(name: $0.0, test: study.estimate($0.1, .f1)) }, test: chosen.test,
      difference: chosen.difference)
  }

  /// Scores of a prediction that reads no vector.
  func scored(_ predict: @Sendable (SnippetSet.Snippet) -> TuplePrediction) -> [Int: SnippetScores] {
    let held = study.validation + study.test
    let scores = concurrently(held.count) { place in
      study.compare(held[place], predict(study.set.snippets[held[place]])).scores
    }
    return Dictionary(uniqueKeysWithValues: zip(held, scores))
  }

  /// The residual stream before the first block: token and position, no context.
  private func embeddings() throws -> ASTProbeFindings.Baseline {
    progress("embeddings")
    let point = HookPoint(.residPre, layer: 0)
    let leaves =
      context.capture.point(point)?.isComplete == true
      ? question.leaves.vectors(point) : try live(pieces: context.capture.settings.pieces).vectors(point)
    return baseline("embeddings", .embeddings, [(point.name, try study.record(leaves, fitter).scores)])
  }

  /// Random-initialised twins at the best layer.
  private func twins(_ model: NamedModel) throws -> ASTProbeFindings.Baseline {
    let members = try model.sources.map { source in
      progress("\(source), \(point.name)")
      let twin = try source.open()
      let leaves = try LiveLeaves(
        study.set.snippets, model: twin, identity: identity(try source.weightsDigest()),
        pieces: context.capture.settings.pieces, sentinel: context.capture.settings.sentinel)
      return (twin.name, try study.record(leaves.vectors(point), fitter).scores)
    }
    let keeps = model.sources.contains { $0.keepsEmbeddings }
    return baseline(model.name, keeps ? .fresh : .random, members)
  }

  /// The snippets' leaves by the asked model itself, tokenized in other pieces than the capture's.
  func live(pieces: Pieces) throws -> LiveLeaves {
    try LiveLeaves(
      study.set.snippets, model: context.model(), identity: identity(context.capture.weightsDigest),
      pieces: pieces, sentinel: context.capture.settings.sentinel)
  }

  /// What a live run's vectors follow from, besides pieces and sentinel.
  private func identity(_ weights: String) -> String {
    let capture = context.capture
    return "\(weights) \(capture.tokenizerDigest ?? "") \(capture.corpusDigest) \(capture.numericsVersion)"
  }
}
