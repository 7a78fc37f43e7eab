import ProbeMath

/// One question asked of two models, checkpoints or layers, compared item by item. Differences are B − A.
public struct QuestionComparison: Sendable, Codable, Equatable {
  /// The analysis's id.
  public let id: String
  /// The label; nil where the analysis has none.
  public let label: String?
  /// Where A read.
  public let pointA: String?
  /// Where B read.
  public let pointB: String?
  /// Items that both were tested on; all numbers are of these.
  public let items: Int
  /// Groups they fall into.
  public let groups: Int
  /// Items that only A was tested on.
  public let onlyInA: Int
  /// Items that only B was tested on.
  public let onlyInB: Int
  /// Whether A and B group the shared items alike; else groups are joined where either has them together.
  public let groupsAgree: Bool
  /// The metrics, the one that decides first.
  public let metrics: [MetricComparison]
  /// How p was made.
  public let test: Test
  /// Two-sided p-value of no difference in the deciding metric; nil where that is undefined.
  public let p: Double?
  /// Holm-adjusted over the questions that are compared.
  public internal(set) var adjusted: Double?
  /// What follows for the deciding metric.
  public internal(set) var verdict: Verdict
  /// Whether the sides are equal up to a margin; nil where none was asked for.
  public let equivalence: Equivalence?

  /// One metric on the shared items.
  public struct MetricComparison: Sendable, Codable, Equatable {
    /// The metric.
    public let metric: ProbeMetric
    /// What A reaches.
    public let a: Measurement.Value
    /// What B reaches.
    public let b: Measurement.Value
    /// B − A on the same items, resampled together.
    public let difference: Measurement.Value
  }

  /// A test of no difference.
  public enum Test: String, Sendable, Codable {
    /// McNemar's exact test: accuracy, every item a group of its own.
    case mcNemar = "mcnemar-exact"
    /// All exchanges of A and B group by group.
    case exactSwap = "group-exchange-exact"
    /// Random exchanges of A and B group by group.
    case swap = "group-exchange"
  }

  /// What was shown.
  public enum Verdict: String, Sendable, Codable {
    case worse, better, undefined
    case noDifference = "no difference shown"
  }

  /// Two one-sided tests in the form of an interval: equal when the 1 − 2α interval lies inside ±δ.
  public struct Equivalence: Sendable, Codable, Equatable {
    /// δ.
    public let margin: Double
    /// 1 − 2α.
    public let level: Double
    /// Ends of the interval of the difference; nil where none can be made, which shows nothing.
    public let lower: Double?
    /// Upper end.
    public let upper: Double?
    /// Whether the interval lies inside.
    public let holds: Bool
  }

  /// `id.label`, or the id alone.
  public var name: String { Self.name(id, label) }

  static func name(_ id: String, _ label: String?) -> String { label.map { "\(id).\($0)" } ?? id }

  /// Compares what A and B say about the items that both were tested on.
  ///
  /// - Parameter metric: the metric that decides, of the kind that the predictions are.
  /// - Throws: ``SpecError`` as ``PairedItems`` does.
  init(
    id: String, _ a: ItemPredictions, _ b: ItemPredictions, metric: ProbeMetric,
    settings: ComparisonSettings
  ) throws(SpecError) {
    (self.id, label, pointA, pointB) = (id, a.label, a.point, b.point)
    let name = Self.name(id, a.label)
    let pairs = try PairedItems(a, b, question: name)
    (items, groups, onlyInA, onlyInB) = (pairs.groups.count, pairs.groupCount, pairs.onlyInA, pairs.onlyInB)
    groupsAgree = pairs.groupsAgree
    let bootstrap = ClusterBootstrap(
      groups: pairs.groups, replicates: settings.replicates,
      stream: RandomStream(seed: settings.seed, "diff", "bootstrap", name))
    let wanted = [metric] + a.usualMetrics.filter { $0 != metric }
    metrics = wanted.map { MetricComparison($0, pairs, bootstrap, level: 1 - settings.alpha) }
    (p, test) = Self.test(
      metric, pairs, resamples: settings.resamples,
      stream: RandomStream(seed: settings.seed, "diff", "test", name))
    (adjusted, verdict) = (nil, .undefined)
    equivalence = settings.margin.map { margin in
      let level = 1 - 2 * settings.alpha
      let interval = bootstrap.intervals(
        of: [MetricComparison.difference(metric, pairs)], level: level)[0]
      return Equivalence(
        margin: margin, level: level, lower: interval?.lower, upper: interval?.upper,
        holds: interval.map { $0.lower > -margin && $0.upper < margin } ?? false)
    }
  }

  private static func test(
    _ metric: ProbeMetric, _ pairs: PairedItems, resamples: Int, stream: RandomStream
  ) -> (Double?, Test) {
    if metric == .accuracy, pairs.groupCount == pairs.groups.count, case .classes(let a) = pairs.a,
      case .classes(let b) = pairs.b
    {
      let test = McNemar(
        first: zip(a.predictions, a.labels).map { $0 == $1 },
        second: zip(b.predictions, b.labels).map { $0 == $1 })
      return (test.p, .mcNemar)
    }
    let isRanked = metric == .auroc || metric == .ofNumbers(.rankCorrelation)
    guard let joined = ReadOut.joined(pairs.a, pairs.b, ranked: isRanked) else { return (nil, .swap) }
    let test = SwapTest(
      joined.statistic(metric), groups: pairs.groups, groupCount: pairs.groupCount, resamples: resamples,
      stream: stream)
    return (test.p, test.isExact ? .exactSwap : .swap)
  }

  /// Takes the adjusted p-value and draws the conclusion.
  mutating func conclude(adjusted: Double?, alpha: Double) {
    self.adjusted = adjusted
    guard let adjusted, let deciding = metrics.first, let difference = deciding.difference.value else {
      verdict = .undefined
      return
    }
    let isBetter = (difference > 0) == deciding.metric.higherIsBetter
    verdict = adjusted > alpha || difference == 0 ? .noDifference : isBetter ? .better : .worse
  }
}

extension QuestionComparison.MetricComparison {
  fileprivate init(
    _ metric: ProbeMetric, _ pairs: PairedItems, _ bootstrap: ClusterBootstrap, level: Double
  ) {
    let statistics = [
      pairs.a.statistic(metric), pairs.b.statistic(metric), Self.difference(metric, pairs),
    ]
    let chances = [pairs.a.chance(metric), pairs.b.chance(metric), nil]
    let intervals = bootstrap.intervals(of: statistics, level: level)
    let values = statistics.indices.map { index in
      let value = statistics[index].value()
      return Measurement.Value(
        value: value.isFinite ? value : nil, lower: intervals[index]?.lower, upper: intervals[index]?.upper,
        n: pairs.groups.count, groups: pairs.groupCount, chance: chances[index])
    }
    self.init(metric: metric, a: values[0], b: values[1], difference: values[2])
  }

  /// B − A as a function of item weights.
  fileprivate static func difference(_ metric: ProbeMetric, _ pairs: PairedItems) -> any ItemStatistic {
    let (a, b) = (pairs.a.statistic(metric), pairs.b.statistic(metric))
    // A difference of means is a mean of differences, which resamples by sums.
    if let a = a as? WeightedMean, let b = b as? WeightedMean {
      let isUnit = if case .unit = a.range { true } else { false }
      return WeightedMean(zip(a.values, b.values).map { $1 - $0 }, range: isUnit ? .signedUnit : .real)
    }
    func minus<First: ItemStatistic, Second: ItemStatistic>(_ first: First, _ second: Second)
      -> any ItemStatistic
    {
      PairedDifference(first, minus: second)
    }
    return minus(b, a)
  }
}
