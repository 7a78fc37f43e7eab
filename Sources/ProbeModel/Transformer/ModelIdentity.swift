import Foundation

/// Which model it was: what captures and results carry as provenance.
public struct ModelIdentity: Sendable, Equatable, Codable {
  /// A short name: the last part of the path without its extension; of a twin with its seed.
  public let name: String
  /// The family.
  public let architecture: String
  /// Where the checkpoint lay.
  public let path: String
  /// SHA-256 over the weight files' bytes, in the order of their names, and the configuration; of a twin over what its
  /// weights follow from: the configuration, the seed and the version of the rules.
  public let weightsDigest: String
  /// SHA-256 over everything that decides token ids; nil without a tokenizer.
  public let tokenizerDigest: String?
}

extension HookedTransformer {
  /// Digests the weights and the tokenizer: reads every byte of the checkpoint, so ask once and keep the answer.
  public func identity() -> ModelIdentity {
    var tokens = SHA256Digest()
    if let tokenizer { tokens.update(tokenizer.canonicalBytes) }
    return ModelIdentity(
      name: name, architecture: architecture, path: path, weightsDigest: checkpoint.weightsDigest,
      tokenizerDigest: tokenizer == nil ? nil : tokens.finish())
  }

  /// A short name: the last part of the path without its extension; of a twin with its seed.
  public var name: String {
    let last = URL(fileURLWithPath: path).standardizedFileURL
    let name =
      ["gguf", "safetensors"].contains(last.pathExtension)
      ? last.deletingPathExtension().lastPathComponent
      : last.lastPathComponent
    return checkpoint.twin.map { "\(name) (random, seed \($0.seed))" } ?? name
  }
}

extension HookedTransformer {
  /// The weights' digest of the checkpoint at `path`, without loading it; the same as ``identity()`` gives.
  ///
  /// - Throws: ``ModelError``.
  public static func weightsDigest(of path: String) throws(ModelError) -> String {
    try Checkpoint(path: path).weightsDigest
  }
}

extension Checkpoint {
  /// SHA-256 over the weight files' bytes, in the order of their names, and the configuration; of a twin over what
  /// its weights follow from.
  var weightsDigest: String {
    if let twin { return twin.weightsDigest }
    var weights = SHA256Digest()
    for file in files { weights.update(file.bytes) }
    if case .huggingFace(let config, _) = layout { weights.update(config.text.utf8) }
    return weights.finish()
  }
}
