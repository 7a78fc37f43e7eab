import ProbeAnalysis

/// A diagnosis as text for a terminal: a line a check, and below it what is needed to act.
struct DoctorTable {
  let diagnosis: Diagnosis

  init(_ diagnosis: Diagnosis) { self.diagnosis = diagnosis }

  var text: String {
    let width = diagnosis.checks.map { $0.name.count }.max() ?? 0
    var lines = ["\(diagnosis.model) (\(diagnosis.architecture))", ""]
    for check in diagnosis.checks {
      let name = check.name + String(repeating: " ", count: width - check.name.count)
      lines.append("\(mark(check.verdict)) \(name)  \(check.found)")
      let indent = String(repeating: " ", count: width + 4)
      if check.verdict == .failed || check.verdict == .warning {
        lines.append("\(indent)expected: \(check.expected)")
      }
      if !check.advice.isEmpty { lines.append("\(indent)→ \(check.advice)") }
    }
    for check in diagnosis.checks {
      guard let details = check.details, details.isShown else { continue }
      lines += ["", "\(check.name):", Terminal.table([details.columns] + details.rows.map { $0.map(cell) })]
    }
    let failed = diagnosis.checks.filter { $0.verdict == .failed }.map { $0.name }
    lines += ["", failed.isEmpty ? "healthy" : "not healthy: \(failed.joined(separator: ", "))"]
    return lines.joined(separator: "\n")
  }

  private func mark(_ verdict: CheckVerdict) -> String {
    switch verdict {
    case .ok: "✓"
    case .warning: "!"
    case .failed: "✗"
    case .notApplicable: "–"
    }
  }

  private func cell(_ cell: DetailTable.Cell) -> String {
    switch cell {
    case .text(let text): text
    case .number(let number): number.brief
    }
  }
}
