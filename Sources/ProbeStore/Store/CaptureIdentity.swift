import ProbeMath
import ProbeModel

/// Which positions of a sequence are captured.
public enum Positions: String, Sendable, Codable, CaseIterable {
  /// Every token, sentinels included.
  case all
  /// The last token of the text itself, or of the prompt of a chat format, before anything that the tokenizer
  /// appends.
  case last
  /// The tokens that share a byte with a labelled span.
  case labelled
  /// One row per example: the mean over the text's own tokens, sentinels left out.
  case mean
}

/// What happens to a text that is longer than the model's context.
public enum OverflowPolicy: String, Sendable, Codable, CaseIterable {
  /// The capture is refused.
  case error
  /// The text's last tokens are dropped until it fits; what the tokenizer adds at either end stays.
  case truncate
  /// The example is left out.
  case skip
}

/// Everything that decides what a capture's numbers are. Two captures are the same exactly when their identities
/// are; names, specs, paths and the set of points are no part of it.
public struct CaptureIdentity: Sendable, Equatable {
  /// Changes when the same inputs would give other activations: with the forward pass's arithmetic, the batch
  /// plan, the selection of positions or the rounding of stored scalars.
  public static let currentNumericsVersion = 2

  /// SHA-256 of the model's weights.
  public let weightsDigest: String
  /// Digest of the tokenizer; nil when the corpus gives token ids only.
  public let tokenizerDigest: String?
  /// ``Corpus/digest``.
  public let corpusDigest: String
  /// Which positions are captured.
  public let positions: Positions
  /// What scalars are stored as.
  public let dtype: ScalarType
  /// What is put before a text; `none` when the corpus gives token ids only.
  public let sentinel: Tokenizer.Sentinel
  /// How texts are put to the model; `raw` when the corpus gives token ids only.
  public let chat: ChatFormat
  /// What happens to texts beyond the context.
  public let overflow: OverflowPolicy
  /// ``currentNumericsVersion`` of the program that captured.
  public let numericsVersion: Int

  /// An identity from its parts; a corpus without texts has neither tokenizer, sentinel nor chat format.
  public init(
    weightsDigest: String, tokenizerDigest: String?, corpus: Corpus, positions: Positions, dtype: ScalarType,
    sentinel: Tokenizer.Sentinel, chat: ChatFormat = .raw, overflow: OverflowPolicy,
    numericsVersion: Int = currentNumericsVersion
  ) {
    let tokenizes = corpus.examples.contains { $0.tokenIDs == nil }
    self.weightsDigest = weightsDigest
    self.tokenizerDigest = tokenizes ? tokenizerDigest : nil
    corpusDigest = corpus.digest
    self.positions = positions
    self.dtype = dtype
    self.sentinel = tokenizes ? sentinel : .none
    self.chat = tokenizes ? chat : .raw
    self.overflow = overflow
    self.numericsVersion = numericsVersion
  }

  /// SHA-256 of all parts, each on a line `name=value`; `chat` has one only when it is not `raw`.
  public var digest: String {
    SHA256Digest.of(
      """
      weights=\(weightsDigest)
      tokenizer=\(tokenizerDigest ?? "")
      corpus=\(corpusDigest)
      positions=\(positions.rawValue)
      dtype=\(dtype.rawValue)
      sentinel=\(sentinel.rawValue)
      overflow=\(overflow.rawValue)
      numerics=\(numericsVersion)

      """ + (chat == .raw ? "" : "chat=\(chat.rawValue)\n"))
  }
}
