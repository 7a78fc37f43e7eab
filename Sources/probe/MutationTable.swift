import ProbeAnalysis
import ProbeMath
import ProbeReport

/// What an expectation catches, as text for a terminal.
struct MutationTable {
  let check: MutationCheck
  let file: String?

  init(_ check: MutationCheck, file: String?) { (self.check, self.file) = (check, file) }

  /// The expectation, a line a kind of mutant, and what follows.
  var text: String {
    var rows = [["  mutant", "caught", "kill rate [95%]", ""]]
    for kind in check.kinds {
      rows.append([
        "  \(kind.name)", kind.available > 0 ? "\(kind.killed) of \(kind.available)" : "n/a", rate(kind.rate),
        kind.reasons.joined(separator: "; "),
      ])
    }
    if check.available > 0 {
      rows.append(["  all", "\(check.killed) of \(check.available)", rate(check.rate), ""])
    }
    let place = file.map { "\($0): " } ?? ""
    let title = "\(check.outcome.holds ? "✓" : "✗") \(place)\(check.text)"
    let table = Terminal.table(rows).split(separator: "\n").map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    return ([title] + table + conclusion).joined(separator: "\n")
  }

  private var conclusion: [String] {
    if check.available == 0 { return ["  There is no mutant to try it on."] }
    if check.assertsNothing { return ["  It asserts nothing: no mutant is caught."] }
    let survivors = check.kinds.filter { !$0.survivors.isEmpty }
    return survivors.map { kind in
      "  \(kind.name) passes with seed\(kind.survivors.count == 1 ? "" : "s") "
        + kind.survivors.map { "\($0)" }.joined(separator: ", ")
    }
  }

  private func rate(_ interval: Interval?) -> String {
    guard let interval, let estimate = interval.estimate else { return "" }
    return Estimate(estimate, lower: interval.lower, upper: interval.upper, n: 0).text
  }
}
