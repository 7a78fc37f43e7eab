import ProbeAnalysis
import ProbeReport

/// The verdict as text for a terminal.
struct VerdictTable {
  let results: Results

  init(_ results: Results) { self.results = results }

  /// The best place of every analysis and label, then the expectations.
  var text: String {
    var rows = [["question", "best at", "accuracy", "AUROC", "chance", "items", "groups"]]
    for analysis in results.analyses {
      for place in analysis.measurements where place.isBest {
        let name = [analysis.id, place.label].compactMap { $0 }.joined(separator: ".")
        let accuracy = place.metrics["accuracy"]
        rows.append([
          name, place.point ?? "", interval(accuracy), interval(place.metrics["auroc"]),
          number(accuracy?.chance),
          "\(accuracy?.n ?? 0)", "\(accuracy?.groups ?? 0)",
        ])
      }
    }
    let best = Terminal.table(rows)
    return results.expectations.isEmpty ? best : best + "\n\n" + expectations
  }

  /// One line an expectation.
  var expectations: String {
    guard !results.expectations.isEmpty else { return "no expectations" }
    return Terminal.table(
      results.expectations.map { outcome in
        [
          "\(outcome.holds ? "✓" : "✗") \(outcome.text)", "found \(number(outcome.found))",
          outcome.point ?? "",
        ]
      })
  }

  private func interval(_ value: Measurement.Value?) -> String {
    guard let value, value.value != nil else { return "n/a" }
    return "\(number(value.value)) [\(number(value.lower)), \(number(value.upper))]"
  }

  private func number(_ value: Double?) -> String { Quantity(value ?? .nan).text }
}
