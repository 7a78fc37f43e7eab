/// What is wrong with a tokenizer, or with what was asked of it.
///
/// Everything that comes from a file is answered with this error, never with a trap. It says which file and
/// which key of it, what was expected there, what was found, and what to do next.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of trouble, for callers that branch on it.
  public enum Reason: String, Sendable, Equatable, CaseIterable {
    /// The bytes are not JSON.
    case malformedJSON
    /// A key that is needed is absent.
    case missingKey
    /// A key holds a value of another type.
    case wrongType
    /// A value has the right type and no meaning.
    case invalidValue
    /// A normalizer, pre-tokenizer, model, post-processor, decoder or pre-tokenizer tag that is not supported.
    case unsupportedComponent
    /// The vocabulary contradicts itself.
    case corruptVocabulary
    /// A merge names a token that the vocabulary lacks.
    case unknownMergeToken
    /// A beginning-of-sequence token was asked for, and there is none.
    case noBeginningToken
    /// A chat format needs a special token that the tokenizer lacks.
    case noChatToken
    /// The text is too long for 32-bit byte offsets.
    case textTooLong
    /// The vocabulary cannot spell a part of the text and has no unknown token.
    case unspellableText
    /// A pattern takes more steps on a text than any published one.
    case endlessPattern
    /// Rewriting makes a text many times as long.
    case endlessText
  }

  /// The kind of trouble.
  public let reason: Reason
  /// The file, as the caller named it.
  public let path: String
  /// The JSON key path or GGUF key.
  public let key: String
  /// What should have been there.
  public let expected: String
  /// What was there.
  public let found: String
  /// What to do next.
  public let nextStep: String

  init(_ reason: Reason, path: String, key: String, expected: String, found: String, nextStep: String) {
    self.reason = reason
    self.path = path
    self.key = key
    self.expected = expected
    self.found = found
    self.nextStep = nextStep
  }

  /// One line: file, key, trouble, expected and found, next step.
  public var description: String {
    let place = key.isEmpty ? path : "\(path): \(key)"
    return "\(place): \(headline): expected \(expected), found \(found). \(nextStep)"
  }

  private var headline: String {
    switch reason {
    case .malformedJSON: "not valid JSON"
    case .missingKey: "a key is missing"
    case .wrongType: "wrong type"
    case .invalidValue: "invalid value"
    case .unsupportedComponent: "unsupported component"
    case .corruptVocabulary: "corrupt vocabulary"
    case .unknownMergeToken: "a merge names a token that the vocabulary lacks"
    case .noBeginningToken: "no beginning-of-sequence token"
    case .noChatToken: "no such chat token"
    case .textTooLong: "text too long"
    case .unspellableText: "the vocabulary cannot spell the text"
    case .endlessPattern: "a pattern without end"
    case .endlessText: "a text without end"
    }
  }
}
