import ArgumentParser
import Foundation
import ProbeAnalysis

/// `probe diff`: two results, item by item.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two results item by item: did B get worse than A?",
    discussion: """
      Compares every question (analysis and label) that both answered, on the items that both were tested on. p-values \
      are Holm-adjusted over the questions. Exits with 1 when B is significantly worse in one of them, or when \
      --expect-equal is given and equality is not shown in all. Example:
        probe diff Reports/before.json Reports/after.json --html Reports/diff.html
      """)

  @Argument(help: "The results to compare with.")
  var a: String
  @Argument(help: "The results that are compared.")
  var b: String
  @Option(
    help: ArgumentHelp(
      "The metric that decides: \(ProbeMetric.allCases.map { $0.rawValue }.joined(separator: ", ")). Accuracy of "
        + "classes and r2 of numbers unless given.", valueName: "metric"))
  var metric: String?
  @Option(help: "Level of significance; intervals are of level 1 − alpha.")
  var alpha = 0.05
  @Option(
    help: ArgumentHelp(
      "Ask whether the sides are equal up to this margin: the 1 − 2·alpha interval of the difference lies inside.",
      valueName: "delta"))
  var expectEqual: Double?
  @Option(help: "Also write the comparison as a report to this file.")
  var html: String?
  @Flag(help: "Print the comparison as JSON.")
  var json = false

  func validate() throws {
    if let metric, ProbeMetric(rawValue: metric) == nil {
      throw ValidationError(
        "there is no metric \(metric). Known: "
          + ProbeMetric.allCases.map { $0.rawValue }.joined(separator: ", "))
    }
    guard alpha > 0, alpha < 0.5 else {
      throw ValidationError("--alpha lies between 0 and 0.5, found \(alpha)")
    }
    if let expectEqual, !(expectEqual > 0 && expectEqual.isFinite) {
      throw ValidationError("--expect-equal is a margin above 0, found \(expectEqual)")
    }
  }

  func run() throws {
    let settings = ComparisonSettings(
      metric: metric.flatMap { ProbeMetric(rawValue: $0) }, alpha: alpha, margin: expectEqual)
    let comparison = try ResultsComparison(
      Results(file: a), file: a, with: Results(file: b), file: b, settings: settings)
    if let html {
      try StoreLocation.write(Data(comparison.report(command: command).html().utf8), to: html)
    }
    if json {
      try Terminal.output(json: comparison)
    } else {
      for warning in comparison.warnings { Terminal.message("warning: \(warning)") }
      Terminal.output(DiffTable(comparison).text)
      if let html { Terminal.output("\nReport: \(html)") }
    }
    if comparison.isRegression || comparison.isEquivalent == false { throw Exit.unmet }
  }

  /// The command that makes the report again.
  private var command: String {
    var words = ["probe", "diff", Self.quoted(a), Self.quoted(b)]
    if let metric { words += ["--metric", metric] }
    if alpha != 0.05 { words += ["--alpha", "\(alpha)"] }
    if let expectEqual { words += ["--expect-equal", "\(expectEqual)"] }
    if let html { words += ["--html", Self.quoted(html)] }
    return words.joined(separator: " ")
  }

  /// A path as a shell takes it.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "/._-".utf8.contains(byte)
        }
      }
    return isPlain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
