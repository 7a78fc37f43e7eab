extension Architecture {
  /// Gemma 2: Gemma with norms before and after both branches, soft caps on scores and logits, and a window in every
  /// second block.
  static let gemma2 = Architecture(
    name: "Gemma 2",
    modelTypes: ["gemma2"],
    config: gemma2Config,
    naming: LlamaShape.naming,
    gguf: .llamaShape(
      "gemma2", modelType: "gemma2",
      tensors: [
        "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
        "post_feedforward_layernorm": "post_ffw_norm",
      ]
    ) { (reader) throws(ModelError) in try gemma2Members(reader) },
    weights: LlamaShape(gainOffset: 1).weights,
    initialization: LlamaShape.gemmaInitialization)
}

/// What a file leaves out has the published models' values, as for `config.json`.
private func gemma2Members(_ reader: GGUFConfigReader) throws(ModelError) -> [String: JSONValue] {
  var members: [String: JSONValue] = [:]
  members["attn_logit_softcapping"] = try reader.optionalValue("attn_logit_softcapping")
  members["final_logit_softcapping"] = try reader.optionalValue("final_logit_softcapping")
  members["sliding_window"] = try reader.window()
  // GGUF has no key for it. llama.cpp knows the 27B model, whose scale differs, by its number of blocks.
  let isLargest = try reader.dimension("block_count") == 46
  let perHead = try reader.dimension("embedding_length") / reader.dimension("attention.head_count")
  members["query_pre_attn_scalar"] = .integer(isLargest ? perHead : try reader.headWidth())
  return members
}

private func gemma2Config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  var config = try LlamaShape.gemmaConfig(reader, nKeyValueHeads: 4)
  config.blockOrder = .sandwichNorm
  config.activation = try reader.activation("hidden_activation", default: "gelu_pytorch_tanh")
  config.scoreScale = 1 / (try reader.optionalPositive("query_pre_attn_scalar") ?? 256).squareRoot()
  config.scoreSoftCap = try reader.softCap("attn_logit_softcapping", default: 50)
  config.logitSoftCap = try reader.softCap("final_logit_softcapping", default: 30)
  let window =
    try reader.optionalDimension("sliding_window") ?? (reader.isNull("sliding_window") ? nil : 4096)
  if let window {
    config.windows = try reader.windows(window, nLayers: config.nLayers) { $0.isMultiple(of: 2) }
  }
  return config
}

extension ConfigReader {
  /// A soft cap: null means none, a file without the key has the published model's.
  fileprivate func softCap(_ key: String, default fallback: Float) throws(ModelError) -> Float? {
    try optionalPositive(key) ?? (isNull(key) ? nil : fallback)
  }
}
