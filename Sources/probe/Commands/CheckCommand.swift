import ArgumentParser
import Foundation
import ProbeAnalysis

/// `probe check`: expectations against a results file, without model or store.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check expectations against a results file.",
    discussion: """
      Without --expect, checks those that the results were made with. Example:
        probe check Reports/capitals-truth.json --expect 'truth-probe.truth.best.accuracy.lower >= 0.6'
      """)

  @Argument(help: "The results file (NAME.json).")
  var results: String
  @Option(help: "An expectation; may be given several times.")
  var expect: [String] = []
  @Option(help: "Also write the outcome as JUnit XML to this file.")
  var junit: String?
  @Flag(help: "Print the outcome as JSON.")
  var json = false

  func run() throws {
    var results = try Results(file: results)
    let texts = expect.isEmpty ? results.expectations.map { $0.text } : expect
    let measurements = results.measurements
    results.expectations = try texts.map { try Expectation($0).evaluate(measurements) }
    if let junit { try StoreLocation.write(Data(JUnit(results).xml.utf8), to: junit) }
    if json {
      try Terminal.output(json: results.expectations)
    } else {
      Terminal.output(VerdictTable(results).expectations)
    }
    guard results.holds else { throw Exit.unmet }
  }
}
