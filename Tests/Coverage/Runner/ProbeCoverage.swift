import ArgumentParser
import Foundation
import ProbeCoverage

/// Holds the statistics to their claims by simulation.
@main
struct ProbeCoverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe-coverage",
    abstract:
      "Simulates data whose truth is known. Exits with 1 when a claim fails by more than 3 standard errors.")

  @Option(help: "Runs of each design.")
  var runs = 1000
  @Option(help: "Seed of all draws.")
  var seed: UInt64 = 1
  @Option(help: "Only claims whose heading contains this text.")
  var only: String?
  @Option(help: "Markdown file to write the results to.")
  var results: String?

  func validate() throws {
    if runs < 2 { throw ValidationError("--runs begins at 2") }
  }

  func run() throws {
    let checks = CoverageChecks.all.filter { check in
      only.map { check.claim.localizedCaseInsensitiveContains($0) } ?? true
    }
    guard !checks.isEmpty else {
      let claims = Set(CoverageChecks.all.map { $0.claim }).sorted().joined(separator: ", ")
      throw ValidationError("--only \(only ?? "") fits none of: \(claims)")
    }
    var report = CoverageReport(runs: runs, seed: seed)
    var holds = true
    for check in checks {
      let start = Date()
      let rows = try check.run(runs, seed: seed)
      for line in report.add(check, rows) { print(line) }
      fflush(nil)
      FileHandle.standardError.write(
        Data(String(format: "%@: %.0f s\n", check.design, Date().timeIntervalSince(start)).utf8))
      holds = holds && rows.allSatisfy { $0.holds(within: 3) }
      if let results { try Data(report.text.utf8).write(to: URL(fileURLWithPath: results)) }
    }
    if !holds { throw ExitCode.failure }
  }
}
