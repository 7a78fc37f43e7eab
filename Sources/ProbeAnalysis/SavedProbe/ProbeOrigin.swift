import Foundation
import ProbeModel
import ProbeStore

/// Where a probe comes from: what it was fitted on, and what it can be applied to.
public struct ProbeOrigin: Sendable, Equatable {
  /// Full name of the hook point, such as `blocks.12.hook_resid_post`.
  public var point: String
  /// Name of the model.
  public var model: String
  /// SHA-256 of the model's weights.
  public var weightsDigest: String
  /// File name of the corpus.
  public var corpus: String
  /// SHA-256 of the corpus's content.
  public var corpusDigest: String
  /// SHA-256 of the spec's text; nil without a spec.
  public var specDigest: String?
  /// Which positions were captured, as a spec names them.
  public var positions: String
  /// The label that it tells.
  public var label: String
  /// Seed of the experiment.
  public var seed: UInt64
  /// What an item is; nil where it is decided by where the corpus has the label.
  public var unit: ItemUnit?
  /// ``fingerprint(of:)`` of the examples it was fitted on, rising.
  public var training: [UInt64]

  /// An origin from its parts, with nothing that it was fitted on.
  public init(
    point: String, model: String, weightsDigest: String, corpus: String, corpusDigest: String,
    positions: String,
    label: String, seed: UInt64
  ) {
    (self.point, self.model, self.weightsDigest) = (point, model, weightsDigest)
    (self.corpus, self.corpusDigest, self.positions) = (corpus, corpusDigest, positions)
    (self.label, self.seed, training) = (label, seed, [])
  }

  /// The origin of a probe that was fitted on some examples of a capture.
  ///
  /// - Parameter training: the examples that fitted it, whichever of their positions.
  public init(
    _ capture: CaptureRecord, point: HookPoint, label: String, seed: UInt64, training: some Sequence<Example>
  ) {
    self.point = point.name
    model = capture.modelName
    weightsDigest = capture.weightsDigest
    corpus = (capture.corpusPath as NSString).lastPathComponent
    corpusDigest = capture.corpusDigest
    specDigest = capture.spec.isEmpty ? nil : SHA256Digest.of(capture.spec)
    positions = capture.settings.positions.rawValue
    self.label = label
    self.seed = seed
    self.training = Set(training.map { Self.fingerprint(of: $0) }).sorted()
  }

  /// The first 8 bytes of the SHA-256 of what the model read of an example: its text, or its token ids.
  public static func fingerprint(of example: Example) -> UInt64 {
    let content =
      example.text ?? "token ids \((example.tokenIDs ?? []).map { String($0) }.joined(separator: " "))"
    // 16 hexadecimal digits always fit.
    return UInt64(SHA256Digest.of(content).prefix(16), radix: 16) ?? 0
  }

  // MARK: - In a file

  /// As texts of a file.
  var texts: [String: String] {
    var texts = [
      "point": point, "model": model, "weights_sha256": weightsDigest, "corpus": corpus,
      "corpus_sha256": corpusDigest, "positions": positions, "label": label, "seed": "\(seed)",
      "training_examples": training.map { String($0, radix: 16) }.joined(separator: " "),
    ]
    texts["spec_sha256"] = specDigest
    texts["items"] = unit?.rawValue
    return texts
  }

  /// The origin that a file's texts tell.
  ///
  /// - Throws: ``ModelError`` `.missingKey`, `.badValue`.
  init(_ parts: ProbeParts) throws(ModelError) {
    (point, model) = (try parts.text("point"), try parts.text("model"))
    (weightsDigest, corpus) = (try parts.text("weights_sha256"), try parts.text("corpus"))
    (corpusDigest, specDigest) = (try parts.text("corpus_sha256"), parts.texts["spec_sha256"])
    (positions, label) = (try parts.text("positions"), try parts.text("label"))
    _ = try parts.text("seed")
    seed = try parts.number("seed") ?? 0
    unit = parts.texts["items"].flatMap { ItemUnit(rawValue: $0) }
    var training: [UInt64] = []
    for text in try parts.text("training_examples").split(separator: " ") {
      guard let number = UInt64(text, radix: 16) else {
        throw parts.bad("training_examples", "expected hexadecimal numbers, found \(text)")
      }
      training.append(number)
    }
    self.training = training
  }
}
