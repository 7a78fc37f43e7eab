import ProbeMath
import ProbeModel
import ProbeStore

/// Runs one label's study: every captured point and every baseline through the same procedure.
struct LinearProbeQuestion {
  let analysis: LinearProbeAnalysis
  let items: LabelledItems
  let points: [HookPoint]
  let likelihood: LogProbabilityBaseline
  let models: [ModelBaseline]

  /// - Throws: ``StudyError`` when the split leaks or the data cannot be split.
  func answer(
    in context: AnalysisContext
  ) throws -> (question: LinearProbeFindings.Question, predictions: ItemPredictions) {
    // The control's scheme may not exist for this design; that is known before the first fit.
    _ = try LabelPermutation(labels: items.labels, groups: items.groups)
    var design = try ProbeDesign(
      labels: items.labels, classes: items.classes, groups: items.groups, split: items.parts,
      seed: context.seed)
    design.strengths = analysis.strengths
    design.replicates = analysis.replicates
    let texts = items.examples.map {
      $0.text ?? ($0.tokenIDs ?? []).map { String($0) }.joined(separator: " ")
    }
    let audit = LeakageAudit(
      texts: texts, labels: items.labels, groups: items.groups, parts: design.split.parts)
    if let refusal = audit.refusal(names: items.examples.map { $0.id }) { throw refusal }

    let study = ProbeStudy(design)
    let evaluations = try concurrently(points.count) { index in
      try study.evaluate(try matrix(points[index], context), named: points[index].name)
    }
    let chosen = study.best(evaluations)
    let best = evaluations[chosen]
    let shuffled = try shuffledControl(study, try matrix(points[chosen], context))
    let question = LinearProbeFindings.Question(
      label: items.label, classes: items.classes, unlabelled: items.unlabelled, parts: sizes(design),
      layers: zip(points, evaluations).map { point, evaluation in
        LinearProbeFindings.Layer(
          point: point, strength: evaluation.strength, converged: evaluation.probe.fit.converged,
          trainAccuracy: evaluation.trainAccuracy, validation: evaluation.validation, test: evaluation.test)
      }, chosen: chosen, baselines: try baselines(study, best),
      models: try models.map {
        try $0.findings(study, points: points, main: evaluations, chosen: chosen, context)
      }, shuffled: shuffled,
      confusion: items.classes.indices.map { truth in
        items.classes.indices.map { Int(best.confusion[truth, $0]) }
      },
      selectivity:
        "labels of whole sequences have no types that recur in training and test (Hewitt & Liang 2019)",
      notes: best.diagnostics)
    return (question, predictions(best))
  }

  private func matrix(_ point: HookPoint, _ context: AnalysisContext) throws -> Tensor {
    try context.store.matrix(point, of: context.capture, rows: .rows(items.rows))
  }

  // MARK: Company

  private func baselines(
    _ study: ProbeStudy, _ best: ProbeEvaluation
  ) throws -> [LinearProbeFindings.Baseline] {
    func measured(_ evaluation: ProbeEvaluation, as name: String) -> LinearProbeFindings.Baseline {
      LinearProbeFindings.Baseline(
        name: name, test: evaluation.test,
        difference: LinearProbeFindings.Question.comparedMetrics.map {
          study.difference(best, minus: evaluation, $0)
        },
        reason: nil)
    }
    func unmeasured(_ name: String, _ reason: String) -> LinearProbeFindings.Baseline {
      LinearProbeFindings.Baseline(name: name, test: [], difference: [], reason: reason)
    }
    var baselines = [
      LinearProbeFindings.Baseline(
        name: "majority class", test: study.majority(), difference: [], reason: nil),
      try items.bags.map { measured(try study.bagOfTokens($0), as: "bag of tokens") }
        ?? unmeasured("bag of tokens", "the examples' tokens are not known: give them token_ids"),
    ]
    for column in likelihood.columns(for: items) {
      baselines.append(measured(try study.oneFeature(column.values, named: column.name), as: column.name))
    }
    if let reason = likelihood.reason {
      baselines.append(unmeasured(LogProbabilityBaseline.textName, reason))
    }
    return baselines
  }

  private func shuffledControl(
    _ study: ProbeStudy, _ features: Tensor
  ) throws -> LinearProbeFindings.Shuffled {
    let baseline = try study.shuffled(features)
    var mean: [String: Double] = [:]
    for metric in ClassificationMetric.allCases { mean[metric.rawValue] = baseline.mean(metric) }
    return LinearProbeFindings.Shuffled(
      scheme: baseline.scheme, repetitions: baseline.repetitions.count, mean: mean)
  }

  private func sizes(_ design: ProbeDesign) -> [LinearProbeFindings.PartSize] {
    GroupSplit.Part.allCases.map { part in
      let rows = design.split.rows(part)
      return LinearProbeFindings.PartSize(
        part: part, items: rows.count, groups: Set(rows.map { items.groups[$0] }).count)
    }
  }

  private func predictions(_ best: ProbeEvaluation) -> ItemPredictions {
    ItemPredictions(
      label: items.label, point: best.name, classes: items.classes,
      items: best.testItems.map { items.examples[$0].id }, groups: best.testItems.map { items.groups[$0] },
      truths: best.testItems.map { Double(items.labels[$0]) },
      scores: best.testItems.indices.map { row in
        let scores = Array(best.testScores[row: row])
        return items.classes.count == 2 ? [scores[1]] : scores
      })
  }
}
