/// What is wrong with an experiment spec, an expectation or a results file.
public struct SpecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of trouble, for code; the text is for people.
  public enum Reason: String, Sendable {
    case notFound, unreadable, syntax, unknownKey, missingKey, wrongType, badValue, duplicate, unknownPath
    case notApplicable, missingData, cannotWrite
  }

  /// The kind of trouble.
  public let reason: Reason
  /// File, line, key or path.
  public let location: String
  /// What is wrong: expected and found.
  public let problem: String
  /// What to do next; empty when the problem says it all.
  public let advice: String

  /// Makes an error.
  public init(_ reason: Reason, at location: String, _ problem: String, advice: String = "") {
    self.reason = reason
    self.location = location
    self.problem = problem
    self.advice = advice
  }

  /// One line: place, problem, advice.
  public var description: String { "\(location): \(problem)" + (advice.isEmpty ? "" : ". \(advice)") }
}
