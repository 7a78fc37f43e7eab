import Foundation
import ProbeAnalysis

/// One call of an assertion, whatever the test framework: what fails, in words, and what to attach.
struct ProbeAssertion {
  /// What became of each expectation, in the order given; nil where it could not be evaluated.
  let outcomes: [ProbeAnalysis.Expectation.Outcome?]
  /// One message for each that fails.
  let failures: [String]
  /// Path of the results file; nil where there is none.
  let resultsFile: String?

  /// Checks `expectations` against a results file.
  ///
  /// - Parameters:
  ///   - file: the results file; see ``ResultsPath``.
  ///   - spec: where given, the spec that the results must be of, as it is now.
  ///   - caller: path of the source file of the test.
  init(_ expectations: [String], in file: String, spec: String?, caller: String) {
    var (outcomes, failures) = (
      expectations.map { _ -> ProbeAnalysis.Expectation.Outcome? in nil }, [String]()
    )
    var resultsFile: String?
    do throws(SpecError) {
      let path = try ResultsPath.resolve(file, caller: caller)
      resultsFile = path
      let results = try Results(file: path)
      let check = ExpectationCheck(results, file: file, expectations: expectations)
      // Without expectations the check is of those that the results were made with: an empty list asserts nothing.
      outcomes = expectations.isEmpty ? [] : check.cases.map { $0.outcome }
      failures =
        expectations.isEmpty
        ? ["no expectation was given"]
        : check.cases.filter { $0.outcome?.holds != true }.map { $0.explanation }
      if let spec { failures = try Self.staleness(results, file, spec, caller) + failures }
    } catch {
      failures.insert("\(error)", at: 0)
    }
    (self.outcomes, self.failures, self.resultsFile) = (outcomes, failures, resultsFile)
  }

  private static func staleness(_ results: Results, _ file: String, _ spec: String, _ caller: String)
    throws(SpecError) -> [String]
  {
    let resolved = try ResultsPath.resolve(spec, caller: caller)
    let stale = try Staleness.of(results, file: file, spec: resolved, named: spec)
    return stale.map { [$0] } ?? []
  }

  /// The report beside the results file, and the results themselves: name and bytes of those that are there.
  var attachments: [(name: String, bytes: [UInt8])] {
    reportFiles.compactMap { path in
      (try? Data(contentsOf: URL(fileURLWithPath: path))).map {
        ((path as NSString).lastPathComponent, [UInt8]($0))
      }
    }
  }

  /// Paths of the report and the results.
  var reportFiles: [String] {
    guard let resultsFile else { return [] }
    let report = (resultsFile as NSString).deletingPathExtension + ".html"
    return [report, resultsFile].filter { FileManager.default.fileExists(atPath: $0) }
  }
}
