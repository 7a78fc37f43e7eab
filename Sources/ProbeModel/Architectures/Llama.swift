extension Architecture {
  /// Llama 1–3 and its relatives of the same shape (SmolLM2): pre-norm, RMS norm, rotary positions in any scaling,
  /// grouped-query attention, gated MLP.
  ///
  /// GGUF stores the rows of q and k so that rotary pairs are neighbours; they are put back into the order of the
  /// original checkpoint when read, so that `hook_q` and `hook_k` mean the same for both.
  static let llama = Architecture(
    name: "Llama",
    modelTypes: ["llama"],
    config: llamaConfig,
    naming: LlamaShape.naming,
    gguf: .llamaShape("llama", modelType: "llama", turnsNeighbours: true) { (reader) throws(ModelError) in
      [
        "attention_bias": .bool(reader.hasTensor("blk.0.attn_q.bias")),
        "mlp_bias": .bool(reader.hasTensor("blk.0.ffn_up.bias")),
      ]
    },
    weights: LlamaShape().weights)
}

private func llamaConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  var config = try LlamaShape.config(
    reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6)))
  if try reader.bool("attention_bias", default: false) {
    config.biases.formUnion([.queryKeyValue, .attentionOut])
  }
  if try reader.bool("mlp_bias", default: false) { config.biases.insert(.mlp) }
  return config
}
