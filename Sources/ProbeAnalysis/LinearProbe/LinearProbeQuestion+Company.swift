import ProbeMath
import ProbeModel

/// What a question's chosen probe is compared with, and what nothing should be found in.
extension LinearProbeQuestion {
  /// A baseline and, where it was measured, its evaluation.
  struct MeasuredBaseline {
    let baseline: LinearProbeFindings.Baseline
    let evaluation: ProbeEvaluation?
  }

  func measuredBaselines(_ best: ProbeEvaluation) throws -> [MeasuredBaseline] {
    let compared = LinearProbeFindings.Question.compared(items.target.kind)
    func measured(_ evaluation: ProbeEvaluation, as name: String) -> MeasuredBaseline {
      MeasuredBaseline(
        baseline: .init(
          name: name, test: evaluation.test,
          difference: compared.map { study.difference(best, minus: evaluation, $0) }, reason: nil),
        evaluation: evaluation)
    }
    func unmeasured(_ name: String, _ reason: String) -> MeasuredBaseline {
      MeasuredBaseline(
        baseline: .init(name: name, test: [], difference: [], reason: reason), evaluation: nil)
    }
    let bags = items.unit == .sequence ? "bag of tokens" : "own tokens"
    var baselines = [
      MeasuredBaseline(
        baseline: .init(name: constantName, test: study.majority(), difference: [], reason: nil),
        evaluation: nil),
      try items.bags.map { measured(try study.bagOfTokens($0), as: bags) }
        ?? unmeasured(bags, "the examples' tokens are not known: give them token_ids"),
    ]
    baselines.append(measured(try study.flags(positionFeatures, named: "position"), as: positionName))
    for column in likelihood.columns(for: items) {
      baselines.append(measured(try study.oneFeature(column.values, named: column.name), as: column.name))
    }
    if let reason = likelihood.reason {
      baselines.append(unmeasured(LogProbabilityBaseline.textName, reason))
    }
    return baselines
  }

  private var constantName: String {
    switch items.target.kind {
    case .classes: "majority class"
    case .cyclic: "mean direction"
    case .number, .ordinal: "median"
    }
  }

  private var positionName: String { items.positions == nil ? "length of the text" : "position" }

  /// Positions (lengths, where rows stand for no token): one flag for each of the first 64, and the number itself.
  private var positionFeatures: Tensor {
    let positions = items.positions ?? items.places.map { $0.tokens.count }
    let flags = 64
    var features = Tensor([positions.count, flags + 1])
    for (item, position) in positions.enumerated() {
      features[item, min(max(position, 0), flags - 1)] = 1
      features[item, flags] = Float(position) / Float(flags)
    }
    return features
  }

  /// The procedure where nothing should be found.
  func mutants(
    _ shuffled: Finding<ShuffledBaseline>, _ baselines: [MeasuredBaseline], _ first: ProbeEvaluation,
    _ models: [LinearProbeFindings.ModelBaseline]
  ) -> [Measurement.Mutant] {
    func mutant(_ name: String, _ seed: Int, _ test: [MetricEstimate]) -> Measurement.Mutant {
      Measurement.Mutant(
        name: name, seed: seed,
        metrics: Dictionary(
          test.map { ($0.metric.rawValue, Measurement.Value($0)) }, uniquingKeysWith: { first, _ in first }))
    }
    func lacking(_ name: String, _ reason: String) -> Measurement.Mutant {
      Measurement.Mutant(name: name, seed: 0, metrics: [:], reason: reason)
    }
    var mutants = (shuffled.value?.repetitions ?? []).enumerated().map { mutant("shuffled-labels", $0, $1) }
    if let reason = shuffled.reason { mutants.append(lacking("shuffled-labels", reason)) }
    let embeds = points[0].site == .embed || (points[0].site == .residPre && points[0].layer == 0)
    mutants.append(
      embeds
        ? mutant("embeddings", 0, first.test)
        : lacking("embeddings", "hook_embed was not captured: add it to the spec's points"))
    for (name, key) in [("bag-of-tokens", "tokens"), ("log-probability", LogProbabilityBaseline.textName)] {
      let found = baselines.first { $0.baseline.name.hasSuffix(key) }?.baseline
      mutants.append(
        found.map { $0.test.isEmpty ? lacking(name, $0.reason ?? "") : mutant(name, 0, $0.test) }
          ?? lacking(name, "it was not measured"))
    }
    let twins = models.filter { $0.isTwin }
    if twins.isEmpty {
      mutants.append(
        lacking("random-model", "the spec has no random-initialised twin among its baselines"))
    }
    for twin in twins {
      for (seed, member) in twin.members.enumerated() {
        mutants.append(mutant("random-model", seed, member.test))
      }
    }
    return mutants
  }

  /// Accuracy of the leading principal components alone, from the training part's covariance; nil for numbers.
  func widths(_ features: Tensor) -> WidthCurve? {
    guard analysis.does(.widths), let labels = items.target.labels, let classes = items.target.classes else {
      return nil
    }
    let split = study.design.split
    return WidthCurve(
      features, labels: labels, classCount: classes.count, train: split.rows(.train), test: split.rows(.test))
  }

  /// What else is known of the chosen point.
  func company(
    _ chosen: Int, _ best: ProbeEvaluation, _ features: Tensor
  ) throws -> ProbeCompany {
    let asked = CompanyOfClasses(question: self, best: best, features: features)
    return ProbeCompany(
      calibration: try asked.find(.calibration) { try asked.calibration($0) },
      code: try asked.find(.mdl) { try asked.code($0) },
      learning: try asked.find(.learningCurve) { try asked.learning($0) },
      similarity: try asked.find(.similarity) { try asked.similarity($0) },
      erasure: try asked.find(.erasure) { try asked.erasure($0) },
      causal: try asked.find(.causal) { try asked.causal($0, at: points[chosen]) },
      families: try asked.find(.families) { try asked.families($0) })
  }
}
