import ProbeMath
import ProbeModel

extension HealthCheck {
  /// Activations that another implementation computed, against the model's own: the table by layer, the first point beyond
  /// the tolerance by name.
  static let reference = HealthCheck(
    "reference", claim: "activations equal another implementation's"
  ) { patient in
    guard let reference = patient.reference else {
      return .notApplicable("no --reference was given")
    }
    let comparisons = try reference.compare(patient.model)
    let beyond = comparisons.filter { !$0.agrees }
    let largest = comparisons.map { $0.largest }.max() ?? 0
    let table = ReferenceTable(comparisons).details
    let figures: [CheckResult.Figure] = [
      .init("points", Double(comparisons.count)), .init("points beyond the tolerance", Double(beyond.count)),
      .init("largest |Δ|", largest), .init("tolerance", reference.tolerance),
    ]
    let expected = "|Δ| ≤ \(reference.tolerance.brief) · max(1, |x|)"
    guard let first = beyond.first else {
      return CheckResult(
        .ok,
        found:
          "\(comparisons.count) points over \(reference.tokens.count) tokens agree, largest |Δ| \(largest.brief)",
        expected: expected, figures: figures, details: table)
    }
    return CheckResult(
      .failed,
      found:
        "\(beyond.count) of \(comparisons.count) points differ, the first is \(first.point.name): |Δ| up to "
        + "\(first.largest.brief), ‖Δ‖/‖x‖ \(first.relative.brief)",
      expected: expected,
      advice: first.cosine > 0.9999
        ? "A difference of rounding: is the reference half precision? --tolerance sets what is accepted"
        : "Everything before \(first.point.name) agrees: look at what computes it, and whether both are the same model",
      figures: figures, details: table)
  }
}

/// The comparison by layer.
private struct ReferenceTable {
  let details: DetailTable

  init(_ comparisons: [ReferenceActivations.Comparison]) {
    var groups: [(name: String, points: [ReferenceActivations.Comparison])] = []
    for comparison in comparisons {
      let name = comparison.point.layer.map { "\($0)" } ?? comparison.point.name
      if groups.last?.name == name {
        groups[groups.count - 1].points.append(comparison)
      } else {
        groups.append((name, [comparison]))
      }
    }
    details = DetailTable(
      [
        "layer", "points", "max |Δ|", "mean |Δ|", "rms x", "max ‖Δ‖/‖x‖", "1 − cosine", "times tolerance",
        "worst point", "beyond", "first beyond",
      ],
      groups.map { group in Self.row(group.name, group.points) }, isShown: true)
  }

  private static func row(_ name: String, _ points: [ReferenceActivations.Comparison]) -> [DetailTable.Cell] {
    var worst = Worst<HookPoint>()
    for point in points { worst.meet(point.excess, point.point) }
    let beyond = points.filter { !$0.agrees }
    let values = Double(points.reduce(0) { $0 + $1.count })
    return [
      .text(name), .number(Double(points.count)), .number(points.map { $0.largest }.max() ?? 0),
      .number(points.reduce(0) { $0 + $1.mean * Double($1.count) } / values),
      .number((points.reduce(0) { $0 + $1.scale * $1.scale * Double($1.count) } / values).squareRoot()),
      .number(points.map { $0.relative }.max() ?? 0), .number(1 - (points.map { $0.cosine }.min() ?? 1)),
      .number(worst.value), .text(worst.place.map { $0.site.rawValue } ?? ""),
      .number(Double(beyond.count)), .text(beyond.first?.point.site.rawValue ?? ""),
    ]
  }
}
