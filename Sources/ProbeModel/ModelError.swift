/// What went wrong with a checkpoint, a tokenizer, a corpus or a hook name: what, where, expected, found, next step.
public struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of trouble, for code; the text is for people.
  public enum Reason: String, Sendable {
    case notFound, unreadable, corrupt, unsupported, missingTensor, unexpectedTensor, wrongShape, wrongType,
      missingKey
    case badValue, unknownHook, badInput, nonFinite
  }

  /// The kind of trouble.
  public let reason: Reason
  /// File, and inside it the tensor, key, line or hook.
  public let location: String
  /// What is wrong: expected and found.
  public let problem: String
  /// What to do next; empty when the problem says it all.
  public let advice: String

  /// Makes an error; `location` names the file and the place inside it.
  public init(_ reason: Reason, at location: String, _ problem: String, advice: String = "") {
    self.reason = reason
    self.location = location
    self.problem = problem
    self.advice = advice
  }

  /// Where, what, and what to do next.
  public var description: String { "\(location): \(problem)" + (advice.isEmpty ? "" : ". \(advice)") }
}
