import ProbeMath

/// Which mutants an assertion would have caught.
///
/// The assertion is evaluated on each mutant's numbers. Where it does not hold, it catches (kills) the mutant; where it
/// holds, the mutant survives: the assertion cannot tell the model from something that knows less.
public struct MutationCheck: Sendable, Codable, Equatable {
  /// The expectation as written.
  public let text: String
  /// What became of it on the model itself.
  public let outcome: Expectation.Outcome
  /// One entry a kind of mutant: those of ``KnownMutant`` first, then others by name.
  public let kinds: [Kind]

  /// The mutants of one name.
  public struct Kind: Sendable, Codable, Equatable {
    /// The name.
    public let name: String
    /// Mutants (seeds) that the assertion could be evaluated on.
    public let available: Int
    /// Mutants on which it does not hold.
    public let killed: Int
    /// Wilson's interval of the kill rate over seeds; nil without any.
    public let rate: Interval?
    /// Seeds on which it holds all the same.
    public let survivors: [Int]
    /// Why others of this name could not be used, each reason once.
    public let reasons: [String]
  }

  /// Evaluates `expectation` on the mutants of the place that it addresses.
  ///
  /// - Throws: ``SpecError`` as ``Expectation/evaluate(_:)`` does.
  public init(_ expectation: Expectation, _ measurements: [String: [Measurement]]) throws(SpecError) {
    text = expectation.text
    outcome = try expectation.evaluate(measurements)
    let place = try expectation.place(in: measurements)
    let mutants = place.mutants ?? []
    let known = KnownMutant.allCases.map { $0.rawValue }
    let others = Set(mutants.map { $0.name }).subtracting(known).sorted()
    let absence =
      !mutants.isEmpty
      ? "not among the mutants of these results"
      : place.isBest ? "these results have no mutants" : "mutants are made at the chosen place only"
    kinds = (known + others).map { name in
      Kind(name, mutants.filter { $0.name == name }, expectation, absence: absence)
    }
  }

  /// Mutants of all kinds that the assertion could be evaluated on.
  public var available: Int { kinds.reduce(0) { $0 + $1.available } }
  /// Those that it catches.
  public var killed: Int { kinds.reduce(0) { $0 + $1.killed } }
  /// Share of all available mutants that it catches; nil without any.
  public var killRate: Double? { available > 0 ? Double(killed) / Double(available) : nil }
  /// Wilson's interval of ``killRate``; nil without any.
  public var rate: Interval? { Kind.interval(killed, available) }
  /// Whether there are mutants, and none is caught: the assertion asserts nothing.
  public var assertsNothing: Bool { available > 0 && killed == 0 }
}

extension MutationCheck.Kind {
  fileprivate init(
    _ name: String, _ mutants: [Measurement.Mutant], _ expectation: Expectation, absence: String
  ) {
    var killed = 0
    var survivors: [Int] = []
    var reasons: [String] = mutants.isEmpty ? [absence] : []
    for mutant in mutants {
      // An undefined number never holds; that it does not says nothing about the assertion.
      guard let number = mutant.metrics[expectation.metric].flatMap({ expectation.number(of: $0) }) else {
        let reason = mutant.reason ?? Self.lack(of: expectation, in: mutant)
        if !reasons.contains(reason) { reasons.append(reason) }
        continue
      }
      if expectation.comparison.holds(number, expectation.threshold) {
        survivors.append(mutant.seed)
      } else {
        killed += 1
      }
    }
    let available = killed + survivors.count
    self.init(
      name: name, available: available, killed: killed, rate: Self.interval(killed, available),
      survivors: survivors.sorted(), reasons: reasons)
  }

  fileprivate static func interval(_ killed: Int, _ available: Int) -> Interval? {
    available > 0
      ? .wilson(proportion: Double(killed) / Double(available), trials: Double(available)) : nil
  }

  private static func lack(of expectation: Expectation, in mutant: Measurement.Mutant) -> String {
    guard mutant.metrics[expectation.metric] != nil else { return "has no \(expectation.metric)" }
    let end = expectation.bound.map { ".\($0.rawValue)" } ?? ""
    return "\(expectation.metric)\(end) is undefined"
  }
}
