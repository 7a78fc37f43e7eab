extension Architecture {
  /// Qwen3: Llama with a norm on every head's queries and keys.
  static let qwen3 = Architecture(
    name: "Qwen3",
    modelTypes: ["qwen3"],
    config: { (reader) throws(ModelError) in
      var config = try LlamaShape.config(
        reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6)),
        defaults: LlamaShape.Defaults(nKeyValueHeads: 32, dHead: 128))
      config.windows = try reader.qwenWindows(nLayers: config.nLayers)
      config.queryKeyNorm = .perHead
      if try reader.bool("attention_bias", default: false) {
        config.biases = [.queryKeyValue, .attentionOut]
      }
      return config
    },
    naming: LlamaShape.naming,
    gguf: .llamaShape(
      "qwen3", modelType: "qwen3",
      tensors: ["self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"]),
    weights: LlamaShape().weights)
}
