import ArgumentParser
import Foundation
import ProbeAnalysis

/// `probe check`: expectations against results files, without model or store.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check expectations against results files.",
    discussion: """
      Without --expect, checks those that the results were made with; with it, each against every file. Example:
        probe check Reports/capitals-truth.json --expect 'truth-probe.truth.best.accuracy.lower >= 0.6'

      --mutants asks what the expectations are worth: on which mutants of the results (shuffled labels, a \
      random-initialised model, token counts, …) they would not hold. Exits with 0 then, unless --require-kill is not \
      met.

      Under GitHub Actions, what is not met is annotated, and a table is appended to the job's summary.
      """)

  @Argument(help: "Results files (NAME.json).")
  var results: [String]
  @Option(help: "An expectation; may be given several times.")
  var expect: [String] = []
  @Option(help: "Also write the outcome as JUnit XML to this file.")
  var junit: String?
  @Option(
    help: ArgumentHelp(
      "Append a Markdown table to this file; what GITHUB_STEP_SUMMARY names unless given.", valueName: "file")
  )
  var githubSummary: String?
  @Flag(help: "Say which mutants the expectations catch.")
  var mutants = false
  @Option(
    help: ArgumentHelp(
      "With --mutants: exit with 1 when an expectation catches a smaller share of them.", valueName: "rate"))
  var requireKill: Double?
  @Flag(help: "Print the outcome as JSON.")
  var json = false

  func validate() throws {
    guard let requireKill else { return }
    guard mutants else { throw ValidationError("--require-kill goes with --mutants") }
    guard (0...1).contains(requireKill) else {
      throw ValidationError("--require-kill is a share from 0 to 1, found \(requireKill)")
    }
  }

  func run() throws {
    let checks = results.map { ExpectationCheck(file: $0, expectations: expect) }
    if let junit { try StoreLocation.write(Data(JUnit(checks).xml.utf8), to: junit) }
    try GitHubActions.report(checks, summary: githubSummary, isOutputTaken: json)
    let isMet = mutants ? try showMutants(checks) : try showOutcomes(checks)
    let errors = checks.flatMap { $0.errors }
    // The last one ends the program, which prints it.
    for error in errors.dropLast() { Terminal.message("probe: \(error)") }
    if let last = errors.last { throw last }
    guard isMet else { throw Exit.unmet }
  }

  private func showOutcomes(_ checks: [ExpectationCheck]) throws -> Bool {
    if json {
      try Terminal.output(json: checks.map { CheckedFile($0) })
    } else {
      for check in checks {
        // A file that cannot be read is an error, which says so by itself.
        guard check.isRead else { continue }
        if checks.count > 1 { Terminal.output("\(check.file):") }
        Terminal.output(VerdictTable.expectations(check))
      }
    }
    return checks.allSatisfy { $0.unmet.isEmpty }
  }

  private func showMutants(_ checks: [ExpectationCheck]) throws -> Bool {
    let mutations = try checks.flatMap { check in
      try check.cases.compactMap { one in
        try one.outcome.map { outcome in
          MutatedFile(
            file: check.file, check: try MutationCheck(Expectation(outcome.text), check.measurements))
        }
      }
    }
    if json {
      try Terminal.output(json: mutations)
    } else {
      Terminal.output(
        mutations.map { MutationTable($0.check, file: checks.count > 1 ? $0.file : nil).text }
          .joined(separator: "\n\n"))
    }
    guard let requireKill else { return true }
    return mutations.allSatisfy { ($0.check.killRate ?? -1) >= requireKill }
  }
}

/// A checked file as `probe check --json` prints it.
private struct CheckedFile: Encodable {
  struct Case: Encodable {
    let text: String
    let holds: Bool?
    let found: Double?
    let value: ProbeAnalysis.Measurement.Value?
    let point: String?
    let error: String?
  }

  let name: String
  let file: String
  let expectations: [Case]

  init(_ check: ExpectationCheck) {
    (name, file) = (check.name, check.file)
    expectations = check.cases.map { one in
      Case(
        text: one.text, holds: one.outcome?.holds, found: one.outcome?.found, value: one.outcome?.value,
        point: one.outcome?.point, error: one.outcome == nil ? one.explanation : nil)
    }
  }
}

/// A mutation check as `probe check --mutants --json` prints it.
private struct MutatedFile: Encodable {
  let file: String
  let check: MutationCheck
}
