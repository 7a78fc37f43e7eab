import ProbeAnalysis
import Testing

/// Asserts a number of a results file inside a Swift Testing test.
///
/// ```swift
/// @Test func capitalsAreKnown() {
///   expectProbe("truth-probe.truth.best.accuracy.lower >= 0.6", in: "Reports/capitals-truth.json")
/// }
/// ```
/// A failure names what was found, where and on how many items, and points at the caller's line.
///
/// - Parameters:
///   - expectation: what is asserted; see ``Expectation`` for the paths.
///   - file: a results file written by `probe analyze`.
///   - sourceLocation: where the assertion stands.
/// - Returns: what became of it; nil when the file or the expectation cannot be read, which is a failure too.
@discardableResult
public func expectProbe(
  _ expectation: String, in file: String, sourceLocation: SourceLocation = #_sourceLocation
) -> ProbeAnalysis.Expectation.Outcome? {
  do throws(SpecError) {
    let outcome = try ProbeAnalysis.Expectation(expectation).evaluate(Results(file: file).measurements)
    if !outcome.holds {
      let found = outcome.found.map { "\($0)" } ?? "undefined"
      let size = "n = \(outcome.value.n) in \(outcome.value.groups) groups"
      Issue.record(
        "\(outcome.text) does not hold: found \(found) at \(outcome.point ?? "-"), \(size)",
        sourceLocation: sourceLocation)
    }
    return outcome
  } catch {
    Issue.record("\(error)", sourceLocation: sourceLocation)
    return nil
  }
}
