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
