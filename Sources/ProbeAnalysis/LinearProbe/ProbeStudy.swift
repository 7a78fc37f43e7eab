import Foundation
import ProbeMath

/// One question on one label: which items, which classes, which split; the same for every matrix of features.
public struct ProbeDesign: Sendable {
  /// Class index of each item.
  public let labels: [Int]
  /// Names of the classes.
  public let classes: [String]
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
  /// Resamples of the bootstrap.
  public var replicates = 2000
  /// Confidence level of intervals.
  public var level = 0.95
  /// The metric that chooses the layer on the validation part. AUROC by default: accuracy ties too often on a
  /// hundred items.
  public var selection = ClassificationMetric.auroc

  /// A design with its split; see ``GroupSplit``.
  ///
  /// - Throws: ``StudyError`` when the data cannot be split as they must.
  public init(
    labels: [Int], classes: [String], groups: [String], split: [GroupSplit.Part?]? = nil,
    fractions: GroupSplit.Fractions = .init(), folds: Int = 5, seed: UInt64
  ) throws(StudyError) {
    precondition(labels.allSatisfy(classes.indices.contains), "ProbeDesign: a label is none of \(classes)")
    self.labels = labels
    self.classes = classes
    self.groups = groups
    self.seed = seed
    self.split = try GroupSplit(
      labels: labels, groups: groups, given: split, fractions: fractions, folds: folds, seed: seed)
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
    let roster = GroupRoster(labels: design.labels, groups: design.groups)
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
    try evaluate(features, named: name, labels: design.labels, scaling: design.scaling)
  }

  /// The studies of several matrices, in parallel; `features` is called once for each index below `count`.
  public func sweep(
    names: [String], _ features: @Sendable (Int) throws(StudyError) -> Tensor
  ) throws(StudyError) -> [ProbeEvaluation] {
    try concurrently(names.count) { (index: Int) throws(StudyError) -> ProbeEvaluation in
      try evaluate(try features(index), named: names[index])
    }
  }

  /// Index of the candidate that did best on the validation part by the design's metric; of equals the one with the
  /// lower validation log loss, then the earlier one.
  public func best(_ evaluations: [ProbeEvaluation]) -> Int {
    precondition(!evaluations.isEmpty, "best of no evaluations")
    func merit(_ index: Int, _ metric: ClassificationMetric) -> Double {
      let value =
        evaluations[index].validation(metric)?.value ?? (metric.higherIsBetter ? -.infinity : .infinity)
      return metric.higherIsBetter ? value : -value
    }
    var best = 0
    for index in evaluations.indices.dropFirst() {
      let challenger = (merit(index, design.selection), merit(index, .logLoss))
      if challenger > (merit(best, design.selection), merit(best, .logLoss)) { best = index }
    }
    return best
  }

  // MARK: - Baselines

  /// Test metrics of always giving each class its share of the training part, and so predicting the commonest.
  public func majority() -> [MetricEstimate] {
    var shares = [Double](repeating: 0.5, count: design.classes.count)
    for row in train { shares[design.labels[row]] += 1 }
    let total = shares.reduce(0, +)
    let odds = shares.map { Float(log($0 / (total - $0))) }
    return estimates(
      Classification(labels: test.map { design.labels[$0] }, scores: Tensor(rows: test.map { _ in odds })),
      testBootstrap)
  }

  /// The study of token counts (``BagOfTokens``); `bags` holds the tokens of each item.
  public func bagOfTokens(_ bags: [[String]], limit: Int = 4096) throws(StudyError) -> ProbeEvaluation {
    precondition(bags.count == design.labels.count, "\(bags.count) bags, \(design.labels.count) items")
    let counts = BagOfTokens(bags, rows: train, limit: limit).features(bags)
    return try evaluate(counts, named: "bag-of-tokens", labels: design.labels, scaling: .none)
  }

  /// The study of one number per item, such as the text's log-probability.
  public func oneFeature(_ values: [Float], named name: String) throws(StudyError) -> ProbeEvaluation {
    try evaluate(Tensor([values.count, 1], values), named: name)
  }

  /// The whole procedure on shuffled labels, `repetitions` times.
  ///
  /// - Throws: ``StudyError`` when no way of shuffling fits the design (``LabelPermutation``).
  public func shuffled(_ features: Tensor, repetitions: Int = 5) throws(StudyError) -> ShuffledBaseline {
    let scheme = try LabelPermutation(labels: design.labels, groups: design.groups)
    let results = try concurrently(repetitions) { (index: Int) throws(StudyError) -> [MetricEstimate] in
      var stream = RandomStream(seed: design.seed, "shuffled-labels", "\(index)")
      let labels = scheme.permute(
        design.labels, groups: design.groups, parts: design.split.parts, &stream)
      return try evaluate(features, named: "shuffled labels", labels: labels, scaling: design.scaling).test
    }
    return ShuffledBaseline(scheme: scheme, repetitions: results)
  }

  // MARK: - Comparison

  /// a − b of a metric on the same test items, with the interval of the paired difference.
  ///
  /// - Precondition: both evaluations are of this study.
  public func difference(
    _ a: ProbeEvaluation, minus b: ProbeEvaluation, _ metric: ClassificationMetric
  ) -> MetricEstimate {
    difference(a, minusMeanOf: [b], metric)
  }

  /// a − the mean of `others` of a metric on the same test items, with the interval of the paired difference.
  ///
  /// - Precondition: all evaluations are of this study.
  public func difference(
    _ a: ProbeEvaluation, minusMeanOf others: [ProbeEvaluation], _ metric: ClassificationMetric
  ) -> MetricEstimate {
    estimate(Self.paired(onTest(a, metric), meanOnTest(others, metric)), metric, chance: 0)
  }

  /// Test metrics in the mean of several evaluations, each with the interval of that mean over test groups.
  ///
  /// - Precondition: all evaluations are of this study.
  public func mean(_ evaluations: [ProbeEvaluation]) -> [MetricEstimate] {
    if evaluations.count == 1 { return evaluations[0].test }
    return ClassificationMetric.allCases.map { metric in
      estimate(
        meanOnTest(evaluations, metric), metric, chance: metric.chance(classCount: design.classes.count))
    }
  }

  private func meanOnTest(
    _ evaluations: [ProbeEvaluation], _ metric: ClassificationMetric
  ) -> any ItemStatistic {
    evaluations.count == 1
      ? onTest(evaluations[0], metric) : MeanStatistic(evaluations.map { onTest($0, metric) })
  }

  private func onTest(_ evaluation: ProbeEvaluation, _ metric: ClassificationMetric) -> any ItemStatistic {
    precondition(evaluation.testItems == test, "\(evaluation.name): an evaluation of another split")
    return metric.statistic(
      Classification(labels: test.map { design.labels[$0] }, scores: evaluation.testScores))
  }

  private func estimate(
    _ statistic: any ItemStatistic, _ metric: ClassificationMetric, chance: Double
  ) -> MetricEstimate {
    let value = statistic.value()
    return MetricEstimate(
      metric: metric, value: value.isNaN ? nil : value,
      interval: testBootstrap.intervals(of: [statistic], level: design.level)[0], items: test.count,
      groups: testBootstrap.groupCount, chance: chance)
  }

  private static func paired(_ a: some ItemStatistic, _ b: some ItemStatistic) -> any ItemStatistic {
    PairedDifference(a, minus: b)
  }

  // MARK: - The procedure

  private func evaluate(
    _ features: Tensor, named name: String, labels: [Int], scaling: Standardizer.Scaling
  ) throws(StudyError) -> ProbeEvaluation {
    precondition(
      features.rows == labels.count, "\(name): \(features.rows) rows of features, \(labels.count) items")
    try checkFinite(features, name)
    let losses = foldLosses(features, labels, scaling)
    let chosen = design.strengths.indices.min {
      (losses[$0], design.strengths[$1]) < (losses[$1], design.strengths[$0])
    }
    let strength = design.strengths[chosen ?? 0]
    let fitter = LogisticProbeFitter(strengths: [strength], scaling: scaling)
    let probe = fitter.fit(features, labels: labels, classes: design.classes, rows: train)[0]
    func classify(_ rows: [Int]) -> Classification {
      Classification(labels: rows.map { labels[$0] }, scores: probe.scores(features, rows: rows))
    }
    let onTest = classify(test)
    return ProbeEvaluation(
      name: name, probe: probe, strengths: design.strengths, foldLosses: losses,
      trainAccuracy: ClassificationMetric.accuracy.value(classify(train)),
      validation: estimates(classify(validation), validationBootstrap),
      test: estimates(onTest, testBootstrap), testItems: test, testScores: onTest.scores,
      confusion: onTest.confusion, diagnostics: diagnostics(probe))
  }

  /// Log loss of each strength, mean over folds.
  private func foldLosses(_ features: Tensor, _ labels: [Int], _ scaling: Standardizer.Scaling) -> [Double] {
    var losses = [Double](repeating: 0, count: design.strengths.count)
    guard losses.count > 1 else { return losses }
    // Ten times looser than the final fit: strengths are a factor of ten apart.
    let fitter = LogisticProbeFitter(strengths: design.strengths, scaling: scaling, tolerance: 1e-4)
    let folds = design.split.folds
    for fold in 0..<design.split.foldCount {
      let inside = train.filter { folds[$0] != fold }
      let outside = train.filter { folds[$0] == fold }
      let truth = outside.map { labels[$0] }
      let probes = fitter.fit(features, labels: labels, classes: design.classes, rows: inside)
      for (index, probe) in probes.enumerated() {
        let held = Classification(labels: truth, scores: probe.scores(features, rows: outside))
        losses[index] += ClassificationMetric.logLoss.value(held) / Double(design.split.foldCount)
      }
    }
    return losses
  }

  private func estimates(
    _ classification: Classification, _ bootstrap: ClusterBootstrap
  ) -> [MetricEstimate] {
    let metrics = ClassificationMetric.allCases
    let statistics = metrics.map { $0.statistic(classification) }
    let intervals = bootstrap.intervals(of: statistics, level: design.level)
    return metrics.indices.map { index in
      let value = statistics[index].value()
      return MetricEstimate(
        metric: metrics[index], value: value.isNaN ? nil : value, interval: intervals[index],
        items: classification.labels.count, groups: bootstrap.groupCount,
        chance: metrics[index].chance(classCount: classification.classCount))
    }
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
