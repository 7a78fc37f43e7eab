import ProbeMath
import ProbeModel

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
  /// How it is captured; sentinel, chat format and pieces are those that matter.
  public let settings: CaptureSettings
  /// Which examples were kept; nil for all.
  public let subsample: Subsample?
  /// Which part of the capture it is; nil for the whole.
  public let shard: Shard?
  /// ``currentNumericsVersion`` of the program that captured.
  public let numericsVersion: Int

  /// An identity from its parts; a corpus without texts has neither tokenizer, sentinel, chat format
  /// nor pieces.
  public init(
    weightsDigest: String, tokenizerDigest: String?, corpus: Corpus, settings: CaptureSettings,
    subsample: Subsample? = nil, shard: Shard? = nil, numericsVersion: Int = currentNumericsVersion
  ) {
    let tokenizes = corpus.examples.contains { $0.tokenIDs == nil }
    var settings = settings
    if !tokenizes { (settings.sentinel, settings.chat, settings.pieces) = (.none, .raw, .whole) }
    self.init(
      weightsDigest: weightsDigest, tokenizerDigest: tokenizes ? tokenizerDigest : nil,
      corpusDigest: corpus.digest, settings: settings, subsample: subsample, shard: shard,
      numericsVersion: numericsVersion)
  }

  init(
    weightsDigest: String, tokenizerDigest: String?, corpusDigest: String, settings: CaptureSettings,
    subsample: Subsample?, shard: Shard?, numericsVersion: Int
  ) {
    (self.weightsDigest, self.tokenizerDigest) = (weightsDigest, tokenizerDigest)
    (self.corpusDigest, self.settings) = (corpusDigest, settings)
    (self.subsample, self.shard, self.numericsVersion) = (subsample, shard, numericsVersion)
  }

  /// The same capture, in another part or whole.
  func part(_ shard: Shard?) -> CaptureIdentity {
    CaptureIdentity(
      weightsDigest: weightsDigest, tokenizerDigest: tokenizerDigest, corpusDigest: corpusDigest,
      settings: settings, subsample: subsample, shard: shard, numericsVersion: numericsVersion)
  }

  /// SHA-256 of all parts, each on a line `name=value`. Parts that came later have a line only where they say
  /// something, so that older captures keep their digest.
  public var digest: String {
    SHA256Digest.of(
      """
      weights=\(weightsDigest)
      tokenizer=\(tokenizerDigest ?? "")
      corpus=\(corpusDigest)
      positions=\(settings.positions.rawValue)
      dtype=\(settings.dtype.rawValue)
      sentinel=\(settings.sentinel.rawValue)
      overflow=\(settings.overflow.rawValue)
      numerics=\(numericsVersion)

      """ + later.map { "\($0)\n" }.joined())
  }

  private var later: [String] {
    var lines: [String] = []
    if settings.chat != .raw { lines.append("chat=\(settings.chat.rawValue)") }
    if settings.pieces != .whole { lines.append("pieces=\(settings.pieces.rawValue)") }
    if settings.deduplicate { lines.append("deduplicate=1") }
    if let subsample { lines.append("subsample=\(subsample.rawValue)") }
    if let shard { lines.append("shard=\(shard.rawValue)") }
    return lines
  }
}
