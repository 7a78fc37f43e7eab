extension Architecture {
  /// OLMo: Llama with layer norms that have no parameters, and queries, keys and values clamped where a file asks for it.
  static let olmo = Architecture(
    name: "OLMo",
    modelTypes: ["olmo"],
    config: { (reader) throws(ModelError) in
      // The published code fixes ε.
      var config = try LlamaShape.config(reader, normalization: .layerNorm(epsilon: 1e-5))
      config.queryKeyValueClip = try reader.optionalPositive("clip_qkv")
      if try reader.bool("attention_bias", default: false) {
        config.biases = [.queryKeyValue, .attentionOut]
      }
      return config
    },
    naming: LlamaShape.naming,
    gguf: nil,
    weights: LlamaShape(normsHaveGain: false).weights,
    initialization: { (reader, _) throws(ModelError) in try Initialization(reader, paddingToken: 1) })
}
