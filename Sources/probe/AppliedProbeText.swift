import ProbeAnalysis
import ProbeReport

/// What a saved probe did on a capture, as text for a terminal.
struct AppliedProbeText {
  let outcome: AppliedProbe

  init(_ outcome: AppliedProbe) { self.outcome = outcome }

  var text: String {
    let groups = outcome.metrics.first?.groups ?? 0
    var lines = [
      "\(outcome.family) probe of \(outcome.label) at \(outcome.point), fitted on \(outcome.fittedOn) (\(outcome.model))",
      "applied to capture \(outcome.capture)",
      "\(outcome.counts.reduce(0, +)) items in \(groups) groups: \(classes)", "",
      Terminal.table([["metric", "value", "interval", "chance"]] + outcome.metrics.map(row)), "",
      "always naming the commonest class: accuracy \(number(outcome.majority))",
    ]
    if outcome.unlabelled > 0 { lines.append("\(outcome.unlabelled) examples do not carry the label") }
    if outcome.overlap > 0 { lines.append("! \(outcome.overlap) of the items fitted the probe") }
    lines += outcome.notes.map { "! \($0)" }
    return lines.joined(separator: "\n")
  }

  private var classes: String {
    zip(outcome.classes, outcome.counts).map { "\($1) \($0)" }.joined(separator: ", ")
  }

  private func row(_ estimate: MetricEstimate) -> [String] {
    let interval = estimate.interval.map { "[\(number($0.lower)), \(number($0.upper))]" } ?? "n/a"
    return [
      estimate.metric.rawValue, estimate.value.map(number) ?? "n/a", interval,
      estimate.chance.map(number) ?? "n/a",
    ]
  }

  private func number(_ value: Double) -> String { Quantity(value).text }
}
