extension Architecture {
  /// OPT: learned positions from the table's third row on; norms before the branches, or behind them (350m), whose
  /// embedding is narrower than the stream.
  static let opt = Architecture(
    name: "OPT",
    modelTypes: ["opt"],
    config: optConfig,
    naming: TensorNaming(
      prefix: "model.", unprefixed: ["lm_head.weight"],
      ignores: { $0 == "decoder.version" || $0 == "model.decoder.version" }),
    gguf: nil,
    weights: optWeights,
    initialization: { (reader, _) throws(ModelError) in
      var initialization = try Initialization(reader, key: "init_std", paddingToken: 1)
      initialization.paddedTables = ["decoder.embed_tokens.weight"]
      return initialization
    })
}

/// Rows of the table of positions that no token gets.
private let unusedRows = 2

private func optConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let dModel = try reader.dimension("hidden_size")
  let nHeads = try reader.dimension("num_attention_heads")
  let isPreNorm = try reader.bool("do_layer_norm_before", default: true)
  var config = TransformerConfig(
    nLayers: try reader.blockCount("num_hidden_layers"), nHeads: nHeads, nKeyValueHeads: nHeads,
    dModel: dModel, dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.dimension("ffn_dim"), dVocab: try reader.dimension("vocab_size"),
    nContext: try reader.dimension("max_position_embeddings"), normalization: .layerNorm(epsilon: 1e-5),
    blockOrder: isPreNorm ? .preNorm : .postNorm,
    positions: .learned(LearnedPositions(firstRow: unusedRows)),
    activation: try reader.activation("activation_function", default: "relu"), mlp: .plain, masking: .causal,
    head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied,
    biases: try reader.bool("enable_bias", default: true) ? .blocks : [])
  if let width = try reader.optionalDimension("word_embed_proj_dim"), width != dModel {
    config.dEmbedding = width
  }
  config.normsHaveGain = try reader.bool("layer_norm_elementwise_affine", default: true)
  config.hasFinalNorm = try !reader.bool("_remove_final_layer_norm", default: false) && isPreNorm
  return config
}

private func optWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers { blocks.append(try block("decoder.layers.\(layer)", &reader, config)) }
  let (dModel, dEmbedding) = (config.dModel, config.dEmbedding ?? config.dModel)
  let embedding = try reader.embedding(
    "decoder.embed_tokens.weight", [config.dVocab, dEmbedding], config: config)
  var weights = TransformerWeights(embedding: embedding, blocks: blocks)
  weights.positionEmbedding = try reader.tensor(
    "decoder.embed_positions.weight", [config.nContext + unusedRows, dModel])
  if config.hasFinalNorm { weights.finalNorm = try norm("decoder.final_layer_norm", &reader, config) }
  if config.dEmbedding != nil {
    weights.embeddingProjection = try reader.linear(
      "decoder.project_in", inputs: dEmbedding, outputs: dModel, hasBias: false)
    weights.headTransform = HeadTransform(
      dense: try reader.linear(
        "decoder.project_out", inputs: dModel, outputs: dEmbedding, hasBias: false),
      norm: nil)
  }
  weights.unembedding = try reader.unembedding("lm_head", embedding: embedding, config: config)
  return weights
}

private func norm(
  _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> Norm {
  config.normsHaveGain
    ? try reader.norm(name, config.dModel, hasBias: true) : Norm(gain: nil, bias: nil)
}

private func block(
  _ block: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> BlockWeights {
  let hasBias = !config.biases.isEmpty
  func linear(
    _ name: String, _ inputs: Int, _ outputs: Int, _ reader: inout WeightReader
  ) throws(ModelError) -> Linear {
    try reader.linear("\(block).\(name)", inputs: inputs, outputs: outputs, hasBias: hasBias)
  }
  let (dModel, dMLP) = (config.dModel, config.dMLP)
  return BlockWeights(
    ln1: try norm("\(block).self_attn_layer_norm", &reader, config),
    attention: AttentionWeights(
      q: try linear("self_attn.q_proj", dModel, dModel, &reader),
      k: try linear("self_attn.k_proj", dModel, dModel, &reader),
      v: try linear("self_attn.v_proj", dModel, dModel, &reader),
      o: try linear("self_attn.out_proj", dModel, dModel, &reader)),
    // A block's second norm, in spite of its name.
    ln2: try norm("\(block).final_layer_norm", &reader, config),
    mlp: MLPWeights(
      input: try linear("fc1", dModel, dMLP, &reader), output: try linear("fc2", dMLP, dModel, &reader)))
}
