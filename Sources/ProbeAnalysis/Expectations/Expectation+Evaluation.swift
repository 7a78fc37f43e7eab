import ProbeModel

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
  /// - Throws: ``SpecError`` `.unknownPath` naming what there is and what was probably meant, or `.notApplicable` with
  ///   the reason.
  public func evaluate(_ measurements: [String: [Measurement]]) throws(SpecError) -> Outcome {
    let place = try place(in: measurements)
    let value = try value(at: place)
    let found = number(of: value)
    return Outcome(
      text: text, holds: found.map { comparison.holds($0, threshold) } ?? false, found: found, value: value,
      point: place.point)
  }

  /// The place that the path addresses.
  ///
  /// - Throws: ``SpecError`` `.unknownPath`.
  func place(in measurements: [String: [Measurement]]) throws(SpecError) -> Measurement {
    guard let all = measurements[id] else {
      throw unknown("no analysis has the id \(id)", id, among: measurements.keys.sorted())
    }
    let labelled = all.filter { $0.label == label }
    guard !labelled.isEmpty else {
      throw unknown(
        label.map { "\(id) has no label \($0)" } ?? "\(id) needs a label", label,
        among: Set(all.compactMap { $0.label }).sorted())
    }
    guard let point else {
      if let best = labelled.first(where: { $0.isBest }) { return best }
      throw unknown("nothing was measured at best", nil, among: labelled.compactMap { $0.point })
    }
    func shortName(_ name: String) -> String? { HookPoint(name: name)?.shortName }
    if let place = labelled.first(where: { $0.point == point || $0.point.flatMap(shortName) == point }) {
      return place
    }
    let names = labelled.compactMap { $0.point }
    // A point that exists in other models is no misspelling of another layer's.
    let isPoint = (try? HookPoint(parsing: point)) != nil
    throw unknown(
      "nothing was measured at \(point)", isPoint ? nil : point, among: names,
      alsoCalled: names.compactMap(shortName))
  }

  /// The value of the metric at a place.
  ///
  /// - Throws: ``SpecError`` `.unknownPath` or `.notApplicable`.
  func value(at place: Measurement) throws(SpecError) -> Measurement.Value {
    if let reason = place.notApplicable[metric] {
      throw SpecError(.notApplicable, at: text, "\(metric) is not applicable: \(reason)")
    }
    guard let value = place.metrics[metric] else {
      throw unknown(
        "there is no metric \(metric)", metric, among: place.metrics.keys.sorted(),
        alsoCalled: place.notApplicable.keys.sorted())
    }
    return value
  }

  /// The number that is compared: the estimate, or an end of its interval; nil where it is undefined.
  func number(of value: Measurement.Value) -> Double? {
    switch bound {
    case nil: value.value
    case .lower: value.lower
    case .upper: value.upper
    }
  }

  /// An error that lists the `known` names; `wrong` is compared with them and with other names of theirs.
  private func unknown(
    _ problem: String, _ wrong: String?, among known: [String], alsoCalled others: [String] = []
  ) -> SpecError {
    let meant = wrong.flatMap { NearestName.of($0, among: known + others) }
    let list = known.isEmpty ? "There is none at all" : "There is: \(known.joined(separator: ", "))"
    return SpecError(
      .unknownPath, at: text, problem, advice: (meant.map { "Did you mean \($0)? " } ?? "") + list)
  }
}
