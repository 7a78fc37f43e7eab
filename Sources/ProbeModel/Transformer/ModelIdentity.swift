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
  /// weights follow from: the configuration, the seed, the version of the rules, and the model's own digest where some of
  /// its weights are kept.
  public let weightsDigest: String
  /// SHA-256 over everything that decides token ids; nil without a tokenizer.
  public let tokenizerDigest: String?
}

extension HookedTransformer {
  /// Digests the weights and the tokenizer: reads every byte of the checkpoint unless `cache` knows its files, so
  /// ask once and keep the answer.
  public func identity(cache: DigestCache = .usual) -> ModelIdentity {
    var tokens = SHA256Digest()
    if let tokenizer { tokens.update(tokenizer.canonicalBytes) }
    return ModelIdentity(
      name: name, architecture: architecture, path: path,
      weightsDigest: checkpoint.weightsDigest(cache),
      tokenizerDigest: tokenizer == nil ? nil : tokens.finish())
  }

  /// A short name: the last part of the path without its extension; of a twin with its seed.
  public var name: String { Self.name(of: path, twin: checkpoint.twin.map { ($0.seed, $0.keeps) }) }

  /// The short name of the model at `path`, or of its twin.
  public static func name(of path: String, twin: (seed: UInt64, keeps: TwinKeeps)? = nil) -> String {
    let last = URL(fileURLWithPath: path).standardizedFileURL
    let name =
      ["gguf", "safetensors"].contains(last.pathExtension)
      ? last.deletingPathExtension().lastPathComponent
      : last.lastPathComponent
    guard let twin else { return name }
    return "\(name) (random\(twin.keeps == .embeddings ? " blocks" : ""), seed \(twin.seed))"
  }
}

extension HookedTransformer {
  /// The weights' digest of the checkpoint at `path`, without loading it; the same as ``identity(cache:)`` gives.
  ///
  /// - Throws: ``ModelError``.
  public static func weightsDigest(of path: String, cache: DigestCache = .usual) throws(ModelError) -> String
  {
    try Checkpoint(path: path).weightsDigest(cache)
  }
}

extension Checkpoint {
  /// SHA-256 over the weight files' bytes, in the order of their names, and the configuration; of a twin over what
  /// its weights follow from.
  func weightsDigest(_ cache: DigestCache) -> String {
    if let twin { return twin.weightsDigest { ownDigest(cache) } }
    return ownDigest(cache)
  }

  private func ownDigest(_ cache: DigestCache) -> String {
    guard case .huggingFace(let config, _) = layout else { return cache.digest(of: files) }
    return cache.digest(of: files, then: config.text)
  }
}
