extension Architecture {
  /// OLMo-2: Llama with its norms on what attention and MLP add to the stream, and norms of queries and keys over all
  /// heads together.
  static let olmo2 = Architecture(
    name: "OLMo-2",
    modelTypes: ["olmo2"],
    config: { (reader) throws(ModelError) in
      var config = try LlamaShape.config(
        reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-5)))
      config.blockOrder = .branchNorm
      config.queryKeyNorm = .acrossHeads
      if try reader.bool("attention_bias", default: false) {
        config.biases = [.queryKeyValue, .attentionOut]
      }
      return config
    },
    naming: LlamaShape.naming,
    gguf: nil,
    weights: LlamaShape().weights,
    initialization: { (reader, _) throws(ModelError) in try Initialization(reader, paddingToken: 1) })
}
