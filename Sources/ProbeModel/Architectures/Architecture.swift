/// One family of transformers: how its configuration and tensors are read.
///
/// A value, not a subclass: the forward pass is the same for all. A new family is one file with a
/// `static let` here, one line in ``all``, and a fixture that proves it.
public struct Architecture: Sendable {
  /// The family's name, as shown to people.
  public let name: String
  /// Values of `model_type` in `config.json` that mean this family.
  public let modelTypes: [String]
  /// Reads `config.json`.
  let config: @Sendable (ConfigReader) throws(ModelError) -> TransformerConfig
  let naming: TensorNaming
  /// How its checkpoints look in GGUF; nil when the family is not read from GGUF.
  let gguf: GGUFLayout?
  /// Reads the weights.
  let weights: @Sendable (inout WeightReader, TransformerConfig) throws(ModelError) -> TransformerWeights
  /// How a fresh model's weights are drawn.
  var initialization: @Sendable (ConfigReader, TransformerConfig) throws(ModelError) -> Initialization = {
    (reader, _) throws(ModelError) in try Initialization(reader)
  }

  /// All families.
  public static let all: [Architecture] = [
    .gpt2,
    .gptNeo,
    .gptNeoX,
    .gptJ,
    .codeGen,
    .opt,
    .bloom,
    .llama,
    .mistral,
    .qwen2,
    .qwen3,
    .olmo,
    .olmo2,
    .gemma,
    .gemma2,
    .phi,
    .phi3,
    .bert,
    .roberta,
    .distilBert,
    .t5,
    .probeTransformer,
  ]

  /// The family a checkpoint belongs to, and its configuration.
  ///
  /// - Throws: ``ModelError`` `.unsupported` naming the families there are.
  static func identify(_ checkpoint: Checkpoint) throws(ModelError) -> (Architecture, TransformerConfig) {
    let (architecture, reader) = try described(checkpoint)
    let config = try architecture.config(reader)
    guard case .gguf(let gguf) = checkpoint.layout else {
      try reader.finish()
      return (architecture, try architecture.validated(config, at: reader.path))
    }
    return (architecture, try architecture.validated(config, at: gguf.path))
  }

  /// The family a checkpoint belongs to, and its `config.json`: the one in its folder, or the one that GGUF's metadata
  /// stands for.
  static func described(_ checkpoint: Checkpoint) throws(ModelError) -> (Architecture, ConfigReader) {
    switch checkpoint.layout {
    case .huggingFace(let json, let folder):
      let reader = ConfigReader(json: json, path: "\(folder)/config.json")
      let type = try reader.string("model_type")
      guard let architecture = all.first(where: { $0.modelTypes.contains(type) }) else {
        throw unknown(type, at: "\(reader.path): model_type", all.flatMap { $0.modelTypes })
      }
      return (architecture, reader)
    case .gguf(let gguf):
      guard let type = try gguf.string("general.architecture") else {
        throw ModelError(.missingKey, at: gguf.path, "the metadata key general.architecture is missing")
      }
      guard let architecture = all.first(where: { $0.gguf?.architecture == type }),
        let layout = architecture.gguf
      else {
        throw unknown(
          type, at: "\(gguf.path): general.architecture", all.compactMap { $0.gguf?.architecture })
      }
      let metadata = GGUFConfigReader(gguf: gguf, architecture: type)
      let json = try layout.config(metadata)
      try metadata.finish()
      return (architecture, ConfigReader(json: json, path: "\(gguf.path): metadata"))
    }
  }

  private static func unknown(_ type: String, at location: String, _ known: [String]) -> ModelError {
    ModelError(
      .unsupported, at: location, "the architecture \(type) is not supported",
      advice: "Supported: \(known.joined(separator: ", "))")
  }

  private static let mostWeights = 1 << 48

  /// Relations between dimensions that the forward pass relies on.
  private func validated(_ config: TransformerConfig, at path: String) throws(ModelError) -> TransformerConfig
  {
    guard config.nHeads.isMultiple(of: config.nKeyValueHeads) else {
      throw ModelError(
        .badValue, at: path,
        "\(config.nHeads) heads do not divide among \(config.nKeyValueHeads) key–value heads")
    }
    // Products of dimensions that no machine holds would overflow further on.
    let widest = max(config.nHeads, config.nKeyValueHeads) * config.dHead
    for (rows, columns) in [
      (widest, config.dModel), (config.dMLP, config.dModel), (config.dVocab, config.dModel),
    ]
    where rows > Self.mostWeights / columns {
      throw ModelError(.badValue, at: path, "a matrix of \(rows) × \(columns) weights is not a possible one")
    }
    guard config.masking == .causal || config.windows.allSatisfy({ $0 == nil }) else {
      throw ModelError(.unsupported, at: path, "windows of attention that is not causal are not supported")
    }
    if case .rotary(let rotary) = config.positions {
      let dimensions = rotary.dimensions
      guard dimensions > 0, dimensions.isMultiple(of: 2), dimensions <= config.dHead else {
        throw ModelError(
          .badValue, at: path, "\(dimensions) rotary dimensions in heads of width \(config.dHead)")
      }
    }
    return config
  }
}
