import ProbeModel

/// What an analysis measured at one place, under names that expectations can address.
public struct Measurement: Sendable, Codable, Equatable {
  /// The label; nil where the analysis has none.
  public let label: String?
  /// Full name of the hook point; nil where there is none.
  public let point: String?
  /// Whether this is the place the analysis chose.
  public let isBest: Bool
  /// Values by metric.
  public let metrics: [String: Value]
  /// Metrics that were asked for and cannot be had here, with the reason.
  public let notApplicable: [String: String]
  /// What the same procedure measures where nothing should be found; nil but at the chosen place.
  public let mutants: [Mutant]?

  /// One number with its company.
  public struct Value: Sendable, Codable, Equatable {
    /// The estimate; nil where it is undefined.
    public let value: Double?
    /// Ends of the interval; nil where none can be made.
    public let lower: Double?
    /// Upper end.
    public let upper: Double?
    /// Items it rests on.
    public let n: Int
    /// Independent groups among them.
    public let groups: Int
    /// What knowing nothing would reach.
    public let chance: Double?

    /// A value from its parts.
    public init(value: Double?, lower: Double?, upper: Double?, n: Int, groups: Int, chance: Double?) {
      (self.value, self.lower, self.upper) = (value, lower, upper)
      (self.n, self.groups, self.chance) = (n, groups, chance)
    }
  }

  /// A measurement from its parts.
  public init(
    label: String?, point: String?, isBest: Bool, metrics: [String: Value],
    notApplicable: [String: String] = [:], mutants: [Mutant]? = nil
  ) {
    (self.label, self.point, self.isBest) = (label, point, isBest)
    (self.metrics, self.notApplicable, self.mutants) = (metrics, notApplicable, mutants)
  }

  /// The question asked of something that knows less: an assertion that this passes too asserts nothing.
  public struct Mutant: Sendable, Codable, Equatable {
    /// What took the place of the activations, or of the labels, such as `shuffled-labels`.
    public let name: String
    /// Which of the mutants of this name.
    public let seed: Int
    /// Values by metric; empty where it could not be made.
    public let metrics: [String: Value]
    /// Why it could not be made; nil when it was.
    public let reason: String?

    /// A mutant from its parts.
    public init(name: String, seed: Int, metrics: [String: Value], reason: String? = nil) {
      (self.name, self.seed, self.metrics, self.reason) = (name, seed, metrics, reason)
    }
  }
}

extension Expectation {
  /// What became of an expectation.
  public struct Outcome: Sendable, Codable, Equatable {
    /// The expectation as written.
    public let text: String
    /// Whether it holds.
    public let holds: Bool
    /// What was found there; nil where the number is undefined, which never holds.
    public let found: Double?
    /// The full value it was read from.
    public let value: Measurement.Value
    /// Hook point it was read at.
    public let point: String?
  }

  /// Compares with what was measured; `measurements` by the analysis's id.
  ///
  /// - Throws: ``SpecError`` `.unknownPath` naming what there is, or `.notApplicable` with the reason.
  public func evaluate(_ measurements: [String: [Measurement]]) throws(SpecError) -> Outcome {
    guard let all = measurements[id] else {
      throw unknown("no analysis has the id \(id)", measurements.keys.sorted())
    }
    let labelled = all.filter { $0.label == label }
    guard !labelled.isEmpty else {
      throw unknown(
        label.map { "\(id) has no label \($0)" } ?? "\(id) needs a label",
        Set(all.compactMap { $0.label }).sorted())
    }
    let place = labelled.first { measurement in
      guard let point else { return measurement.isBest }
      return measurement.point == point
        || measurement.point.flatMap { HookPoint(name: $0) }?.shortName == point
    }
    guard let place else {
      throw unknown("nothing was measured at \(point ?? "best")", labelled.compactMap { $0.point })
    }
    if let reason = place.notApplicable[metric] {
      throw SpecError(.notApplicable, at: text, "\(metric) is not applicable: \(reason)")
    }
    guard let value = place.metrics[metric] else {
      throw unknown("there is no metric \(metric)", place.metrics.keys.sorted())
    }
    let found =
      switch bound {
      case nil: value.value
      case .lower: value.lower
      case .upper: value.upper
      }
    return Outcome(
      text: text, holds: found.map { comparison.holds($0, threshold) } ?? false, found: found, value: value,
      point: place.point)
  }

  private func unknown(_ problem: String, _ known: [String]) -> SpecError {
    SpecError(
      .unknownPath, at: text, problem,
      advice: known.isEmpty ? "There is none at all" : "There is: \(known.joined(separator: ", "))")
  }
}
