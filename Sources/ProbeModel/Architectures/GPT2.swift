extension Architecture {
  /// GPT-2: pre-norm, layer norm, learned positions, fused q, k, v stored `[inputs, outputs]`.
  static let gpt2 = Architecture(
    name: "GPT-2",
    modelTypes: ["gpt2"],
    config: gpt2Config,
    naming: TensorNaming(
      prefix: "transformer.", unprefixed: ["lm_head.weight"],
      // Causal masks that old checkpoints saved as buffers.
      ignores: { $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias") }),
    gguf: nil,
    weights: gpt2Weights)
}

private func gpt2Config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  try reader.require(
    "add_cross_attention", isOneOf: [.bool(false)], because: "attention to an encoder is not supported")
  let dModel = try reader.dimension("n_embd", or: "hidden_size")
  let nHeads = try reader.dimension("n_head", or: "num_attention_heads")
  var config = TransformerConfig(
    nLayers: try reader.blockCount("n_layer", or: "num_hidden_layers"), nHeads: nHeads,
    nKeyValueHeads: nHeads, dModel: dModel,
    dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.optionalDimension("n_inner") ?? 4 * dModel, dVocab: try reader.dimension("vocab_size"),
    nContext: try reader.dimension("n_positions", or: "max_position_embeddings"),
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-5)),
    blockOrder: .preNorm, positions: .learned(LearnedPositions()),
    activation: try reader.activation("activation_function", default: "gelu_new"), mlp: .plain,
    masking: .causal, head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied,
    biases: .blocks)
  if try !reader.bool("scale_attn_weights", default: true) { config.scoreScale = 1 }
  config.scalesScoresByLayer = try reader.bool("scale_attn_by_inverse_layer_idx", default: false)
  return config
}

private func gpt2Weights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let (dModel, dMLP) = (config.dModel, config.dMLP)
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "h.\(layer)"
    let qkv = try reader.fusedLinears(
      "\(block).attn.c_attn", inputs: dModel, outputs: [dModel, dModel, dModel])
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).ln_1", dModel, hasBias: true),
        attention: AttentionWeights(
          q: qkv[0], k: qkv[1], v: qkv[2],
          o: try reader.fusedLinears("\(block).attn.c_proj", inputs: dModel, outputs: [dModel])[0]),
        ln2: try reader.norm("\(block).ln_2", dModel, hasBias: true),
        mlp: MLPWeights(
          input: try reader.fusedLinears("\(block).mlp.c_fc", inputs: dModel, outputs: [dMLP])[0],
          output: try reader.fusedLinears("\(block).mlp.c_proj", inputs: dMLP, outputs: [dModel])[0])))
  }
  let embedding = try reader.tensor("wte.weight", [config.dVocab, dModel])
  return TransformerWeights(
    embedding: embedding, positionEmbedding: try reader.tensor("wpe.weight", [config.nContext, dModel]),
    blocks: blocks, finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
}
