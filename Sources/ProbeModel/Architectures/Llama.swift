extension Architecture {
  /// Llama 1–3 and its relatives of the same shape (SmolLM2): pre-norm, RMS norm, rotary positions, grouped-query
  /// attention, gated MLP.
  ///
  /// GGUF stores the rows of q and k so that rotary pairs are neighbours; they are put back into the order of the
  /// original checkpoint when read, so that `hook_q` and `hook_k` mean the same for both.
  static let llama = Architecture(
    name: "Llama",
    modelTypes: ["llama"],
    ggufNames: ["llama"],
    config: llamaConfig,
    ggufConfig: llamaGGUFConfig,
    naming: TensorNaming(
      prefix: "model.", unprefixed: ["lm_head.weight"], gguf: llamaGGUFName,
      // Rotary frequencies, which the configuration determines, and the copy of a tied head.
      ignores: { $0.hasSuffix("rotary_emb.inv_freq") || $0 == "lm_head.weight" }),
    weights: llamaWeights)
}

private func llamaConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let theta = try llamaTheta(reader)
  let dModel = try reader.dimension("hidden_size")
  let nHeads = try reader.dimension("num_attention_heads")
  let dHead: Int
  if let explicit = try reader.optionalDimension("head_dim") {
    dHead = explicit
  } else {
    dHead = try reader.headWidth(dModel: dModel, nHeads: nHeads)
  }
  // Only GGUF says how many dimensions turn.
  try reader.require("rope_dimensions", isOneOf: [.integer(dHead)], because: llamaPartialRotary)
  return TransformerConfig(
    nLayers: try reader.dimension("num_hidden_layers"), nHeads: nHeads,
    nKeyValueHeads: try reader.optionalDimension("num_key_value_heads") ?? nHeads, dModel: dModel,
    dHead: dHead,
    dMLP: try reader.dimension("intermediate_size"), dVocab: try reader.dimension("vocab_size"),
    nContext: try reader.dimension("max_position_embeddings"),
    normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps")), blockOrder: .preNorm,
    positions: .rotary(theta: theta, dimensions: dHead),
    activation: try reader.activation("hidden_act", default: "silu"), mlp: .gated, masking: .causal,
    head: try reader.optionalBool("tie_word_embeddings") ?? false ? .tied : .untied)
}

private func llamaGGUFConfig(_ reader: GGUFConfigReader) throws(ModelError) -> JSONValue {
  var members: [String: JSONValue] = ["model_type": .string("llama")]
  for (key, ggufKey) in [
    ("num_hidden_layers", "llama.block_count"), ("max_position_embeddings", "llama.context_length"),
    ("hidden_size", "llama.embedding_length"), ("intermediate_size", "llama.feed_forward_length"),
    ("num_attention_heads", "llama.attention.head_count"),
    ("rms_norm_eps", "llama.attention.layer_norm_rms_epsilon"),
  ] { members[key] = try reader.value(ggufKey) }
  members["num_key_value_heads"] = try reader.optionalValue("llama.attention.head_count_kv")
  members["head_dim"] = try reader.optionalValue("llama.attention.key_length")
  members["rope_theta"] = try reader.optionalValue("llama.rope.freq_base") ?? .number(10000)
  members["rope_scaling"] = try ggufRopeScaling(reader)
  members["rope_dimensions"] = try reader.optionalValue("llama.rope.dimension_count")
  guard let vocabulary = reader.rows(of: "token_embd.weight") else {
    throw ModelError(
      .missingTensor, at: "\(reader.gguf.path): tensor token_embd.weight", "not in the checkpoint")
  }
  members["vocab_size"] = .integer(vocabulary)
  members["tie_word_embeddings"] = .bool(!reader.hasTensor("output.weight"))
  return .object(members)
}

/// The `rope_scaling` that GGUF's keys stand for; a factor without a type means linear scaling.
private func ggufRopeScaling(_ reader: GGUFConfigReader) throws(ModelError) -> JSONValue? {
  if let type = try reader.optionalString("llama.rope.scaling.type") {
    return type == "none" ? nil : .object(["rope_type": .string(type)])
  }
  for key in ["llama.rope.scaling.factor", "llama.rope.scale_linear"] {
    switch try reader.optionalValue(key) {
    case nil, .integer(0), .integer(1), .number(0), .number(1): continue
    case _?: return .object(["rope_type": .string("linear")])
    }
  }
  return nil
}

private func llamaWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig, isGGUF: Bool
) throws(ModelError) -> TransformerWeights {
  let (dModel, dHead) = (config.dModel, config.dHead)
  let rotaryRows: (@Sendable (Int) -> Int)? = isGGUF ? { @Sendable in ggufRotaryRow($0, dHead: dHead) } : nil
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "layers.\(layer)"
    let keyWidth = config.nKeyValueHeads * dHead
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).input_layernorm", dModel, hasBias: false),
        q: try reader.linear(
          "\(block).self_attn.q_proj", inputs: dModel, outputs: config.nHeads * dHead, row: rotaryRows),
        k: try reader.linear("\(block).self_attn.k_proj", inputs: dModel, outputs: keyWidth, row: rotaryRows),
        v: try reader.linear("\(block).self_attn.v_proj", inputs: dModel, outputs: keyWidth),
        o: try reader.linear("\(block).self_attn.o_proj", inputs: config.nHeads * dHead, outputs: dModel),
        ln2: try reader.norm("\(block).post_attention_layernorm", dModel, hasBias: false),
        mlpIn: try reader.linear("\(block).mlp.gate_proj", inputs: dModel, outputs: config.dMLP),
        mlpUp: try reader.linear("\(block).mlp.up_proj", inputs: dModel, outputs: config.dMLP),
        mlpOut: try reader.linear("\(block).mlp.down_proj", inputs: config.dMLP, outputs: dModel)))
  }
  let embedding = try reader.tensor("embed_tokens.weight", [config.dVocab, dModel])
  return TransformerWeights(
    embedding: embedding, positionEmbedding: nil, tokenTypeEmbedding: nil, embeddingNorm: nil, blocks: blocks,
    finalNorm: try reader.norm("norm", dModel, hasBias: false),
    unembedding: try reader.unembedding("lm_head.weight", embedding: embedding, config: config))
}

private let llamaPartialRotary = "partial rotary positions do not belong to Llama"

/// θ of the rotary positions; scaled variants are refused.
private func llamaTheta(_ reader: ConfigReader) throws(ModelError) -> Float {
  var sources = [reader]
  for key in ["rope_scaling", "rope_parameters"] {
    guard let rope = try reader.object(key) else { continue }
    for typeKey in ["rope_type", "type"] {
      try rope.require(
        typeKey, isOneOf: [.string("default")], because: "this scaling of rotary positions is not supported")
    }
    sources.append(rope)
  }
  var theta: Float?
  for source in sources.reversed() {
    try source.require(
      "partial_rotary_factor", isOneOf: [.integer(1), .number(1)], because: llamaPartialRotary)
    if theta == nil { theta = try source.optionalPositive("rope_theta") }
  }
  return theta ?? 10000
}

/// GGUF's name of a Llama tensor.
private func llamaGGUFName(_ name: String) -> String {
  let outside = [
    "embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
  ]
  if let name = outside[name] { return name }
  var result = name.replacing("layers.", with: "blk.", maxReplacements: 1)
  for (from, to) in [
    ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"), ("post_attention_layernorm", "ffn_norm"), ("input_layernorm", "attn_norm"),
  ] { result = result.replacing(from, with: to) }
  return result
}

/// Row of q or k in GGUF that holds row `row` of the original.
///
/// Inside a head, the original's row j + s·dHead/2 (half s, pair j) is stored at 2j + s.
private func ggufRotaryRow(_ row: Int, dHead: Int) -> Int {
  let (head, inside) = row.quotientAndRemainder(dividingBy: dHead)
  let (half, pair) = inside.quotientAndRemainder(dividingBy: dHead / 2)
  return head * dHead + 2 * pair + half
}
