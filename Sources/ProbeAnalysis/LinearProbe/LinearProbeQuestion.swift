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
  let context: AnalysisContext
  let study: ProbeStudy
  let control: Result<ControlTask, Inapplicable>
  let validation: CrossValidation?
  let permutation: Result<PermutationTest, Inapplicable>

  /// - Throws: ``StudyError`` when the split leaks or the data cannot be split.
  init(
    _ analysis: LinearProbeAnalysis, _ items: LabelledItems, points: [HookPoint],
    likelihood: LogProbabilityBaseline, models: [ModelBaseline], _ context: AnalysisContext
  ) throws {
    var design = try ProbeDesign(
      target: items.target, groups: items.groups, split: items.parts, seed: context.seed)
    design.strengths = analysis.strengths
    design.replicates = analysis.replicates
    design.isBalanced = analysis.isBalanced
    if let refusal = Self.audit(items, design) { throw refusal }
    (self.analysis, self.items, self.points) = (analysis, items, points)
    (self.likelihood, self.models, self.context) = (likelihood, models, context)
    study = ProbeStudy(design)
    control = Result { () throws(Inapplicable) in
      try ControlTask(analysis.control(of: items.unit), items, design)
    }
    let validation = CrossValidation(design.learner(), groups: items.groups, seed: context.seed)
    self.validation = analysis.does(.crossValidation) ? validation : nil
    permutation = Result { () throws(Inapplicable) in
      guard analysis.does(.permutation) else { throw Inapplicable("the spec asks for no permutation test") }
      do throws(StudyError) {
        return try PermutationTest(
          values: items.target.values, target: items.target.ridge, groups: items.groups,
          folds: validation.folds, foldCount: validation.foldCount,
          permutations: analysis.permutations, seed: context.seed)
      } catch {
        throw Inapplicable(error.description)
      }
    }
  }

  private static func audit(_ items: LabelledItems, _ design: ProbeDesign) -> StudyError? {
    let parts = design.split.parts
    // Each example stands on the side of its items.
    var partOfExample = [GroupSplit.Part](repeating: .train, count: items.examples.count)
    for (item, place) in items.places.enumerated() { partOfExample[place.example] = parts[item] }
    let duplicates = LeakageAudit(
      texts: items.texts, labels: items.texts.map { _ in 0 }, groups: items.texts.map { _ in "" },
      parts: partOfExample)
    if let refusal = duplicates.refusal(names: items.examples.map { $0.id }) { return refusal }
    guard let labels = items.target.labels else { return nil }
    return LeakageAudit(
      ofLabelStrings: items.ownTexts, labels: labels, groups: items.groups, parts: parts
    ).refusal(names: items.places.map { $0.key })
  }

  // MARK: The answer

  /// What one pass over a point's activations yields.
  private struct PointAnswer: Sendable {
    let evaluation: ProbeEvaluation
    let control: ProbeEvaluation?
    let outcome: CrossValidation.PointOutcome?
    let scores: PointScores?
    let widths: WidthCurve?
  }

  /// A question's answer, with what is kept beside the findings.
  struct Answer {
    var question: LinearProbeFindings.Question
    let predictions: ItemPredictions
    let probe: ChosenProbe?
  }

  func answer() throws -> Answer {
    let answers = try concurrently(points.count) { try answer(at: points[$0]) }
    let evaluations = answers.map { $0.evaluation }
    let chosen = study.best(evaluations)
    let best = evaluations[chosen]
    let permutation = permutationFindings(answers)
    let features = try matrix(points[chosen])
    let shuffled = try Finding { try study.shuffled(features) }
    let baselines = try measuredBaselines(best)
    let models = try models.map {
      try $0.findings(study, points: points, main: evaluations, chosen: chosen, context)
    }
    let question = LinearProbeFindings.Question(
      label: items.label, unit: items.unit, target: items.target.kind, classes: items.target.classes ?? [],
      unlabelled: items.unlabelled, unaligned: items.unaligned, parts: sizes,
      layers: answers.indices.map { layer($0, answers[$0], permutation?.points[$0]) }, chosen: chosen,
      baselines: baselines.map { $0.baseline }, models: models,
      shuffled: shuffled.value.map { Finding(Self.summary($0)) } ?? Finding(reason: shuffled.reason ?? ""),
      procedure: procedure(answers), permutation: permutationFinding(permutation?.best),
      control: controlFinding, confusion: confusion(best),
      company: try company(chosen, best, features),
      notes: best.diagnostics,
      mutants: mutants(shuffled, baselines, evaluations[0], models))
    return Answer(question: question, predictions: predictions(best), probe: probe(best, at: points[chosen]))
  }

  private func answer(at point: HookPoint) throws -> PointAnswer {
    let features = try matrix(point)
    let evaluation = try study.evaluate(features, named: point.name)
    var ofControl: ProbeEvaluation?
    if case .success(let task) = control {
      ofControl = try study.evaluate(features, for: task.target, named: "control task, \(point.name)")
    }
    var scores: PointScores?
    if case .success(let test) = permutation { scores = try test.scores(features) }
    return PointAnswer(
      evaluation: evaluation, control: ofControl, outcome: validation?.outcome(features), scores: scores,
      widths: widths(features))
  }

  private func matrix(_ point: HookPoint) throws -> Tensor {
    try context.store.matrix(point, of: context.capture, rows: .rows(items.rows))
  }

  // MARK: Statistics

  private func layer(
    _ index: Int, _ answer: PointAnswer, _ permutation: LinearProbeFindings.PointPermutation?
  ) -> LinearProbeFindings.Layer {
    let evaluation = answer.evaluation
    return LinearProbeFindings.Layer(
      point: points[index], strength: evaluation.strength, converged: evaluation.probe.fit.converged,
      trainScore: evaluation.trainScore, validation: evaluation.validation, test: evaluation.test,
      procedure: answer.outcome.flatMap { validation?.headline($0, level: study.design.level) },
      permutation: permutation,
      control: answer.control.flatMap { control in
        guard case .success(let task) = self.control else { return nil }
        let metric = items.target.kind.headline
        return LinearProbeFindings.PointControl(
          trainScore: control.trainScore, test: control.estimate(metric),
          selectivity: study.selectivity(evaluation, control: control, of: task.target, metric))
      }, widths: answer.widths)
  }

  private func procedure(_ answers: [PointAnswer]) -> Finding<ProcedureFindings> {
    guard let validation else { return Finding(reason: "the spec asks for no cross-validation") }
    return Finding(
      validation.findings(
        answers.compactMap { $0.outcome }, points: points.map { $0.name }, level: study.design.level))
  }

  private func permutationFindings(
    _ answers: [PointAnswer]
  ) -> (points: [LinearProbeFindings.PointPermutation], best: Double)? {
    let scores = answers.compactMap { $0.scores }
    guard scores.count == answers.count else { return nil }
    let adjusted = PermutationTest.adjusted(scores)
    return (
      scores.indices.map {
        .init(statistic: scores[$0].observed, p: adjusted.raw[$0], adjusted: adjusted.adjusted[$0])
      }, adjusted.best
    )
  }

  private func permutationFinding(_ best: Double?) -> Finding<LinearProbeFindings.Permutation> {
    switch permutation {
    case .failure(let reason): return Finding(reason: reason.description)
    case .success(let test):
      let p = best ?? 1
      return Finding(
        LinearProbeFindings.Permutation(
          scheme: test.scheme, permutations: test.permutations, best: p, acrossQuestions: p))
    }
  }

  private var controlFinding: Finding<LinearProbeFindings.Control> {
    switch control {
    case .failure(let reason): Finding(reason: reason.description)
    case .success(let task): Finding(.init(types: task.types, recurring: task.recurring))
    }
  }

  private static func summary(_ shuffled: ShuffledBaseline) -> LinearProbeFindings.Shuffled {
    var mean: [String: Double] = [:]
    for estimate in shuffled.repetitions.first ?? [] {
      mean[estimate.metric.rawValue] = shuffled.mean(estimate.metric)
    }
    return LinearProbeFindings.Shuffled(
      scheme: shuffled.scheme, repetitions: shuffled.repetitions.count, mean: mean)
  }

  private var sizes: [LinearProbeFindings.PartSize] {
    GroupSplit.Part.allCases.map { part in
      let rows = study.design.split.rows(part)
      return LinearProbeFindings.PartSize(
        part: part, items: rows.count, groups: Set(rows.map { items.groups[$0] }).count)
    }
  }

  private func confusion(_ best: ProbeEvaluation) -> [[Int]] {
    guard let confusion = best.confusion else { return [] }
    let classes = 0..<confusion.classCount
    return classes.map { truth in classes.map { Int(confusion[truth, $0]) } }
  }

  /// The chosen probe with what it was fitted on; nil for numbers, which saved probes do not read.
  private func probe(_ best: ProbeEvaluation, at point: HookPoint) -> ChosenProbe? {
    guard items.target.labels != nil else { return nil }
    let trained = Set(study.design.split.rows(.train).map { items.places[$0].example })
    var origin = ProbeOrigin(
      context.capture, point: point, label: items.label, seed: context.seed,
      training: trained.sorted().map { items.examples[$0] })
    origin.unit = items.unit
    return ChosenProbe(label: items.label, probe: best.probe, origin: origin)
  }

  private func predictions(_ best: ProbeEvaluation) -> ItemPredictions {
    let values = items.target.values
    return ItemPredictions(
      label: items.label, point: best.name, classes: items.target.classes,
      period: best.probe.period, items: best.testItems.map { items.places[$0].key },
      groups: best.testItems.map { items.groups[$0] },
      truths: best.testItems.map { values[$0] },
      scores: best.testItems.indices.map { row in
        let scores = Array(best.testScores[row: row])
        return scores.count == 2 ? [scores[1]] : scores
      })
  }
}
