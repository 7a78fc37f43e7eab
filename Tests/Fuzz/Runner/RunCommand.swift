import ArgumentParser
import Foundation
import ProbeFuzz

/// Runs the readers one after the other.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs every reader, or the ones named. Exits with 1 when there is a finding.")

  @OptionGroup var options: TargetOptions
  @Option(name: .customLong("target"), help: "A reader; may be repeated. All of them when left out.")
  var targets: [String] = []
  @Option(help: "Inputs for each reader.")
  var iterations = 20_000
  @Option(help: "Processes at a time.")
  var jobs = 2
  @Option(help: "Folder for inputs that fail.")
  var findings = ".build-test/fuzz-findings"
  @Option(help: "Findings after which a reader is given up.")
  var mostFindings = 20
  @Option(help: "Markdown file to write the results to.")
  var results: String?

  func validate() throws {
    if iterations < 1 || jobs < 1 { throw ValidationError("--iterations and --jobs begin at 1") }
  }

  func run() throws {
    let names =
      targets.isEmpty ? try FuzzTarget.all(FuzzFolder(fixtures: options.fixtures)).map(\.name) : targets
    var results: [TargetResult] = []
    for name in names {
      let target = try options.target(name)
      let result = try TargetRun(
        options: options, target: target, iterations: iterations, jobs: jobs, findingsFolder: findings,
        mostFindings: mostFindings
      ).run()
      print(result.row)
      for refusal in result.refusals(8) { print("    \(refusal)") }
      fflush(nil)
      results.append(result)
      try write(results)
    }
    if results.contains(where: { !$0.findings.isEmpty }) { throw ExitCode.failure }
  }

  private func write(_ all: [TargetResult]) throws {
    guard let results else { return }
    var lines = [
      "# Results of a long run",
      "Written by `scripts/test-fuzz.sh \(iterations) --results FILE`: seed \(options.seed), \(jobs) processes. "
        + "The numbers in brackets are iterations, to be looked at with `probe-fuzz replay`. Allowed are 1 s of processor "
        + "time and 16 × the input + 64 MiB of memory.",
      "", TargetResult.header,
    ]
    lines += all.map(\.row)
    lines += [
      "", "## Why inputs are refused", "The most frequent reasons with the first words of the error.",
    ]
    for result in all {
      lines += ["", "### \(result.name)"] + result.refusals(12).map { "- \($0)" }
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: results))
  }
}
