import ProbeMath
import ProbeReport

/// What became of an expectation in the words that a failing test shows: the number with its company, and what would
/// settle it.
public struct OutcomeText: Sendable {
  private let outcome: Expectation.Outcome
  private let expectation: Expectation?
  private let control: Double?

  /// - Parameters:
  ///   - outcome: what became of it.
  ///   - measurements: what it was read from, by analysis id; the control is looked up there.
  public init(_ outcome: Expectation.Outcome, measurements: [String: [Measurement]] = [:]) {
    self.outcome = outcome
    expectation = try? Expectation(outcome.text)
    control = expectation.flatMap { Self.control($0, measurements) }
  }

  /// `TEXT holds: …` or `TEXT does not hold: …`, with advice.
  public var text: String {
    let verdict = outcome.holds ? "holds" : "does not hold"
    return "\(outcome.text) \(verdict): \(finding)" + (advice.map { ". \($0)" } ?? "")
  }

  /// `found 0.572; accuracy 0.672 [0.572, 0.758] at POINT, n = 64 in 16 groups, chance 0.500, control 0.498`.
  public var finding: String {
    let value = outcome.value
    var found = "found \(Self.precise(outcome.found, beside: expectation?.threshold))"
    // Without an interval's end there is nothing to say about the metric that `found` does not say.
    if value.value != nil || value.lower != nil || value.upper != nil {
      let interval = "\(Self.number(value.value)) [\(Self.number(value.lower)), \(Self.number(value.upper))]"
      found += "; \(expectation?.metric ?? "value") \(interval)"
    }
    var company = ["n = \(value.n) in \(value.groups) groups"]
    if let chance = value.chance { company.append("chance \(Self.number(chance))") }
    if let control { company.append("control \(Self.number(control))") }
    return "\(found) at \(outcome.point ?? "-"), \(company.joined(separator: ", "))"
  }

  /// What to do about an expectation that does not hold; nil where there is nothing to say.
  public var advice: String? {
    guard let expectation, !outcome.holds else { return nil }
    guard let estimate = outcome.value.value, outcome.found != nil else {
      return "An undefined number never holds"
    }
    guard let bound = expectation.bound else { return bareAdvice(expectation) }
    if let needed = Self.needed(expectation, outcome.value) {
      return
        "If the estimate stays, about \(needed.groups) groups (\(needed.items) examples) would settle it; "
        + "there are \(outcome.value.groups) (\(outcome.value.n))"
    }
    let isUseful = (bound == .lower) == [.atLeast, .above].contains(expectation.comparison)
    guard isUseful, !expectation.comparison.holds(estimate, expectation.threshold) else { return nil }
    return "The estimate itself does not meet it: more examples alone would not settle it"
  }

  private func bareAdvice(_ expectation: Expectation) -> String {
    let bound: Expectation.Bound = [.atLeast, .above].contains(expectation.comparison) ? .lower : .upper
    return
      "This asserts the bare estimate, which another sample would move: assert .\(bound.rawValue) instead"
  }

  /// What it would take for the bound to reach the threshold if the estimate stays; nil where more would not do it, and
  /// where bound and comparison say nothing about it (`lower <`, `upper >`).
  private static func needed(_ expectation: Expectation, _ value: Measurement.Value) -> RequiredGroups? {
    let side: RequiredGroups.Side
    switch (expectation.bound, expectation.comparison) {
    case (.lower, .atLeast), (.lower, .above): side = .above
    case (.upper, .atMost), (.upper, .below): side = .below
    default: return nil
    }
    guard let lower = value.lower, let upper = value.upper, value.groups >= 2, value.n >= value.groups else {
      return nil
    }
    // The level and the way it was made play no part here.
    let interval = Interval(
      estimate: value.value, lower: lower, upper: upper, level: 0.95, method: .clusterT)
    return RequiredGroups(
      interval, threshold: expectation.threshold, side: side, groups: value.groups, items: value.n)
  }

  /// What the procedure reaches where nothing should be found: the control task's value where it was measured, else the
  /// mean over shuffled labels.
  private static func control(_ expectation: Expectation, _ measurements: [String: [Measurement]]) -> Double?
  {
    guard let place = try? expectation.place(in: measurements) else { return nil }
    // The control task's number is of accuracy, or of R².
    if ["accuracy", "r2"].contains(expectation.metric), let task = place.metrics["control"]?.value {
      return task
    }
    let shuffled = (place.mutants ?? []).filter { $0.name == KnownMutant.shuffledLabels.rawValue }
    let values = shuffled.compactMap { $0.metrics[expectation.metric]?.value }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private static func number(_ value: Double?) -> String { Quantity(value ?? .nan).text }

  /// With as many digits as it takes to tell it from the threshold: 0.59996 must not read as a 0.600 that fails.
  private static func precise(_ value: Double?, beside threshold: Double?) -> String {
    guard let value else { return "undefined" }
    let texts = (3...15).lazy.map { Quantity(value, digits: $0).text }
    guard let threshold, value != threshold else { return Quantity(value).text }
    return zip(3...15, texts).first { $1 != Quantity(threshold, digits: $0).text }?.1 ?? "\(value)"
  }
}
