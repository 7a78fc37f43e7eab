extension Architecture {
  /// Phi-1, Phi-1.5 and Phi-2: attention and MLP in parallel behind one layer norm, rotary positions on part of a head.
  static let phi = Architecture(
    name: "Phi",
    modelTypes: ["phi"],
    config: phiConfig,
    naming: LlamaShape.naming,
    gguf: nil,
    weights: phiWeights)
}

private func phiConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  var config = try LlamaShape.config(
    reader, normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_eps", default: 1e-5)),
    defaults: LlamaShape.Defaults(
      activation: "gelu_new", rotary: ConfigReader.RotaryKeys(defaultFraction: 0.5, isPartial: true)))
  config.blockOrder = .parallel
  config.mlp = .plain
  config.biases = [.blocks, .unembedding]
  if try reader.bool("qk_layernorm", default: false) { config.queryKeyNorm = .perHead }
  return config
}

private func phiWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let (dModel, width) = (config.dModel, config.nHeads * config.dHead)
  let keyWidth = config.nKeyValueHeads * config.dHead
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let (block, attention) = ("layers.\(layer)", "layers.\(layer).self_attn")
    var weights = AttentionWeights(
      q: try reader.linear("\(attention).q_proj", inputs: dModel, outputs: width, hasBias: true),
      k: try reader.linear("\(attention).k_proj", inputs: dModel, outputs: keyWidth, hasBias: true),
      v: try reader.linear("\(attention).v_proj", inputs: dModel, outputs: keyWidth, hasBias: true),
      o: try reader.linear("\(attention).dense", inputs: width, outputs: dModel, hasBias: true))
    if config.queryKeyNorm == .perHead {
      weights.queryNorm = try reader.norm("\(attention).q_layernorm", config.dHead, hasBias: true)
      weights.keyNorm = try reader.norm("\(attention).k_layernorm", config.dHead, hasBias: true)
    }
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).input_layernorm", dModel, hasBias: true), attention: weights,
        mlp: try reader.mlp("\(block).mlp.fc1", "\(block).mlp.fc2", config)))
  }
  let embedding = try reader.embedding("embed_tokens.weight", [config.dVocab, dModel], config: config)
  return TransformerWeights(
    embedding: embedding, blocks: blocks,
    finalNorm: try reader.norm("final_layernorm", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
}
