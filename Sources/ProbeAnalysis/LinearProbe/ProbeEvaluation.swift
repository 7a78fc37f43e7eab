import ProbeMath

/// A metric with the company that no number goes without.
public struct MetricEstimate: Sendable, Codable, Equatable {
  /// What was measured.
  public let metric: ProbeMetric
  /// Its value; nil where it is undefined.
  public let value: Double?
  /// Its interval over groups; nil where none can be made (fewer than two groups, or undefined).
  public let interval: Interval?
  /// Number of items.
  public let items: Int
  /// Number of groups they fall into.
  public let groups: Int
  /// What knowing nothing would reach, 0 for a difference; nil where there is no such level.
  public let chance: Double?

  /// An estimate from its parts.
  public init(
    metric: ProbeMetric, value: Double?, interval: Interval?, items: Int, groups: Int, chance: Double?
  ) {
    self.metric = metric
    self.value = value
    self.interval = interval
    self.items = items
    self.groups = groups
    self.chance = chance
  }
}

/// What one matrix of features says about the label: a probe, how it was chosen, and how it does on items it never
/// saw.
public struct ProbeEvaluation: Sendable, Codable, Equatable {
  /// What the features are: a hook point, a baseline's name.
  public let name: String
  /// The probe, fitted on training items at the chosen strength.
  public let probe: LinearProbe
  /// Strengths tried, as given.
  public let strengths: [Double]
  /// Log loss, or mean squared error, of each strength on held-out folds of the training part, mean over folds.
  public let foldLosses: [Double]
  /// Accuracy, or R², on the items it was fitted on: what it could memorise.
  public let trainScore: Double
  /// Metrics on the validation part.
  public let validation: [MetricEstimate]
  /// Metrics on the test part, in the same order.
  public let test: [MetricEstimate]
  /// Item indices of the test part.
  public let testItems: [Int]
  /// What is true of each of them in the target that was read: the class's index, or the number.
  public let testTruths: [Double]
  /// Log-odds of each class on the test items, `[testItems, classes]`; of numbers the prediction, `[testItems, 1]`.
  public let testScores: Tensor
  /// Test items by true and predicted class; nil for numbers.
  public let confusion: ConfusionMatrix?
  /// Numerical trouble and warnings, for the report to show.
  public let diagnostics: [String]

  /// λ of the probe.
  public var strength: Double { probe.strength }

  /// A metric on the test part.
  public func test(_ metric: ProbeMetric) -> MetricEstimate? { test.first { $0.metric == metric } }
  /// A metric on the test part, which this kind of target has.
  func estimate(_ metric: ProbeMetric) -> MetricEstimate {
    guard let found = test(metric) else {
      preconditionFailure("\(name): no \(metric.rawValue) among \(test.map { $0.metric.rawValue })")
    }
    return found
  }
  /// A metric on the validation part.
  public func validation(_ metric: ProbeMetric) -> MetricEstimate? {
    validation.first { $0.metric == metric }
  }
}

/// What the same procedure finds when labels are shuffled as the design allows.
public struct ShuffledBaseline: Sendable, Codable, Equatable {
  /// How labels were exchanged.
  public let scheme: LabelPermutation
  /// Test metrics of each repetition, one array a repetition.
  public let repetitions: [[MetricEstimate]]

  /// The mean over repetitions of a metric on the test part; nil where it was never defined.
  public func mean(_ metric: ProbeMetric) -> Double? {
    let values = repetitions.compactMap { $0.first { $0.metric == metric }?.value }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
