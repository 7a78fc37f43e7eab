import ProbeAnalysis
import ProbeReport

/// The verdict as text for a terminal.
struct VerdictTable {
  let results: Results

  init(_ results: Results) { self.results = results }

  /// The best place of every analysis and label, then the expectations.
  var text: String {
    var rows = [["question", "best at", "measure", "found", "chance", "procedure", "p", "items", "groups"]]
    for analysis in results.analyses {
      for place in analysis.measurements where place.isBest {
        let name = [analysis.id, place.label].compactMap { $0 }.joined(separator: ".")
        let measure = Analyses.headline(of: analysis.analysis, at: place)
        let value = measure.flatMap { place.metrics[$0] }
        rows.append([
          name, place.point ?? "", measure ?? "", interval(value), Self.number(value?.chance),
          interval(place.metrics["procedure"]), Self.number(place.metrics["p_value"]?.value),
          "\(value?.n ?? 0)", "\(value?.groups ?? 0)",
        ])
      }
    }
    let best = Terminal.table(rows)
    return results.expectations.isEmpty ? best : best + "\n\n" + expectations
  }

  /// One line an expectation.
  var expectations: String { Self.expectations(ExpectationCheck(recordedIn: results)) }

  /// One line an expectation; ones that cannot be evaluated are marked, and said elsewhere.
  static func expectations(_ check: ExpectationCheck) -> String {
    guard !check.cases.isEmpty else { return "no expectations" }
    return Terminal.table(
      check.cases.map { one in
        guard let outcome = one.outcome else { return ["? \(one.text)", "error", ""] }
        return [
          "\(outcome.holds ? "✓" : "✗") \(outcome.text)", "found \(number(outcome.found))",
          outcome.point ?? "",
        ]
      })
  }

  private func interval(_ value: Measurement.Value?) -> String {
    guard let value, value.value != nil else { return "n/a" }
    return "\(Self.number(value.value)) [\(Self.number(value.lower)), \(Self.number(value.upper))]"
  }

  private static func number(_ value: Double?) -> String { Quantity(value ?? .nan).text }
}
