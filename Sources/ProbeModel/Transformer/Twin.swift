/// What decides the weights of a random-initialised twin.
struct Twin: Sendable {
  /// Of the draws.
  let seed: UInt64
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
  var weightsDigest: String {
    SHA256Digest.of("initial weights \(Initialization.version), seed \(seed): \(configuration)")
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
  /// - Throws: as ``open(_:)``.
  public static func twin(of path: String, seed: UInt64) throws -> HookedTransformer {
    try open(Checkpoint.twin(of: path, seed: seed))
  }

  /// The weights' digest of a twin, without drawing them; the same as ``identity(cache:)`` gives.
  ///
  /// - Throws: ``ModelError``.
  public static func weightsDigest(ofTwinOf path: String, seed: UInt64) throws(ModelError) -> String {
    try Checkpoint.twin(of: path, seed: seed).weightsDigest(.usual)
  }
}

extension Checkpoint {
  /// The checkpoint of the twin of the model at `path`.
  static func twin(of path: String, seed: UInt64) throws(ModelError) -> Checkpoint {
    let original = try Checkpoint(path: path, needsWeights: false)
    let configuration = try Architecture.described(original).1.text
    return Checkpoint(original, twin: Twin(seed: seed, configuration: configuration))
  }
}
