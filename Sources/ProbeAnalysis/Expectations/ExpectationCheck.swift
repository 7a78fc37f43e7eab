/// Expectations checked against one results file: what verdicts, JUnit files and the summaries of CI services are
/// written from.
public struct ExpectationCheck: Sendable {
  /// The experiment's name; the file's where it cannot be read.
  public let name: String
  /// Path of the results file.
  public let file: String
  /// One an expectation, in the order given.
  public let cases: [Case]
  /// What was measured; empty where the file cannot be read.
  public let measurements: [String: [Measurement]]

  /// One expectation.
  public struct Case: Sendable {
    /// The expectation as written.
    public let text: String
    /// What became of it.
    public let verdict: Verdict
    /// What became of it in words.
    public let explanation: String
  }

  /// Met, not met, or not to be told. The last is no finding about the model: the question is wrong.
  public enum Verdict: Sendable {
    /// It could be evaluated; ``Expectation/Outcome/holds`` says how it went.
    case evaluated(Expectation.Outcome)
    /// The file cannot be read, or the expectation addresses nothing in it.
    case error(SpecError)
  }

  /// Checks `expectations` against a file; without any, those that it was made with.
  ///
  /// A file that cannot be read is one case that is an error.
  public init(file: String, expectations: [String] = []) {
    do throws(SpecError) {
      self.init(try Results(file: file), file: file, expectations: expectations)
    } catch {
      let unread = Case(text: "the results can be read", verdict: .error(error), explanation: "\(error)")
      self.init(name: file, file: file, cases: [unread], measurements: [:])
    }
  }

  /// Whether the file could be read.
  public var isRead: Bool { !measurements.isEmpty }

  /// Checks `expectations` against results; without any, those that they were made with.
  public init(_ results: Results, file: String, expectations: [String] = []) {
    let measurements = results.measurements
    let texts = expectations.isEmpty ? results.expectations.map { $0.text } : expectations
    (name, self.file, self.measurements) = (results.name, file, measurements)
    cases = texts.map { text in
      do throws(SpecError) {
        let outcome = try Expectation(text).evaluate(measurements)
        return Case(outcome, measurements)
      } catch {
        return Case(text: text, verdict: .error(error), explanation: "\(error)")
      }
    }
  }

  /// What results say of their own expectations, as it was found when they were made.
  public init(recordedIn results: Results, file: String = "") {
    let measurements = results.measurements
    (name, self.file, self.measurements) = (results.name, file, measurements)
    cases = results.expectations.map { Case($0, measurements) }
  }

  private init(name: String, file: String, cases: [Case], measurements: [String: [Measurement]]) {
    (self.name, self.file, self.cases, self.measurements) = (name, file, cases, measurements)
  }

  /// Expectations that are not met.
  public var unmet: [Case] { cases.filter { $0.outcome?.holds == false } }
  /// What went wrong where an expectation could not be evaluated.
  public var errors: [SpecError] {
    cases.compactMap { if case .error(let error) = $0.verdict { error } else { nil } }
  }
}

extension ExpectationCheck.Case {
  fileprivate init(_ outcome: Expectation.Outcome, _ measurements: [String: [Measurement]]) {
    self.init(
      text: outcome.text, verdict: .evaluated(outcome),
      explanation: OutcomeText(outcome, measurements: measurements).text)
  }

  /// What became of it; nil where it could not be evaluated.
  public var outcome: Expectation.Outcome? {
    if case .evaluated(let outcome) = verdict { outcome } else { nil }
  }
}
