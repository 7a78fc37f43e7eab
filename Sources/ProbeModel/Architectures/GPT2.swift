extension Architecture {
  /// GPT-2: pre-norm, layer norm, learned positions, fused q, k, v stored `[inputs, outputs]`,
  /// in GGUF the other way round.
  static let gpt2 = Architecture(
    name: "GPT-2",
    modelTypes: ["gpt2"],
    config: gpt2Config,
    naming: TensorNaming(
      prefix: "transformer.", unprefixed: ["lm_head.weight"],
      // Causal masks that old checkpoints saved as buffers.
      ignores: { $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias") }),
    gguf: GGUFLayout(
      architecture: "gpt2", config: gpt2Members,
      tensorName: GGUFLayout.names(
        blocks: "h",
        outside: [
          "wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight",
          "ln_f.weight": "output_norm.weight", "ln_f.bias": "output_norm.bias",
          "lm_head.weight": "output.weight",
        ],
        inside: [
          "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm",
          "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
        ])),
    weights: gpt2Weights,
    initialization: { (reader, config) throws(ModelError) in
      .residual(try Initialization(reader), nLayers: config.nLayers, outputs: ["c_proj.weight"])
    })
}

/// Activation and scale of the scores have no keys: the family's are meant.
private func gpt2Members(_ reader: GGUFConfigReader) throws(ModelError) -> JSONValue {
  var members: [String: JSONValue] = ["model_type": .string("gpt2")]
  for (key, ggufKey) in [
    ("n_layer", "block_count"), ("n_positions", "context_length"), ("n_embd", "embedding_length"),
    ("n_inner", "feed_forward_length"), ("n_head", "attention.head_count"),
  ] { members[key] = .integer(try reader.dimension(ggufKey)) }
  members["layer_norm_epsilon"] = try reader.value("attention.layer_norm_epsilon")
  try reader.requireOrdinaryHeads()
  members["vocab_size"] = .integer(try reader.rows(of: "token_embd.weight"))
  members["tie_word_embeddings"] = .bool(!reader.hasTensor("output.weight"))
  return .object(members)
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
  let embedding = try reader.embedding("wte.weight", [config.dVocab, dModel], config: config)
  return TransformerWeights(
    embedding: embedding, positionEmbedding: try reader.tensor("wpe.weight", [config.nContext, dModel]),
    blocks: blocks, finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
}
