extension Architecture {
  /// GPT-Neo: GPT-2's blocks with separate projections and unscaled scores; some blocks see a window only.
  static let gptNeo = Architecture(
    name: "GPT-Neo",
    modelTypes: ["gpt_neo"],
    config: gptNeoConfig,
    naming: TensorNaming(
      prefix: "transformer.", unprefixed: ["lm_head.weight"],
      // Causal masks that old checkpoints saved as buffers.
      ignores: { $0.hasSuffix(".attn.attention.bias") || $0.hasSuffix(".attn.attention.masked_bias") }),
    gguf: nil,
    weights: gptNeoWeights)
}

private func gptNeoConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let dModel = try reader.dimension("hidden_size")
  let nHeads = try reader.dimension("num_heads", or: "num_attention_heads")
  let nLayers = try reader.blockCount("num_layers", or: "num_hidden_layers")
  var config = TransformerConfig(
    nLayers: nLayers, nHeads: nHeads, nKeyValueHeads: nHeads, dModel: dModel,
    dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.optionalDimension("intermediate_size") ?? 4 * dModel,
    dVocab: try reader.dimension("vocab_size"), nContext: try reader.dimension("max_position_embeddings"),
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-5)),
    blockOrder: .preNorm, positions: .learned(LearnedPositions()),
    activation: try reader.activation("activation_function", default: "gelu_new"), mlp: .plain,
    masking: .causal, head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied,
    biases: [.attentionOut, .mlp])
  config.scoreScale = 1
  let window = try reader.optionalDimension("window_size") ?? 256
  config.windows = try reader.isLocal(nLayers: nLayers).map { $0 ? window : nil }
  return config
}

extension ConfigReader {
  /// For every block, whether it is local: `attention_types`, or the list that newer files expand it to; both may be
  /// there and agree.
  fileprivate func isLocal(nLayers: Int) throws(ModelError) -> [Bool] {
    guard let names = try optionalStrings("attention_layers") else { return try expanded(nLayers: nLayers) }
    let isLocal = names.map { $0 == "local" }
    guard names.count == nLayers, names.allSatisfy({ $0 == "local" || $0 == "global" }) else {
      throw ModelError(
        .badValue, at: "\(path): attention_layers",
        "expected global or local for each of \(nLayers) blocks, found \(names)")
    }
    let hasBoth = has("attention_types")
    if hasBoth, try expanded(nLayers: nLayers) != isLocal {
      throw ModelError(
        .badValue, at: "\(path): attention_types", "it contradicts attention_layers",
        advice: "Keep one of the two")
    }
    return isLocal
  }

  /// For every block, whether `attention_types` makes it local: a list of `[pattern, repetitions]`.
  private func expanded(nLayers: Int) throws(ModelError) -> [Bool] {
    let key = "attention_types"
    func unreadable(_ value: JSONValue) -> ModelError {
      ModelError(.badValue, at: "\(path): \(key)", "expected [pattern, repetitions], found \(value.text)")
    }
    let usual = JSONValue.array([.array([.string("global"), .string("local")]), .integer(12)])
    var isLocal: [Bool] = []
    for entry in try optionalArray(key) ?? [usual] {
      guard case .array(let pair) = entry, pair.count == 2, case .array(let pattern) = pair[0],
        case .integer(let repetitions) = pair[1], repetitions >= 0
      else { throw unreadable(entry) }
      var part: [Bool] = []
      for type in pattern {
        switch type {
        case .string("global"): part.append(false)
        case .string("local"): part.append(true)
        case .string(let other):
          throw ModelError(
            .unsupported, at: "\(path): \(key)", "attention of the type \(other) is not supported",
            advice: "Supported: global, local")
        default: throw unreadable(entry)
        }
      }
      let (count, overflows) = part.count.multipliedReportingOverflow(by: repetitions)
      guard !overflows, count <= nLayers - isLocal.count else {
        throw ModelError(
          .badValue, at: "\(path): \(key)", "expected one type a block, \(nLayers), found more")
      }
      if count > 0 { for _ in 0..<repetitions { isLocal += part } }
    }
    guard isLocal.count == nLayers else {
      throw ModelError(
        .badValue, at: "\(path): \(key)", "expected one type a block, \(nLayers), found \(isLocal.count)")
    }
    return isLocal
  }
}

private func gptNeoWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "h.\(layer)"
    func projection(
      _ part: String, hasBias: Bool, _ reader: inout WeightReader
    ) throws(ModelError) -> Linear {
      try reader.linear(
        "\(block).attn.attention.\(part)", inputs: dModel, outputs: dModel, hasBias: hasBias)
    }
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).ln_1", dModel, hasBias: true),
        attention: AttentionWeights(
          q: try projection("q_proj", hasBias: false, &reader),
          k: try projection("k_proj", hasBias: false, &reader),
          v: try projection("v_proj", hasBias: false, &reader),
          o: try projection("out_proj", hasBias: true, &reader)),
        ln2: try reader.norm("\(block).ln_2", dModel, hasBias: true),
        mlp: try reader.mlp("\(block).mlp.c_fc", "\(block).mlp.c_proj", config)))
  }
  let embedding = try reader.embedding("wte.weight", [config.dVocab, dModel], config: config)
  return TransformerWeights(
    embedding: embedding, positionEmbedding: try reader.tensor("wpe.weight", [config.nContext, dModel]),
    blocks: blocks, finalNorm: try reader.norm("ln_f", dModel, hasBias: true),
    unembedding: try reader.unembedding("lm_head", embedding: embedding, config: config))
}
