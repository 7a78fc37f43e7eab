extension Architecture {
  /// Phi-3 and Phi-4-mini: Llama with q, k, v in one matrix, gate and up in another, and rotary positions whose
  /// frequencies are divided one by one for long contexts.
  static let phi3 = Architecture(
    name: "Phi-3",
    modelTypes: ["phi3"],
    config: { (reader) throws(ModelError) in
      var config = try LlamaShape.config(
        reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-5)),
        defaults: LlamaShape.Defaults(
          rotary: ConfigReader.RotaryKeys(
            isPartial: true, trained: 4096, types: ["su": "longrope", "yarn": "longrope"])))
      if let window = try reader.optionalDimension("sliding_window") {
        config.windows = Array(repeating: window, count: config.nLayers)
      }
      return config
    },
    naming: LlamaShape.naming,
    gguf: .llamaShape(
      "phi3", modelType: "phi3", isPartial: true,
      tensors: ["self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up"]
    ) { (reader) throws(ModelError) in
      ["sliding_window": try reader.window() ?? .null]
    },
    weights: LlamaShape(isFused: true).weights,
    initialization: { (reader, _) throws(ModelError) in try Initialization(reader, paddingToken: 32000) })
}
