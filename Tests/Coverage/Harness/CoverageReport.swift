import Foundation

/// Results of simulations as Markdown.
public struct CoverageReport: Sendable {
  private var lines: [String]
  private var claim: String?

  /// An empty report of so many runs.
  public init(runs: Int, seed: UInt64) {
    lines = [
      "# Coverage by simulation",
      "Written by `scripts/simulate-coverage.sh \(runs) --results FILE`: \(runs) runs a design, seed \(seed). ± is one "
        + "standard error of the simulation. 95% intervals are to cover their own truth in 93–97% of the runs. What is "
        + "simulated, and how the truth is known, stands in `Tests/Coverage/README.md`.",
    ]
  }

  /// Adds what one check found, and returns it as lines for a terminal.
  public mutating func add(_ check: any CoverageCheck, _ rows: [CoverageRow]) -> [String] {
    var added: [String] = []
    if check.claim != claim {
      added += [
        "", "## \(check.claim)", "| design | quantity | value | claimed | |", "|---|---|---|---|---|",
      ]
      claim = check.claim
    }
    added += rows.map { row in
      let cells = [
        row.design, row.quantity, "\(Self.number(row.value)) ± \(Self.number(row.standardError))",
        Self.text(row),
        row.claimed == nil
          ? "" : row.holds(within: 0) ? "holds" : row.holds(within: 3) ? "holds within 3 ±" : "**fails**",
      ]
      return "| " + cells.joined(separator: " | ") + " |"
    }
    lines += added
    return added
  }

  /// The whole document.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func text(_ row: CoverageRow) -> String {
    guard let claimed = row.claimed else { return "" }
    if claimed.upperBound == .infinity { return "≥ \(claimed.lowerBound)" }
    if claimed.lowerBound == claimed.upperBound { return "\(claimed.lowerBound)" }
    return claimed.lowerBound == 0 ? "≤ \(claimed.upperBound)" : "\(claimed.lowerBound)–\(claimed.upperBound)"
  }
}
