extension Architecture {
  /// GPT-NeoX (Pythia): attention and MLP side by side, each with its norm, or one after the other; a part of every
  /// head turns; q, k, v are fused head by head.
  static let gptNeoX = Architecture(
    name: "GPT-NeoX",
    modelTypes: ["gpt_neox"],
    config: gptNeoXConfig,
    naming: TensorNaming(
      prefix: "gpt_neox.", unprefixed: ["embed_out.weight"], aliases: ["embed_out.weight": "lm_head.weight"],
      // Causal masks and frequencies that old checkpoints saved as buffers.
      ignores: { name in
        [".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"].contains { name.hasSuffix($0) }
      }),
    gguf: GGUFLayout(
      architecture: "gptneox", config: gptNeoXMembers,
      tensorName: GGUFLayout.names(
        blocks: "layers",
        outside: [
          "embed_in.weight": "token_embd.weight", "final_layer_norm.weight": "output_norm.weight",
          "final_layer_norm.bias": "output_norm.bias", "embed_out.weight": "output.weight",
        ],
        inside: [
          "input_layernorm": "attn_norm", "attention.query_key_value": "attn_qkv",
          "attention.dense": "attn_output", "post_attention_layernorm": "ffn_norm",
          "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
        ]),
      ignores: GGUFLayout.rotaryTensors),
    weights: gptNeoXWeights,
    initialization: { (reader, _) throws(ModelError) in
      var initialization = try Initialization(reader)
      initialization.unembedding = "embed_out.weight"
      return initialization
    })
}

/// The activation has no key: the family's is meant.
private func gptNeoXMembers(_ reader: GGUFConfigReader) throws(ModelError) -> JSONValue {
  var members: [String: JSONValue] = ["model_type": .string("gpt_neox")]
  for (key, ggufKey) in [
    ("num_hidden_layers", "block_count"), ("max_position_embeddings", "context_length"),
    ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
    ("num_attention_heads", "attention.head_count"),
  ] { members[key] = .integer(try reader.dimension(ggufKey)) }
  members["layer_norm_eps"] = try reader.value("attention.layer_norm_epsilon")
  members["use_parallel_residual"] = try reader.value("use_parallel_residual")
  try reader.requireOrdinaryHeads()
  members["rotary_emb_base"] = try reader.optionalValue("rope.freq_base") ?? .number(10000)
  (members["rotary_pct"], members["rope_scaling"]) = try reader.rotary(
    dHead: reader.headWidth(), isPartial: true)
  members["attention_bias"] = .bool(reader.hasTensor("blk.0.attn_qkv.bias"))
  members["vocab_size"] = .integer(try reader.rows(of: "token_embd.weight"))
  members["tie_word_embeddings"] = .bool(!reader.hasTensor("output.weight"))
  return .object(members)
}

private func gptNeoXConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let dModel = try reader.dimension("hidden_size")
  let nHeads = try reader.dimension("num_attention_heads")
  let dHead = try reader.headWidth(dModel: dModel, nHeads: nHeads)
  let (rotary, nContext) = try reader.rotary(
    dHead: dHead, trained: try reader.dimension("max_position_embeddings"),
    keys: ConfigReader.RotaryKeys(
      theta: "rotary_emb_base", fraction: "rotary_pct", defaultFraction: 0.25, isPartial: true))
  var config = TransformerConfig(
    nLayers: try reader.blockCount("num_hidden_layers"), nHeads: nHeads, nKeyValueHeads: nHeads,
    dModel: dModel, dHead: dHead, dMLP: try reader.dimension("intermediate_size"),
    dVocab: try reader.dimension("vocab_size"), nContext: nContext,
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_eps", default: 1e-5)),
    blockOrder: try reader.bool("use_parallel_residual", default: true) ? .parallel : .preNorm,
    positions: .rotary(rotary), activation: try reader.activation("hidden_act", default: "gelu"), mlp: .plain,
    masking: .causal, head: try reader.bool("tie_word_embeddings", default: false) ? .tied : .untied,
    biases: .mlp)
  if try reader.bool("attention_bias", default: true) {
    config.biases.formUnion([.queryKeyValue, .attentionOut])
  }
  return config
}

private func gptNeoXWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "layers.\(layer)"
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).input_layernorm", dModel, hasBias: true),
        attention: try reader.attentionFusedByHead(
          "\(block).attention.query_key_value", out: "\(block).attention.dense", config),
        ln2: try reader.norm("\(block).post_attention_layernorm", dModel, hasBias: true),
        mlp: try reader.mlp("\(block).mlp.dense_h_to_4h", "\(block).mlp.dense_4h_to_h", config)))
  }
  let embedding = try reader.embedding("embed_in.weight", [config.dVocab, dModel], config: config)
  return TransformerWeights(
    embedding: embedding, blocks: blocks,
    finalNorm: try reader.norm("final_layer_norm", dModel, hasBias: true),
    unembedding: try reader.unembedding("embed_out", embedding: embedding, config: config))
}
