import ProbeMath

/// How a probe gets better as it sees more training groups, on one fixed test set.
///
/// At each fraction of the training groups, groups are drawn at random several times and a probe is fitted, its strength
/// chosen inside the draw; the spread between draws says how much it matters which groups one happens to have. Whole
/// groups are drawn, until two classes are among them.
public struct LearningCurve: Sendable, Codable, Equatable {
  /// One amount of training data.
  public struct Point: Sendable, Codable, Equatable {
    /// Share of the training groups.
    public let fraction: Double
    /// Training items, mean over the draws.
    public let items: Double
    /// Training groups, mean over the draws.
    public let groups: Double
    /// Accuracy on the test items.
    public let accuracy: Draws
    /// AUROC on the test items.
    public let auroc: Draws
  }

  /// One metric over several draws of the training groups.
  public struct Draws: Sendable, Codable, Equatable {
    /// One value a draw; draws for which the metric is undefined are left out.
    public let values: [Double]

    /// Their mean; nil without any.
    public var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    /// Their standard deviation (divisor draws − 1); nil under two.
    public var deviation: Double? {
      guard let mean, values.count > 1 else { return nil }
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
  }

  /// By rising amount of training data.
  public let points: [Point]
  /// Test items and groups, the same at all points.
  public let testItems, testGroups: Int

  /// Draws, fits and tests.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`.
  ///   - labels: class index of each item.
  ///   - classes: names of the classes, at least two.
  ///   - groups: leakage unit of each item; no group is in both `train` and `test`.
  ///   - train: the items to draw from.
  ///   - test: the items to test on.
  ///   - fractions: shares of the training groups; equal numbers of groups are fitted once.
  ///   - draws: draws at each fraction below 1.
  ///   - strengths: strengths λ to choose from.
  public init(
    features: Tensor, labels: [Int], classes: [String], groups: [String], train: [Int], test: [Int],
    fractions: [Double] = [0.0625, 0.125, 0.25, 0.5, 1], draws: Int = 5,
    strengths: [Double] = LogisticProbeFitter.defaultStrengths, seed: UInt64
  ) {
    precondition(
      draws > 0 && fractions.allSatisfy { $0 > 0 && $0 <= 1 }, "LearningCurve: \(fractions), \(draws)")
    precondition(!train.isEmpty && !test.isEmpty, "LearningCurve: no items to train or test on")
    let fit = TunedFit(
      features: features, labels: labels, classes: classes, groups: groups, strengths: strengths)
    let groupCount = fit.groupCount(train)
    let amounts = Self.amounts(fractions, of: groupCount)
    let tasks = amounts.flatMap { count in (0..<(count < groupCount ? draws : 1)).map { (count, $0) } }
    let results = concurrently(tasks.count) { index in
      Draw(count: tasks[index].0, number: tasks[index].1, fit, train, test, seed: seed)
    }
    points = amounts.map { count in
      let own = zip(tasks, results).filter { $0.0.0 == count }.map { $0.1 }
      func mean(_ value: (Draw) -> Int) -> Double {
        Double(own.reduce(0) { $0 + value($1) }) / Double(own.count)
      }
      return Point(
        fraction: Double(count) / Double(groupCount), items: mean { $0.items }, groups: mean { $0.groups },
        accuracy: Draws(values: own.map { $0.accuracy }.filter { !$0.isNaN }),
        auroc: Draws(values: own.map { $0.auroc }.filter { !$0.isNaN }))
    }
    (testItems, testGroups) = (test.count, fit.groupCount(test))
  }

  /// Numbers of groups, ascending, each once; at least two, where there are two.
  private static func amounts(_ fractions: [Double], of count: Int) -> [Int] {
    Set(fractions.map { min(count, max(2, Int((Double(count) * $0).rounded()))) }).sorted()
  }
}

/// One draw of training groups and what its probe reaches.
private struct Draw: Sendable {
  let items: Int
  let groups: Int
  let accuracy: Double
  let auroc: Double

  init(count: Int, number: Int, _ fit: TunedFit, _ train: [Int], _ test: [Int], seed: UInt64) {
    var stream = RandomStream(seed: seed, "learning-curve", "\(count)", "\(number)")
    var drawn: [Int] = []
    var groups = 0
    for group in fit.shuffledGroups(train, &stream) {
      // A draw of one class teaches nothing: it takes more groups until there are two.
      if groups >= count, fit.classCount(drawn) > 1 { break }
      drawn += group
      groups += 1
    }
    let said = fit.classify(fit.probe(drawn.sorted(), stream), test)
    (items, self.groups) = (drawn.count, groups)
    accuracy = ClassificationMetric.accuracy.value(said)
    auroc = ClassificationMetric.auroc.value(said)
  }
}
