import ProbeAnalysis
import XCTest

/// Asserts a number of a results file inside an XCTest test.
///
/// ```swift
/// func testCapitalsAreKnown() {
///   assertProbe("truth-probe.truth.best.accuracy.lower >= 0.6", in: "Reports/capitals-truth.json")
/// }
/// ```
/// As `expectProbe` for Swift Testing. XCTest on Linux has no attachments, so a failure names the report's path.
///
/// - Parameters:
///   - expectation: what is asserted; see `Expectation` for the paths.
///   - file: a results file written by `probe analyze`; relative to the working directory, else to the package of the
///     test.
///   - spec: the spec that the results must be of as it is now, with the corpus as it is now; not looked at unless
///     given.
///   - source: the file that the assertion stands in.
///   - line: and the line.
/// - Returns: what became of it; nil when the file or the expectation cannot be read, which is a failure too.
@discardableResult
public func assertProbe(
  _ expectation: String, in file: String, spec: String? = nil, source: StaticString = #filePath,
  line: UInt = #line
) -> ProbeAnalysis.Expectation.Outcome? {
  assertProbe([expectation], in: file, spec: spec, source: source, line: line).first ?? nil
}

/// Asserts several numbers of a results file inside an XCTest test; each that fails is a failure of its own.
///
/// - Parameters:
///   - expectations: what is asserted, at least one.
///   - file: as above.
///   - spec: as above.
///   - source: the file that the assertion stands in.
///   - line: and the line.
/// - Returns: what became of each, in the order given; nil where it could not be evaluated.
@discardableResult
public func assertProbe(
  _ expectations: [String], in file: String, spec: String? = nil, source: StaticString = #filePath,
  line: UInt = #line
) -> [ProbeAnalysis.Expectation.Outcome?] {
  let assertion = ProbeAssertion(expectations, in: file, spec: spec, caller: "\(source)")
  let report = assertion.reportFiles.first.map { ". Report: \($0)" } ?? ""
  for failure in assertion.failures { XCTFail(failure + report, file: source, line: line) }
  return assertion.outcomes
}
