/// What Llama's descendants share: RMS norms, rotary positions, grouped-query attention, a gated MLP, and the names of
/// their keys and tensors.
///
/// A family takes ``config(_:normalization:)`` and changes what is different, and reads its weights by ``weights(_:_:)``,
/// which follow from the configuration but for the two choices that are fields here.
struct LlamaShape: Sendable {
  /// What the stored gains of norms lack: Gemma keeps their distance from 1.
  var gainOffset: Float = 0
  /// Whether norms have gains.
  var normsHaveGain = true
  /// Whether q, k, v are one matrix, and gate and up another (Phi-3).
  var isFused = false

  /// Buffers that the configuration determines.
  static let naming = TensorNaming(
    prefix: "model.", unprefixed: ["lm_head.weight", "lm_head.bias"],
    ignores: { $0.hasSuffix("rotary_emb.inv_freq") })

  /// The configuration that the common keys give.
  ///
  /// - Parameters:
  ///   - defaults: what holds for keys that a file leaves out.
  static func config(
    _ reader: ConfigReader, normalization: TransformerConfig.Normalization, defaults: Defaults = Defaults()
  ) throws(ModelError) -> TransformerConfig {
    let dModel = try reader.dimension("hidden_size")
    let nHeads = try reader.dimension("num_attention_heads")
    let dHead: Int
    if let explicit = try reader.optionalDimension("head_dim") ?? defaults.dHead {
      dHead = explicit
    } else {
      dHead = try reader.headWidth(dModel: dModel, nHeads: nHeads)
    }
    // null means as many as there are query heads, whatever a missing key means.
    let groups = reader.isNull("num_key_value_heads") ? nil : defaults.nKeyValueHeads
    let (rotary, nContext) = try reader.rotary(
      dHead: dHead, trained: try reader.dimension("max_position_embeddings"), keys: defaults.rotary)
    return TransformerConfig(
      nLayers: try reader.blockCount("num_hidden_layers"), nHeads: nHeads,
      nKeyValueHeads: try reader.optionalDimension("num_key_value_heads") ?? groups ?? nHeads, dModel: dModel,
      dHead: dHead, dMLP: try reader.dimension("intermediate_size"),
      dVocab: try reader.dimension("vocab_size"),
      nContext: nContext, normalization: normalization, blockOrder: .preNorm, positions: .rotary(rotary),
      activation: try reader.activation("hidden_act", default: defaults.activation), mlp: .gated,
      masking: .causal,
      head: try reader.bool("tie_word_embeddings", default: defaults.isTied) ? .tied : .untied)
  }

  /// What holds for keys that a file leaves out.
  struct Defaults {
    var nKeyValueHeads: Int?
    var dHead: Int?
    var activation = "silu"
    var isTied = false
    var rotary = ConfigReader.RotaryKeys()
  }

  /// All weights, under Llama's names.
  func weights(
    _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> TransformerWeights {
    var blocks: [BlockWeights] = []
    for layer in 0..<config.nLayers { blocks.append(try block("layers.\(layer)", &reader, config)) }
    let embedding = try reader.embedding(
      "embed_tokens.weight", [config.dVocab, config.dModel], config: config)
    return TransformerWeights(
      embedding: embedding, blocks: blocks, finalNorm: try norm("norm", &reader, config),
      unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
  }

  private func block(
    _ block: String, _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> BlockWeights {
    let attention = try attention("\(block).self_attn", &reader, config)
    let mlp = try mlp("\(block).mlp", &reader, config)
    // The same name means another place, depending on where a family puts its norms.
    let afterAttention = "\(block).post_attention_layernorm"
    switch config.blockOrder {
    case .preNorm:
      return BlockWeights(
        ln1: try norm("\(block).input_layernorm", &reader, config), attention: attention,
        ln2: try norm(afterAttention, &reader, config), mlp: mlp)
    case .branchNorm:
      return BlockWeights(
        attention: attention, ln1Post: try norm(afterAttention, &reader, config), mlp: mlp,
        ln2Post: try norm("\(block).post_feedforward_layernorm", &reader, config))
    case .sandwichNorm:
      return BlockWeights(
        ln1: try norm("\(block).input_layernorm", &reader, config), attention: attention,
        ln1Post: try norm(afterAttention, &reader, config),
        ln2: try norm("\(block).pre_feedforward_layernorm", &reader, config), mlp: mlp,
        ln2Post: try norm("\(block).post_feedforward_layernorm", &reader, config))
    case .postNorm, .parallel: preconditionFailure("no descendant of Llama has \(config.blockOrder) blocks")
    }
  }

  private func norm(
    _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> Norm {
    guard normsHaveGain else { return Norm(gain: nil, bias: nil) }
    // GGUF's converter has added the offset already.
    return try reader.norm(
      name, config.dModel, hasBias: false, gainOffset: reader.isGGUF ? 0 : gainOffset)
  }

  private func attention(
    _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> AttentionWeights {
    let (dModel, width) = (config.dModel, config.nHeads * config.dHead)
    let keyWidth = config.nKeyValueHeads * config.dHead
    let hasBias = config.biases.contains(.queryKeyValue)
    let total = width + 2 * keyWidth
    func projection(
      _ part: String, _ outputs: Int, from first: Int, isTurned: Bool, _ reader: inout WeightReader
    ) throws(ModelError) -> Linear {
      if isFused {
        return try reader.linear(
          "\(name).qkv_proj", inputs: dModel, outputs: outputs, hasBias: hasBias,
          rows: .range(from: first, of: total))
      }
      let rows: StoredRows? =
        isTurned ? reader.turnedRows(heads: outputs / config.dHead, dHead: config.dHead) : nil
      return try reader.linear(
        "\(name).\(part)", inputs: dModel, outputs: outputs, hasBias: hasBias, rows: rows)
    }
    var weights = AttentionWeights(
      q: try projection("q_proj", width, from: 0, isTurned: true, &reader),
      k: try projection("k_proj", keyWidth, from: width, isTurned: true, &reader),
      v: try projection("v_proj", keyWidth, from: width + keyWidth, isTurned: false, &reader),
      o: try reader.linear(
        "\(name).o_proj", inputs: width, outputs: dModel, hasBias: config.biases.contains(.attentionOut)))
    switch config.queryKeyNorm {
    case .none: break
    case .perHead:
      weights.queryNorm = try reader.norm("\(name).q_norm", config.dHead, hasBias: false)
      weights.keyNorm = try reader.norm("\(name).k_norm", config.dHead, hasBias: false)
    case .acrossHeads:
      weights.queryNorm = try reader.norm("\(name).q_norm", width, hasBias: false)
      weights.keyNorm = try reader.norm("\(name).k_norm", keyWidth, hasBias: false)
    }
    return weights
  }

  private func mlp(
    _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> MLPWeights {
    let (dModel, dMLP, hasBias) = (config.dModel, config.dMLP, config.biases.contains(.mlp))
    let output = try reader.linear("\(name).down_proj", inputs: dMLP, outputs: dModel, hasBias: hasBias)
    guard !isFused else {
      let fused = "\(name).gate_up_proj"
      return MLPWeights(
        input: try reader.linear(
          fused, inputs: dModel, outputs: dMLP, hasBias: hasBias, rows: .range(from: 0, of: 2 * dMLP)),
        up: try reader.linear(
          fused, inputs: dModel, outputs: dMLP, hasBias: hasBias, rows: .range(from: dMLP, of: 2 * dMLP)),
        output: output)
    }
    return MLPWeights(
      input: try reader.linear("\(name).gate_proj", inputs: dModel, outputs: dMLP, hasBias: hasBias),
      up: try reader.linear("\(name).up_proj", inputs: dModel, outputs: dMLP, hasBias: hasBias),
      output: output)
  }
}
