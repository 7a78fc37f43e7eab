extension Architecture {
  /// Gemma: Llama with gains stored as their distance from 1, an embedding times √dModel, and a tanh-gelu gate.
  static let gemma = Architecture(
    name: "Gemma",
    modelTypes: ["gemma"],
    config: { (reader) throws(ModelError) in
      var config = try LlamaShape.gemmaConfig(reader, nKeyValueHeads: 16)
      // Published files say gelu and mean its tanh approximation.
      config.activation = try reader.activation("hidden_act", default: "gelu_pytorch_tanh")
      if config.activation == .gelu { config.activation = .geluTanh }
      return config
    },
    naming: LlamaShape.naming,
    gguf: nil,
    weights: LlamaShape(gainOffset: 1).weights,
    initialization: LlamaShape.gemmaInitialization)
}

extension LlamaShape {
  /// What Gemma 1 and 2 share.
  static func gemmaConfig(_ reader: ConfigReader, nKeyValueHeads: Int) throws(ModelError) -> TransformerConfig
  {
    try reader.require(
      "use_bidirectional_attention", isOneOf: [.bool(false)],
      because: "attention without a causal mask is not supported")
    var config = try config(
      reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6)),
      defaults: Defaults(
        nKeyValueHeads: nKeyValueHeads, dHead: 256, activation: "gelu_pytorch_tanh", isTied: true))
    config.embeddingScale = Float(Double(config.dModel).squareRoot())
    if try reader.bool("attention_bias", default: false) { config.biases = [.queryKeyValue, .attentionOut] }
    return config
  }

  /// Stored gains are distances from 1.
  static func gemmaInitialization(
    _ reader: ConfigReader, _ config: TransformerConfig
  ) throws(ModelError) -> Initialization {
    var initialization = try Initialization(reader, paddingToken: 0)
    initialization.gain = 0
    return initialization
  }
}
