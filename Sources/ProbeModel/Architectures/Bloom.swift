extension Architecture {
  /// BLOOM: pre-norm, a norm on the embedding, ALiBi, q, k, v fused head by head.
  static let bloom = Architecture(
    name: "BLOOM",
    modelTypes: ["bloom"],
    config: bloomConfig,
    naming: TensorNaming(prefix: "transformer.", unprefixed: ["lm_head.weight"]),
    gguf: nil,
    weights: bloomWeights)
}

private func bloomConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  try reader.require(
    "apply_residual_connection_post_layernorm", isOneOf: [.bool(false)],
    because: "branches that are added to the norm's output are not supported")
  // Old files have both, and the old name is the one that holds.
  let dModel = try reader.dimension(reader.has("n_embed") ? "n_embed" : "hidden_size")
  let nHeads = try reader.dimension("n_head", or: "num_attention_heads")
  return TransformerConfig(
    nLayers: try reader.blockCount("n_layer", or: "num_hidden_layers"), nHeads: nHeads,
    nKeyValueHeads: nHeads, dModel: dModel, dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: 4 * dModel, dVocab: try reader.dimension("vocab_size"),
    nContext: TransformerConfig.unlimitedContext,
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-5)),
    blockOrder: .preNorm, positions: .linearBias, activation: .geluTanh, mlp: .plain, masking: .causal,
    head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied, biases: .blocks)
}

private func bloomWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "h.\(layer)"
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).input_layernorm", dModel, hasBias: true),
        attention: try reader.attentionFusedByHead(
          "\(block).self_attention.query_key_value", out: "\(block).self_attention.dense", config),
        ln2: try reader.norm("\(block).post_attention_layernorm", dModel, hasBias: true),
        mlp: try reader.mlp("\(block).mlp.dense_h_to_4h", "\(block).mlp.dense_4h_to_h", config)))
  }
  let embedding = try reader.embedding("word_embeddings.weight", [config.dVocab, dModel], config: config)
  return TransformerWeights(
    embedding: embedding,
    embeddingNorm: try reader.norm("word_embeddings_layernorm", dModel, hasBias: true), blocks: blocks,
    finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
}
