import ProbeMath
import ProbeModel

/// Makes the company of a chosen probe that tells classes apart.
struct CompanyOfClasses {
  let question: LinearProbeQuestion
  let best: ProbeEvaluation
  let features: Tensor

  /// The classes of the question.
  struct Classes {
    let labels: [Int]
    let names: [String]
    let train: [Int]
    let test: [Int]
  }

  private var design: ProbeDesign { question.study.design }
  private var groups: [String] { question.items.groups }
  private var seed: UInt64 { design.seed }

  /// What `make` finds, unless the spec leaves the part out or a number is read.
  func find<Value>(
    _ part: LinearProbeAnalysis.Part, _ make: (Classes) throws -> Value
  ) throws -> Finding<Value> {
    try Finding {
      guard question.analysis.does(part) else { throw Inapplicable("the spec leaves it out") }
      guard case .classes(let labels, let names) = question.items.target else {
        throw Inapplicable("it is defined for classes, and the label is a number")
      }
      return try make(
        Classes(
          labels: labels, names: names, train: design.split.rows(.train), test: design.split.rows(.test)))
    }
  }

  func calibration(_ classes: Classes) throws -> ProbeCalibration {
    let said = Classification(labels: classes.test.map { classes.labels[$0] }, scores: best.testScores)
    let calibration = Calibration(said)
    let interval = question.study.interval(of: calibration.statistic)
    let groups = classes.test.map { self.groups[$0] }
    return ProbeCalibration(
      error: Measurement.Value(
        value: calibration.error, lower: interval?.lower, upper: interval?.upper, n: classes.test.count,
        groups: Set(groups).count, chance: nil), errorIfCalibrated: calibration.expectedErrorIfCalibrated,
      bins: calibration.reliability(groups: groups))
  }

  func code(_ classes: Classes) throws -> OnlineCode {
    var settings = OnlineCode.Settings()
    settings.strengths = design.strengths
    // Beside the labels something that can only be memorised: the control task, or labels shuffled as the design allows.
    let control = (try? question.control.get())?.target.labels ?? shuffled(classes)
    return try OnlineCode(
      features: features, labels: classes.labels, classes: classes.names, groups: groups, control: control,
      settings: settings, seed: seed)
  }

  private func shuffled(_ classes: Classes) -> [Int]? {
    guard let scheme = try? LabelPermutation(labels: classes.labels, groups: groups) else { return nil }
    var stream = RandomStream(seed: seed, "online-code", "shuffled")
    return scheme.permute(classes.labels, groups: groups, parts: design.split.parts, &stream)
  }

  func learning(_ classes: Classes) throws -> ProbeCompany.LearningFindings {
    let curve = LearningCurve(
      features: features, labels: classes.labels, classes: classes.names, groups: groups,
      train: classes.train,
      test: classes.test, strengths: design.strengths, seed: seed)
    // What halving the error of all training groups would take.
    let accuracy = curve.points.last?.accuracy.mean
    let target = accuracy.map { (1 + $0) / 2 }
    return ProbeCompany.LearningFindings(
      curve: curve,
      needed: target.flatMap { $0 > 0 && $0 < 1 ? curve.needed(for: .accuracy, target: $0, seed: seed) : nil }
    )
  }

  func similarity(_ classes: Classes) throws -> SimilaritySplit {
    guard let bags = question.items.bags else { throw Inapplicable("the items' tokens are not known") }
    var settings = SimilaritySplit.Settings()
    settings.strengths = design.strengths
    settings.replicates = design.replicates
    return try SimilaritySplit(
      features: features, embedding: LexicalEmbedding.features(bags, seed: seed), labels: classes.labels,
      classes: classes.names,
      groups: groups, settings: settings, seed: seed)
  }

  func erasure(_ classes: Classes) throws -> ErasureCheck {
    let (labels, groups, seed) = (classes.labels, groups, seed)
    return try ErasureCheck(
      features: features, labels: labels, classes: classes.names, groups: groups,
      strengths: design.strengths, replicates: design.replicates, seed: seed
    ) { features, fit, test in
      let items = try TrainingItems(
        features, labels: labels, classes: classes.names, rows: fit, groups: groups, seed: seed)
      return OneLayerPerceptronFamily().fit(items).scores(features, rows: test)
    }
  }

  func causal(_ classes: Classes, at point: HookPoint) throws -> CausalColumn {
    let towards = classes.names.count - 1
    let direction = best.probe.direction(towards: towards)
    let items = classes.test.compactMap { item -> CausalItem? in
      let place = question.items.places[item]
      return CausalItem(
        question.items.sequences[place.example], rows: [place.row],
        example: question.items.examples[place.example], group: groups[item])
    }
    guard !items.isEmpty else { throw Inapplicable("the items' tokens are not known") }
    var settings = CausalColumn.Settings()
    // Each item costs 27 runs of the model behind the point: half a minute for this many on SmolLM2.
    settings.mostItems = 128
    settings.replicates = design.replicates
    do {
      return try CausalColumn(
        question.context.model(), items: items, at: point, direction: direction,
        shift: CausalColumn.shift(
          along: direction, features: features, labels: classes.labels, towards: towards, rows: classes.train),
        settings: settings, seed: seed)
    } catch let error as SpecError {
      // Without a model, or without a head, there is nothing to run.
      guard [.notFound, .notApplicable, .badValue].contains(error.reason) else { throw error }
      throw Inapplicable(error.problem)
    }
  }

  func families(_ classes: Classes) throws -> [ProbeCompany.FamilyScore] {
    let items = try TrainingItems(
      features, labels: classes.labels, classes: classes.names, rows: classes.train,
      folds: design.split.folds,
      weights: design.isBalanced
        ? TrainingItems.balancedWeights(
          labels: classes.labels, rows: classes.train, classCount: classes.names.count) : nil, seed: seed)
    // What the sweep itself fits is the reference, not a competitor.
    let families = ProbeFamilies.all.filter { $0 != LogisticFamily.self }
    return concurrently(families.count) { index in
      let probe = families[index].init().fit(items)
      let scores = probe.scores(features, rows: classes.test)
      return ProbeCompany.FamilyScore(
        family: families[index].name, test: question.study.estimates(ofTestScores: scores),
        difference: [ProbeMetric.accuracy, .auroc].map {
          question.study.difference(best, minusTestScores: scores, $0)
        }, diagnostics: probe.diagnostics)
    }
  }
}
