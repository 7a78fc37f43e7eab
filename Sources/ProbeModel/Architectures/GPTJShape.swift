/// What GPT-J and CodeGen share: attention and MLP side by side behind one norm, rotary positions with neighbours as
/// pairs, no biases in attention, and a head with bias.
struct GPTJShape: Sendable {
  /// Whether q, k, v are one matrix, in CodeGen's order.
  var isFused = false

  static let naming = TensorNaming(
    prefix: "transformer.", unprefixed: ["lm_head.weight", "lm_head.bias"],
    // Causal masks and tables of angles that old checkpoints saved as buffers.
    ignores: { name in
      [".attn.bias", ".attn.masked_bias", ".attn.causal_mask", ".attn.embed_positions"].contains {
        name.hasSuffix($0)
      }
    })

  static func config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
    let dModel = try reader.dimension("n_embd", or: "hidden_size")
    let nHeads = try reader.dimension("n_head", or: "num_attention_heads")
    let dHead = try reader.headWidth(dModel: dModel, nHeads: nHeads)
    return TransformerConfig(
      nLayers: try reader.blockCount("n_layer", or: "num_hidden_layers"), nHeads: nHeads,
      nKeyValueHeads: nHeads, dModel: dModel, dHead: dHead,
      dMLP: try reader.optionalDimension("n_inner") ?? 4 * dModel,
      dVocab: try reader.dimension("vocab_size"),
      nContext: try reader.dimension("n_positions", or: "max_position_embeddings"),
      normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-5)),
      blockOrder: .parallel,
      positions: .rotary(
        Rotary(theta: 10000, dimensions: try rotaryDimensions(reader, dHead: dHead), pairs: .neighbours)),
      activation: try reader.activation("activation_function", default: "gelu_new"), mlp: .plain,
      masking: .causal, head: try reader.bool("tie_word_embeddings", default: false) ? .tied : .untied,
      biases: [.mlp, .unembedding])
  }

  private static func rotaryDimensions(
    _ reader: ConfigReader, dHead: Int
  ) throws(ModelError) -> Int {
    let key = "rotary_dim"
    guard !reader.isNull(key) else {
      throw ModelError(
        .unsupported, at: "\(reader.path): \(key)", "null: how many dimensions turn must be said")
    }
    let dimensions = try reader.optionalInteger(key) ?? 64
    guard dimensions > 0, dimensions <= dHead, dimensions.isMultiple(of: 2) else {
      throw ModelError(
        .badValue, at: "\(reader.path): \(key)",
        "expected an even number up to the width of a head, \(dHead), found \(dimensions)")
    }
    return dimensions
  }

  func weights(
    _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> TransformerWeights {
    let dModel = config.dModel
    var blocks: [BlockWeights] = []
    for layer in 0..<config.nLayers {
      let block = "h.\(layer)"
      blocks.append(
        BlockWeights(
          ln1: try reader.norm("\(block).ln_1", dModel, hasBias: true),
          attention: try attention("\(block).attn", &reader, dModel),
          mlp: try reader.mlp("\(block).mlp.fc_in", "\(block).mlp.fc_out", config)))
    }
    let embedding = try reader.embedding("wte.weight", [config.dVocab, dModel], config: config)
    return TransformerWeights(
      embedding: embedding, blocks: blocks, finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
      unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
  }

  /// CodeGen was trained on four devices: each block of rows holds a quarter of the heads, as q, then v, then k.
  static let blocks = 4

  private func attention(
    _ name: String, _ reader: inout WeightReader, _ dModel: Int
  ) throws(ModelError) -> AttentionWeights {
    func projection(
      _ own: String, part: Int, _ reader: inout WeightReader
    ) throws(ModelError) -> Linear {
      try reader.linear(
        isFused ? "\(name).qkv_proj" : "\(name).\(own)", inputs: dModel, outputs: dModel, hasBias: false,
        rows: isFused ? .byBlock(part: part, of: 3, blocks: Self.blocks, width: dModel) : nil)
    }
    return AttentionWeights(
      q: try projection("q_proj", part: 0, &reader), k: try projection("k_proj", part: 2, &reader),
      v: try projection("v_proj", part: 1, &reader),
      o: try reader.linear("\(name).out_proj", inputs: dModel, outputs: dModel, hasBias: false))
  }
}
