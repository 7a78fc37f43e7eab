extension Architecture {
  /// GPT-2: pre-norm, layer norm, learned positions, fused q, k, v stored `[inputs, outputs]`.
  static let gpt2 = Architecture(
    name: "GPT-2",
    modelTypes: ["gpt2"],
    ggufNames: [],
    config: gpt2Config,
    ggufConfig: nil,
    naming: TensorNaming(
      prefix: "transformer.", unprefixed: ["lm_head.weight"],
      // Causal masks that old checkpoints saved as buffers, and the copy of a tied head.
      ignores: { $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias") || $0 == "lm_head.weight" }),
    weights: gpt2Weights)
}

private func gpt2Config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] {
    try reader.require(key, isOneOf: [.bool(false)], because: "this variant of GPT-2 is not supported")
  }
  try reader.require(
    "scale_attn_weights", isOneOf: [.bool(true)], because: "unscaled attention is not supported")
  let dModel = try reader.dimension("n_embd")
  let nHeads = try reader.dimension("n_head")
  return TransformerConfig(
    nLayers: try reader.dimension("n_layer"), nHeads: nHeads, nKeyValueHeads: nHeads, dModel: dModel,
    dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.optionalDimension("n_inner") ?? 4 * dModel, dVocab: try reader.dimension("vocab_size"),
    nContext: try reader.dimension("n_positions"),
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-5)),
    blockOrder: .preNorm, positions: .learned,
    activation: try reader.activation("activation_function", default: "gelu_new"), mlp: .plain,
    masking: .causal,
    head: try reader.optionalBool("tie_word_embeddings") ?? true ? .tied : .untied)
}

private func gpt2Weights(
  _ reader: inout WeightReader, _ config: TransformerConfig, isGGUF: Bool
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "h.\(layer)"
    let qkv = try reader.fusedLinears(
      "\(block).attn.c_attn", inputs: dModel, outputs: [dModel, dModel, dModel])
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).ln_1", dModel, hasBias: true), q: qkv[0], k: qkv[1], v: qkv[2],
        o: try reader.fusedLinears("\(block).attn.c_proj", inputs: dModel, outputs: [dModel])[0],
        ln2: try reader.norm("\(block).ln_2", dModel, hasBias: true),
        mlpIn: try reader.fusedLinears("\(block).mlp.c_fc", inputs: dModel, outputs: [config.dMLP])[0],
        mlpUp: nil,
        mlpOut: try reader.fusedLinears("\(block).mlp.c_proj", inputs: config.dMLP, outputs: [dModel])[0]))
  }
  let embedding = try reader.tensor("wte.weight", [config.dVocab, dModel])
  return TransformerWeights(
    embedding: embedding, positionEmbedding: try reader.tensor("wpe.weight", [config.nContext, dModel]),
    tokenTypeEmbedding: nil, embeddingNorm: nil, blocks: blocks,
    finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head.weight", embedding: embedding, config: config))
}
