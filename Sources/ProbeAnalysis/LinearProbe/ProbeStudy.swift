import Foundation
import ProbeMath

/// One question on one label: which items, what is read, which split; the same for every matrix of features.
public struct ProbeDesign: Sendable {
  /// What is read out of each item.
  public let target: ProbeTarget
  /// Leakage unit of each item.
  public let groups: [String]
  /// Who trains, chooses and tests.
  public let split: GroupSplit
  /// Seed of every random choice.
  public let seed: UInt64
  /// Strengths λ to choose from.
  public var strengths = LogisticProbeFitter.defaultStrengths
  /// What features are divided by.
  public var scaling = Standardizer.Scaling.perFeature
  /// Whether classes weigh alike, whatever their number of items.
  public var isBalanced = false
  /// Resamples of the bootstrap.
  public var replicates = 2000
  /// Confidence level of intervals.
  public var level = 0.95

  /// A design with its split; see ``GroupSplit``.
  ///
  /// - Throws: ``StudyError`` when the data cannot be split as they must.
  public init(
    target: ProbeTarget, groups: [String], split: [GroupSplit.Part?]? = nil,
    fractions: GroupSplit.Fractions = .init(), folds: Int = 5, seed: UInt64
  ) throws(StudyError) {
    self.target = target
    self.groups = groups
    self.seed = seed
    self.split = try GroupSplit(
      labels: target.strata, groups: groups, given: split, fractions: fractions, folds: folds, seed: seed)
  }

  /// A design on classes.
  ///
  /// - Throws: ``StudyError`` when the data cannot be split as they must.
  public init(
    labels: [Int], classes: [String], groups: [String], split: [GroupSplit.Part?]? = nil,
    fractions: GroupSplit.Fractions = .init(), folds: Int = 5, seed: UInt64
  ) throws(StudyError) {
    precondition(labels.allSatisfy(classes.indices.contains), "ProbeDesign: a label is none of \(classes)")
    try self.init(
      target: .classes(labels: labels, names: classes), groups: groups, split: split, fractions: fractions,
      folds: folds, seed: seed)
  }

  /// What learns a target of this design.
  func learner(_ target: ProbeTarget? = nil, scaling: Standardizer.Scaling? = nil) -> ReadOutLearner {
    ReadOutLearner(
      target: target ?? self.target, strengths: strengths, scaling: scaling ?? self.scaling,
      isBalanced: isBalanced)
  }
}

/// Runs every candidate of a question — layers, baselines — through one procedure:
///
/// 1. For each strength, the log loss on each group-fold of the training part, scaler and probe fitted on the other
///    folds; the strength with the lowest mean wins, the stronger of equals.
/// 2. Scaler and probe fitted on the whole training part at that strength.
/// 3. That fixed probe on the validation part, which chooses the layer (``best(_:)``), and on the test part, with
///    intervals over test groups.
///
/// No validation or test item touches steps 1 and 2, and no test item the choice of the layer.
public struct ProbeStudy: Sendable {
  /// The question.
  public let design: ProbeDesign
  private let train: [Int]
  private let validation: [Int]
  private let test: [Int]
  private let validationBootstrap: ClusterBootstrap
  private let testBootstrap: ClusterBootstrap

  /// Prepares what all candidates share: rows and resamples.
  public init(_ design: ProbeDesign) {
    self.design = design
    train = design.split.rows(.train)
    validation = design.split.rows(.validation)
    test = design.split.rows(.test)
    let roster = GroupRoster(labels: design.target.strata, groups: design.groups)
    func bootstrap(_ rows: [Int], _ name: String) -> ClusterBootstrap {
      ClusterBootstrap(
        groups: rows.map { roster.groupOf[$0] }, replicates: design.replicates,
        stream: RandomStream(seed: design.seed, "bootstrap", name))
    }
    validationBootstrap = bootstrap(validation, "validation")
    testBootstrap = bootstrap(test, "test")
  }

  // MARK: - Candidates

  /// The study of one matrix of features, `[items, d]`.
  ///
  /// - Throws: ``StudyError`` when a feature is NaN or infinite.
  public func evaluate(_ features: Tensor, named name: String) throws(StudyError) -> ProbeEvaluation {
    try evaluate(features, named: name, design.learner())
  }

  /// The studies of several matrices, in parallel; `features` is called once for each index below `count`.
  public func sweep(
    names: [String], _ features: @Sendable (Int) throws(StudyError) -> Tensor
  ) throws(StudyError) -> [ProbeEvaluation] {
    try concurrently(names.count) { (index: Int) throws(StudyError) -> ProbeEvaluation in
      try evaluate(try features(index), named: names[index])
    }
  }

  /// Index of the candidate that did best on the validation part, by AUROC (accuracy ties too often on a hundred items)
  /// or R²; of equals the one with the lower validation log loss or mean error, then the earlier one.
  public func best(_ evaluations: [ProbeEvaluation]) -> Int {
    precondition(!evaluations.isEmpty, "best of no evaluations")
    let (selection, second) = (design.target.kind.selection, design.target.kind.tieBreaker)
    func merit(_ index: Int, _ metric: ProbeMetric) -> Double {
      let value =
        evaluations[index].validation(metric)?.value ?? (metric.higherIsBetter ? -.infinity : .infinity)
      return metric.higherIsBetter ? value : -value
    }
    var best = 0
    for index in evaluations.indices.dropFirst() {
      let challenger = (merit(index, selection), merit(index, second))
      if challenger > (merit(best, selection), merit(best, second)) { best = index }
    }
    return best
  }

  // MARK: - Baselines

  /// Test metrics of always saying the same: of classes their shares in the training part, and so the commonest; of
  /// numbers the training part's median, of places on a circle their mean direction.
  public func majority() -> [MetricEstimate] {
    let learner = design.learner()
    let constant: [Float]
    switch design.target {
    case .classes(let labels, let names):
      var shares = [Double](repeating: 0.5, count: names.count)
      for row in train { shares[labels[row]] += 1 }
      let total = shares.reduce(0, +)
      constant = shares.map { Float(log($0 / (total - $0))) }
    case .cycle(let values, let period):
      let angles = train.map { 2 * .pi * values[$0] / period }
      let direction = atan2(
        angles.reduce(0) { $0 + Foundation.sin($1) }, angles.reduce(0) { $0 + Foundation.cos($1) })
      constant = [Float(direction / (2 * .pi) * period)]
    case .numbers, .levels:
      let values = design.target.values
      constant = [Float(quantile(train.map { values[$0] }.sorted(), 0.5))]
    }
    return estimates(learner.readOut(Tensor(rows: test.map { _ in constant }), rows: test), testBootstrap)
  }

  /// The study of token counts (``BagOfTokens``); `bags` holds the tokens of each item.
  public func bagOfTokens(_ bags: [[String]], limit: Int = 4096) throws(StudyError) -> ProbeEvaluation {
    precondition(bags.count == design.target.count, "\(bags.count) bags, \(design.target.count) items")
    let counts = BagOfTokens(bags, rows: train, limit: limit).features(bags)
    return try evaluate(counts, named: "bag-of-tokens", design.learner(scaling: Standardizer.Scaling.none))
  }

  /// The study of one number per item, such as the text's log-probability.
  public func oneFeature(_ values: [Float], named name: String) throws(StudyError) -> ProbeEvaluation {
    try evaluate(Tensor([values.count, 1], values), named: name)
  }

  /// The study of features that are counts or flags: centred, not scaled.
  public func flags(_ features: Tensor, named name: String) throws(StudyError) -> ProbeEvaluation {
    try evaluate(features, named: name, design.learner(scaling: Standardizer.Scaling.none))
  }

  /// The study of the same features for another target of the same items, such as a control task.
  ///
  /// - Throws: ``StudyError`` when a feature is NaN or infinite.
  public func evaluate(
    _ features: Tensor, for target: ProbeTarget, named name: String
  ) throws(StudyError) -> ProbeEvaluation {
    precondition(target.count == design.target.count, "\(name): a target of other items")
    return try evaluate(features, named: name, design.learner(target))
  }

  /// The whole procedure on shuffled labels, `repetitions` times.
  ///
  /// - Throws: ``StudyError`` when no way of shuffling fits the design (``LabelPermutation``).
  public func shuffled(_ features: Tensor, repetitions: Int = 5) throws(StudyError) -> ShuffledBaseline {
    let scheme = try LabelPermutation(labels: design.target.identities, groups: design.groups)
    let items = Array(0..<design.target.count)
    let results = try concurrently(repetitions) { (index: Int) throws(StudyError) -> [MetricEstimate] in
      var stream = RandomStream(seed: design.seed, "shuffled-labels", "\(index)")
      let sources = scheme.permute(items, groups: design.groups, parts: design.split.parts, &stream)
      return try evaluate(features, for: design.target.rearranged(sources), named: "shuffled labels").test
    }
    return ShuffledBaseline(scheme: scheme, repetitions: results)
  }

  // MARK: - Comparison

  /// a − b of a metric on the same test items, with the interval of the paired difference.
  ///
  /// - Precondition: both evaluations are of this study.
  public func difference(
    _ a: ProbeEvaluation, minus b: ProbeEvaluation, _ metric: ProbeMetric
  ) -> MetricEstimate {
    difference(a, minusMeanOf: [b], metric)
  }

  /// a − the mean of `others` of a metric on the same test items, with the interval of the paired difference.
  ///
  /// - Precondition: all evaluations are of this study.
  public func difference(
    _ a: ProbeEvaluation, minusMeanOf others: [ProbeEvaluation], _ metric: ProbeMetric
  ) -> MetricEstimate {
    testBootstrap.difference(
      onTest(a, metric), minus: meanOnTest(others, metric), metric, level: design.level)
  }

  /// The real task's score minus the control task's on the same test items, each against its own labels, with the
  /// interval of the paired difference (Hewitt & Liang, EMNLP 2019).
  ///
  /// - Parameters:
  ///   - real: an evaluation of this study's own target.
  ///   - control: an evaluation of `target`, by ``evaluate(_:for:named:)``.
  public func selectivity(
    _ real: ProbeEvaluation, control: ProbeEvaluation, of target: ProbeTarget, _ metric: ProbeMetric
  ) -> MetricEstimate {
    testBootstrap.difference(
      onTest(real, metric), minus: onTest(control, metric, of: target), metric, level: design.level)
  }

  /// Test metrics of what something else says about the test items: log-odds, `[testItems, classes]`.
  func estimates(ofTestScores scores: Tensor) -> [MetricEstimate] {
    estimates(design.learner().readOut(scores, rows: test), testBootstrap)
  }

  /// a − what something else says about the same test items, paired.
  func difference(_ a: ProbeEvaluation, minusTestScores scores: Tensor, _ metric: ProbeMetric)
    -> MetricEstimate
  {
    let other = design.learner().readOut(scores, rows: test).statistic(metric)
    return testBootstrap.difference(onTest(a, metric), minus: other, metric, level: design.level)
  }

  /// The interval of any statistic of the test items.
  func interval(of statistic: any ItemStatistic) -> Interval? {
    testBootstrap.intervals(of: [statistic], level: design.level)[0]
  }

  /// Test metrics in the mean of several evaluations, each with the interval of that mean over test groups.
  ///
  /// - Precondition: all evaluations are of this study.
  public func mean(_ evaluations: [ProbeEvaluation]) -> [MetricEstimate] {
    if evaluations.count == 1 { return evaluations[0].test }
    return evaluations[0].test.map { one in
      testBootstrap.estimate(
        meanOnTest(evaluations, one.metric), one.metric, chance: one.chance, level: design.level)
    }
  }

  private func meanOnTest(
    _ evaluations: [ProbeEvaluation], _ metric: ProbeMetric
  ) -> any ItemStatistic {
    evaluations.count == 1
      ? onTest(evaluations[0], metric) : MeanStatistic(evaluations.map { onTest($0, metric) })
  }

  private func onTest(_ evaluation: ProbeEvaluation, _ metric: ProbeMetric) -> any ItemStatistic {
    onTest(evaluation, metric, of: design.target)
  }

  /// A metric of what an evaluation says about the test items, against what is true of them in its own target.
  private func onTest(
    _ evaluation: ProbeEvaluation, _ metric: ProbeMetric, of target: ProbeTarget
  ) -> any ItemStatistic {
    precondition(evaluation.testItems == test, "\(evaluation.name): an evaluation of another split")
    // A control task's predictions against the real labels look like a finding.
    let truths = target.values
    precondition(
      evaluation.testTruths == test.map { truths[$0] }, "\(evaluation.name): an evaluation of another target")
    return design.learner(target).readOut(evaluation.testScores, rows: test).statistic(metric)
  }

  // MARK: - The procedure

  private func evaluate(
    _ features: Tensor, named name: String, _ learner: ReadOutLearner
  ) throws(StudyError) -> ProbeEvaluation {
    precondition(
      features.rows == learner.target.count,
      "\(name): \(features.rows) rows of features, \(learner.target.count) items")
    try checkFinite(features, name)
    let folds = design.split.folds
    let losses = learner.losses(
      features,
      parts: (0..<design.split.foldCount).map { fold in
        (train.filter { folds[$0] != fold }, train.filter { folds[$0] == fold })
      })
    let strength = learner.best(losses)
    let probe = learner.fit(features, rows: train, strengths: [strength], tolerance: 1e-5)[0]
    let outputs = probe.outputs(features, rows: test)
    let truths = learner.target.values
    let onTest = learner.readOut(outputs, rows: test)
    let onTrain = learner.read(probe, features, rows: train)
    return ProbeEvaluation(
      name: name, probe: probe, strengths: design.strengths, foldLosses: losses,
      trainScore: onTrain.statistic(learner.target.kind.headline).value(),
      validation: estimates(learner.read(probe, features, rows: validation), validationBootstrap),
      test: estimates(onTest, testBootstrap), testItems: test,
      testTruths: test.map { truths[$0] }, testScores: outputs,
      confusion: onTest.confusion, diagnostics: diagnostics(probe))
  }

  private func estimates(_ read: ReadOut, _ bootstrap: ClusterBootstrap) -> [MetricEstimate] {
    bootstrap.estimates(read, level: design.level)
  }

  private func checkFinite(_ features: Tensor, _ name: String) throws(StudyError) {
    guard let index = features.elements.withUnsafeBufferPointer({ firstNonFinite($0) }) else { return }
    let (row, column) = (index / max(features.width, 1), index % max(features.width, 1))
    throw StudyError(
      .notFinite, at: "\(name), item \(row), feature \(column)",
      "\(name): feature \(column) of item \(row) is \(features.elements[index]). A probe cannot be fitted on it; "
        + "capture in bfloat16 or float32 if float16 overflowed.")
  }

  private func diagnostics(_ probe: LinearProbe) -> [String] {
    var notes = design.split.notes
    if !probe.fit.converged {
      let gradient = String(format: "%.1e", probe.fit.relativeGradient)
      notes.append(
        "the fit did not converge (\(probe.fit.ending.rawValue) after \(probe.fit.iterations) iterations, gradient "
          + "\(gradient) of the start's)")
    }
    if design.strengths.count > 1, probe.strength == design.strengths.min() {
      notes.append("the weakest strength tried (\(probe.strength)) did best: a weaker one might do better")
    }
    return notes
  }
}
