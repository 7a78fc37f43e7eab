import ProbeAnalysis
import ProbeReport

/// A comparison as text for a terminal.
struct DiffTable {
  let comparison: ResultsComparison

  init(_ comparison: ResultsComparison) { self.comparison = comparison }

  /// One line a question, what differs between the sides, and the answer.
  var text: String {
    var rows = [
      ["question", "metric", "A", "B", "B − A", "p", "Holm p", "items", "groups", "verdict"]
    ]
    for question in comparison.questions {
      let metric = question.metrics.first
      rows.append([
        question.name, metric?.metric.rawValue ?? "", number(metric?.a.value), number(metric?.b.value),
        metric.map { interval($0.difference) } ?? "n/a", number(question.p, digits: 4),
        number(question.adjusted, digits: 4), "\(question.items)", "\(question.groups)",
        question.verdict.rawValue,
      ])
    }
    var parts = [Terminal.table(rows)]
    let equivalences = comparison.questions.compactMap { question in
      question.equivalence.map { equal in
        [
          question.name, "[\(number(equal.lower)), \(number(equal.upper))]",
          "within ±\(number(equal.margin))",
          equal.holds ? "✓ equal" : "✗ not shown",
        ]
      }
    }
    if !equivalences.isEmpty { parts.append(Terminal.table(equivalences)) }
    if !comparison.differences.isEmpty {
      parts.append(
        "differs: "
          + comparison.differences.map { "\($0.what) (\(short($0.a)), \(short($0.b)))" }.joined(
            separator: "; "))
    }
    if !comparison.skipped.isEmpty {
      parts.append("not compared: " + comparison.skipped.joined(separator: "; "))
    }
    parts.append(comparison.headline)
    return parts.joined(separator: "\n\n")
  }

  private func interval(_ value: Measurement.Value) -> String {
    "\(number(value.value)) [\(number(value.lower)), \(number(value.upper))]"
  }

  private func number(_ value: Double?, digits: Int = 3) -> String {
    Quantity(value ?? .nan, digits: digits).text
  }

  /// A digest by its beginning; the report has all of it.
  private func short(_ text: String) -> String {
    text.count == 64 && text.allSatisfy { $0.isHexDigit } ? text.prefix(12) + "…" : text
  }
}
