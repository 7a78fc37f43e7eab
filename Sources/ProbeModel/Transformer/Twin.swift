/// What a random-initialised twin has of its model besides the configuration.
public enum TwinKeeps: String, Sendable, Codable, CaseIterable {
  /// No weight: all are drawn.
  case nothing
  /// Everything that makes the stream before the first block: the vectors of tokens, positions and token types, their
  /// projection and their norm; where the unembedding is the embedding, it, too. The baseline of the AST-Probe paper
  /// (López et al., ASE 2022): what a probe finds above its layer 0 is what fresh blocks mix.
  case embeddings
}

/// What decides the weights of a random-initialised twin.
struct Twin: Sendable {
  /// Of the draws.
  let seed: UInt64
  /// What is not drawn.
  let keeps: TwinKeeps
  /// The configuration's text.
  let configuration: String

  /// The weights of the twin of `checkpoint`.
  ///
  /// - Throws: ``ModelError`` for a configuration that the family's initialisation cannot use.
  func weights(_ checkpoint: Checkpoint, _ config: TransformerConfig) throws(ModelError) -> InitialWeights {
    let (architecture, reader) = try Architecture.described(checkpoint)
    return InitialWeights(
      try architecture.initialization(reader, config), config: config, seed: seed, path: checkpoint.path)
  }

  /// SHA-256 over what the weights follow from. No digest of files begins like this, so that it is none of theirs.
  ///
  /// - Parameter original: gives the digest of the model's own weights, of which some may be kept.
  func weightsDigest(original: () -> String) -> String {
    let kept = keeps == .nothing ? "" : ", \(keeps.rawValue) of \(original())"
    return SHA256Digest.of("initial weights \(Initialization.version), seed \(seed)\(kept): \(configuration)")
  }
}

extension TransformerWeights {
  /// These weights, with what is kept of those of `checkpoint`.
  func keeping(
    _ keeps: TwinKeeps, of checkpoint: Checkpoint, _ architecture: Architecture, _ config: TransformerConfig
  ) throws(ModelError) -> TransformerWeights {
    guard keeps == .embeddings else { return self }
    // A model without blocks is embeddings and head: no block is read.
    var shallow = config
    shallow.nLayers = 0
    var reader = WeightReader(checkpoint: checkpoint, architecture: architecture)
    let own = try architecture.weights(&reader, shallow)
    var weights = self
    weights.embedding = own.embedding
    weights.embeddingProjection = own.embeddingProjection
    weights.positionEmbedding = own.positionEmbedding
    weights.tokenTypeEmbedding = own.tokenTypeEmbedding
    weights.embeddingNorm = own.embeddingNorm
    if config.head == .tied, let unembedding {
      weights.unembedding = own.unembedding.map { Linear(packed: $0.packed, bias: unembedding.bias) }
    }
    return weights
  }
}

extension HookedTransformer {
  /// The random-initialised twin of the model at `path`: its architecture, configuration and tokenizer with fresh
  /// weights, drawn as its family draws them before training.
  ///
  /// What a probe finds in the twin's activations is there without any training. A folder that holds a `config.json`
  /// and no weights serves as well; the twin then has every part that its family knows, the head included. The same
  /// seed gives the same weights, whatever file format the original has. GGUF does not keep the standard deviation of
  /// the initialisation nor the padding token: there they are what the family takes without the keys.
  ///
  /// - Parameters:
  ///   - path: a checkpoint, as for ``open(_:)``.
  ///   - seed: of the draws.
  ///   - keeps: what is the model's own. All else is bit for bit that of the twin that keeps nothing.
  /// - Throws: as ``open(_:)``.
  public static func twin(of path: String, seed: UInt64, keeps: TwinKeeps = .nothing) throws
    -> HookedTransformer
  {
    try open(Checkpoint.twin(of: path, seed: seed, keeps: keeps))
  }

  /// The weights' digest of a twin, without drawing them; the same as ``identity(cache:)`` gives.
  ///
  /// - Throws: ``ModelError``.
  public static func weightsDigest(
    ofTwinOf path: String, seed: UInt64, keeps: TwinKeeps = .nothing
  ) throws(ModelError) -> String {
    try Checkpoint.twin(of: path, seed: seed, keeps: keeps).weightsDigest(.usual)
  }
}

extension Checkpoint {
  /// The checkpoint of the twin of the model at `path`.
  static func twin(of path: String, seed: UInt64, keeps: TwinKeeps) throws(ModelError) -> Checkpoint {
    let original = try Checkpoint(path: path, needsWeights: keeps != .nothing)
    let configuration = try Architecture.described(original).1.text
    return Checkpoint(original, twin: Twin(seed: seed, keeps: keeps, configuration: configuration))
  }
}
