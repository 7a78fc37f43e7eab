import ProbeMath

/// A number that says how well a read-out does, of classes or of numbers.
public enum ProbeMetric: Sendable, Hashable {
  case ofClasses(ClassificationMetric)
  case ofNumbers(RegressionMetric)

  /// The metric of this name.
  public static let accuracy = ProbeMetric.ofClasses(.accuracy)
  /// The metric of this name.
  public static let balancedAccuracy = ProbeMetric.ofClasses(.balancedAccuracy)
  /// The metric of this name.
  public static let auroc = ProbeMetric.ofClasses(.auroc)
  /// The metric of this name.
  public static let logLoss = ProbeMetric.ofClasses(.logLoss)
  /// The metric of this name.
  public static let brier = ProbeMetric.ofClasses(.brier)
  /// The metric of this name.
  public static let r2 = ProbeMetric.ofNumbers(.r2)
  /// The metric of this name.
  public static let mae = ProbeMetric.ofNumbers(.mae)
  /// The metric of this name.
  public static let angularError = ProbeMetric.ofNumbers(.angularError)

  /// Every metric there is.
  public static let allCases =
    ClassificationMetric.allCases.map { ProbeMetric.ofClasses($0) }
    + RegressionMetric.allCases.map { ProbeMetric.ofNumbers($0) }

  /// Whether more is better.
  public var higherIsBetter: Bool {
    switch self {
    case .ofClasses(let metric): metric.higherIsBetter
    case .ofNumbers(let metric): metric.higherIsBetter
    }
  }
}

extension ProbeMetric: RawRepresentable, Codable {
  /// The metric of this name.
  public init?(rawValue: String) {
    if let metric = ClassificationMetric(rawValue: rawValue) {
      self = .ofClasses(metric)
    } else if let metric = RegressionMetric(rawValue: rawValue) {
      self = .ofNumbers(metric)
    } else {
      return nil
    }
  }

  /// Its name in results and expectations.
  public var rawValue: String {
    switch self {
    case .ofClasses(let metric): metric.rawValue
    case .ofNumbers(let metric): metric.rawValue
    }
  }
}

/// What a probe said about some items, with what is true of them.
enum ReadOut: Sendable {
  case classes(Classification)
  case numbers(Regression)

  /// The metrics that can be had of it.
  var metrics: [ProbeMetric] {
    switch self {
    case .classes: ClassificationMetric.allCases.map { .ofClasses($0) }
    case .numbers(let regression): RegressionMetric.metrics(of: regression).map { .ofNumbers($0) }
    }
  }

  /// Number of items.
  var count: Int {
    switch self {
    case .classes(let classification): classification.labels.count
    case .numbers(let regression): regression.truths.count
    }
  }

  /// A metric as a function of item weights.
  ///
  /// - Precondition: it is one of ``metrics``.
  func statistic(_ metric: ProbeMetric) -> any ItemStatistic {
    switch (self, metric) {
    case (.classes(let classification), .ofClasses(let metric)): metric.statistic(classification)
    case (.numbers(let regression), .ofNumbers(let metric)): metric.statistic(regression)
    default: preconditionFailure("\(metric.rawValue) cannot be had of this read-out")
    }
  }

  /// What knowing nothing would reach.
  func chance(_ metric: ProbeMetric) -> Double? {
    switch (self, metric) {
    case (.classes(let classification), .ofClasses(let metric)):
      metric.chance(classCount: classification.classCount)
    case (.numbers(let regression), .ofNumbers(let metric)): metric.chance(regression)
    default: nil
    }
  }

  /// What is lost on each item, in the unit of the headline: 1 where the class is wrong, the distance from the number.
  var losses: [Double] {
    switch self {
    case .classes(let classification):
      zip(classification.predictions, classification.labels).map { $0 == $1 ? 0 : 1 }
    case .numbers(let regression): regression.errors
    }
  }

  /// Items by true and predicted class; nil for numbers.
  var confusion: ConfusionMatrix? {
    if case .classes(let classification) = self { classification.confusion } else { nil }
  }

  /// What strengths are compared by: mean log loss, or mean squared error.
  var meanLoss: Double {
    switch self {
    case .classes(let classification): ClassificationMetric.logLoss.value(classification)
    case .numbers(let regression):
      regression.errors.reduce(0) { $0 + $1 * $1 } / Double(max(regression.truths.count, 1))
    }
  }
}

extension Regression {
  /// Distance of each prediction from the truth, along the circle where there is one.
  var errors: [Double] {
    zip(truths, predictions).map { truth, prediction in
      period.map { Regression.cyclicDistance(truth, prediction, period: $0) } ?? abs(truth - prediction)
    }
  }
}

extension ProbeTarget.Kind {
  /// What a headline shows.
  var headline: ProbeMetric {
    switch self {
    case .classes: .accuracy
    case .number, .ordinal: .r2
    case .cyclic: .angularError
    }
  }

  /// What points are chosen by: AUROC, since accuracy ties too often on a hundred items; R².
  var selection: ProbeMetric {
    switch self {
    case .classes: .auroc
    case .number, .ordinal: .r2
    case .cyclic: .angularError
    }
  }

  /// What decides between equals.
  var tieBreaker: ProbeMetric {
    switch self {
    case .classes: .logLoss
    case .number, .ordinal: .mae
    case .cyclic: .angularError
    }
  }

  /// The mean of what is lost on an item, or of what is gained: what cross-validation pools over items.
  var pooled: ProbeMetric {
    switch self {
    case .classes: .accuracy
    case .number, .ordinal: .mae
    case .cyclic: .angularError
    }
  }
}
