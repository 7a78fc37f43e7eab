import ProbeAnalysis
import Testing

/// Asserts a number of a results file inside a Swift Testing test.
///
/// ```swift
/// @Test func capitalsAreKnown() {
///   expectProbe("truth-probe.truth.best.accuracy.lower >= 0.6", in: "Reports/capitals-truth.json")
/// }
/// ```
/// Assert on the bound, as here: the estimate alone moves with the sample. A failure says what was found, with interval,
/// items, groups, chance and control, how many more would settle it, and points at the caller's line; report and results
/// are attached to the test.
///
/// - Parameters:
///   - expectation: what is asserted; see `Expectation` for the paths.
///   - file: a results file written by `probe analyze`; relative to the working directory, else to the package of the
///     test.
///   - spec: the spec that the results must be of as it is now, with the corpus as it is now; not looked at unless
///     given.
///   - sourceLocation: where the assertion stands.
/// - Returns: what became of it; nil when the file or the expectation cannot be read, which is a failure too.
@discardableResult
public func expectProbe(
  _ expectation: String, in file: String, spec: String? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) -> ProbeAnalysis.Expectation.Outcome? {
  expectProbe([expectation], in: file, spec: spec, sourceLocation: sourceLocation).first ?? nil
}

/// Asserts several numbers of a results file inside a Swift Testing test; each that fails is an issue of its own.
///
/// - Parameters:
///   - expectations: what is asserted, at least one.
///   - file: as above.
///   - spec: as above.
///   - sourceLocation: where the assertion stands.
/// - Returns: what became of each, in the order given; nil where it could not be evaluated.
@discardableResult
public func expectProbe(
  _ expectations: [String], in file: String, spec: String? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) -> [ProbeAnalysis.Expectation.Outcome?] {
  let assertion = ProbeAssertion(expectations, in: file, spec: spec, caller: sourceLocation.filePath)
  for failure in assertion.failures {
    Issue.record(Comment(rawValue: failure), sourceLocation: sourceLocation)
  }
  if !assertion.failures.isEmpty {
    for (name, bytes) in assertion.attachments {
      Attachment.record(bytes, named: name, sourceLocation: sourceLocation)
    }
  }
  return assertion.outcomes
}
