extension Architecture {
  /// A family of our own, for models that are built by hand or trained here: every choice of ``TransformerConfig`` is a
  /// key, and MLPs, norms and positions can be left out.
  ///
  /// Its keys and tensors are documented in `docs/architectures.md`. Any other key is an error: the format is ours.
  static let probeTransformer = Architecture(
    name: "probe-transformer",
    modelTypes: ["probe-transformer"],
    config: probeConfig,
    naming: TensorNaming(prefix: ""),
    gguf: nil,
    weights: probeWeights,
    initialization: { (reader, config) throws(ModelError) in
      var initialization = Initialization.residual(
        try Initialization(reader), nLayers: config.nLayers, outputs: [".attn.o.weight", ".mlp.out.weight"])
      initialization.unembedding = "unembed.weight"
      return initialization
    })
}

private func probeConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  for key in ["model_type", "initializer_range"] { _ = reader.has(key) }
  let dModel = try reader.dimension("d_model")
  let nHeads = try reader.dimension("n_heads")
  let dHead: Int
  if let explicit = try reader.optionalDimension("d_head") {
    dHead = explicit
  } else {
    dHead = try reader.headWidth(dModel: dModel, nHeads: nHeads)
  }
  let mlp = try reader.choice("mlp", TransformerConfig.MLPKind.self, default: .plain)
  var config = TransformerConfig(
    nLayers: try reader.blockCount("n_layers"), nHeads: nHeads,
    nKeyValueHeads: try reader.optionalDimension("n_key_value_heads") ?? nHeads, dModel: dModel, dHead: dHead,
    dMLP: mlp == .none ? 0 : try reader.optionalDimension("d_mlp") ?? 4 * dModel,
    dVocab: try reader.dimension("d_vocab"), nContext: try reader.dimension("n_context"),
    normalization: try normalization(reader),
    blockOrder: try reader.choice("block_order", TransformerConfig.BlockOrder.self, default: .preNorm),
    positions: try positions(reader, dHead: dHead),
    activation: try reader.activation("activation", default: "gelu"), mlp: mlp,
    masking: try reader.choice("masking", TransformerConfig.Masking.self, default: .causal),
    head: try reader.choice("head", TransformerConfig.Head.self, default: .untied))
  if try reader.bool("biases", default: true) { config.biases = .blocks }
  if try reader.bool("unembedding_bias", default: false) { config.biases.insert(.unembedding) }
  config.queryKeyNorm = try reader.choice(
    "query_key_norm", TransformerConfig.QueryKeyNorm.self, default: .none)
  config.embeddingScale = try reader.optionalPositive("embedding_scale") ?? 1
  config.scoreScale = try reader.optionalPositive("score_scale")
  config.scoreSoftCap = try reader.optionalPositive("score_soft_cap")
  config.logitSoftCap = try reader.optionalPositive("logit_soft_cap")
  if let window = try reader.optionalDimension("window") {
    config.windows = Array(repeating: window, count: config.nLayers)
  }
  try reader.refuseUnreadKeys()
  guard config.normalization != .none || config.queryKeyNorm == .none else {
    throw ModelError(
      .badValue, at: "\(reader.path): query_key_norm", "a model whose norm is none has none here either")
  }
  return config
}

private func normalization(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig.Normalization {
  enum Kind: String, CaseIterable { case layerNorm, rmsNorm, none }
  let epsilon = try reader.epsilon("norm_epsilon", default: 1e-5)
  switch try reader.choice("norm", Kind.self, default: .layerNorm) {
  case .layerNorm: return .layerNorm(epsilon: epsilon)
  case .rmsNorm: return .rmsNorm(epsilon: epsilon)
  case .none: return .none
  }
}

private func positions(
  _ reader: ConfigReader, dHead: Int
) throws(ModelError) -> TransformerConfig.Positions {
  enum Kind: String, CaseIterable { case none, learned, rotary, linearBias }
  let kind = try reader.choice("positions", Kind.self, default: .learned)
  let theta = try reader.optionalPositive("rotary_theta")
  let dimensions = try reader.optionalDimension("rotary_dimensions")
  switch kind {
  case .none: return .none
  case .learned: return .learned(LearnedPositions())
  case .rotary: return .rotary(Rotary(theta: theta ?? 10000, dimensions: dimensions ?? dHead))
  case .linearBias: return .linearBias
  }
}

extension ConfigReader {
  /// One of the cases of an enum, by its name.
  fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type, default fallback: Choice
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    guard has(key) else { return fallback }
    let name = try string(key)
    if let choice = Choice(rawValue: name) { return choice }
    throw ModelError(
      .badValue, at: "\(path): \(key)", "\"\(name)\" is none of the choices",
      advice: "Choices: \(Choice.allCases.map { $0.rawValue }.joined(separator: ", "))")
  }
}

// MARK: - Weights

private func probeWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers { blocks.append(try probeBlock("blocks.\(layer)", &reader, config)) }
  let embedding = try reader.embedding("embed.weight", [config.dVocab, config.dModel], config: config)
  var weights = TransformerWeights(embedding: embedding, blocks: blocks)
  if case .learned = config.positions {
    weights.positionEmbedding = try reader.tensor("pos_embed.weight", [config.nContext, config.dModel])
  }
  if config.blockOrder == .postNorm {
    weights.embeddingNorm = try probeNorm("ln_embed", &reader, config)
  } else {
    weights.finalNorm = try probeNorm("ln_final", &reader, config)
  }
  weights.unembedding = try reader.unembedding("unembed", embedding: embedding, config: config)
  guard weights.unembedding != nil || config.head == .none else {
    throw ModelError(
      .missingTensor, at: "tensor unembed.weight", "not in the checkpoint, whose head is untied",
      advice: "Give \"head\": \"none\" or \"tied\" in config.json")
  }
  return weights
}

private func probeNorm(
  _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig, width: Int? = nil
) throws(ModelError) -> Norm? {
  switch config.normalization {
  case .none: return nil
  case .layerNorm: return try reader.norm(name, width ?? config.dModel, hasBias: true)
  case .rmsNorm: return try reader.norm(name, width ?? config.dModel, hasBias: false)
  }
}

private func probeBlock(
  _ block: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> BlockWeights {
  let order = config.blockOrder
  let hasInputNorms = order != .branchNorm
  let hasBranchNorms = order == .branchNorm || order == .sandwichNorm
  var weights = BlockWeights(
    attention: try probeAttention("\(block).attn", &reader, config),
    mlp: try probeMLP("\(block).mlp", &reader, config))
  if hasInputNorms { weights.ln1 = try probeNorm("\(block).ln1", &reader, config) }
  if hasBranchNorms { weights.ln1Post = try probeNorm("\(block).ln1_post", &reader, config) }
  if config.mlp != .none {
    if hasInputNorms { weights.ln2 = try probeNorm("\(block).ln2", &reader, config) }
    if hasBranchNorms { weights.ln2Post = try probeNorm("\(block).ln2_post", &reader, config) }
  }
  return weights
}

private func probeAttention(
  _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> AttentionWeights {
  let (dModel, width) = (config.dModel, config.nHeads * config.dHead)
  let keyWidth = config.nKeyValueHeads * config.dHead
  let hasBias = config.biases.contains(.queryKeyValue)
  var weights = AttentionWeights(
    q: try reader.linear("\(name).q", inputs: dModel, outputs: width, hasBias: hasBias),
    k: try reader.linear("\(name).k", inputs: dModel, outputs: keyWidth, hasBias: hasBias),
    v: try reader.linear("\(name).v", inputs: dModel, outputs: keyWidth, hasBias: hasBias),
    o: try reader.linear(
      "\(name).o", inputs: width, outputs: dModel, hasBias: config.biases.contains(.attentionOut)))
  guard config.queryKeyNorm != .none else { return weights }
  let isPerHead = config.queryKeyNorm == .perHead
  weights.queryNorm = try probeNorm(
    "\(name).q_norm", &reader, config, width: isPerHead ? config.dHead : width)
  weights.keyNorm = try probeNorm(
    "\(name).k_norm", &reader, config, width: isPerHead ? config.dHead : keyWidth)
  return weights
}

private func probeMLP(
  _ name: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> MLPWeights? {
  guard config.mlp != .none else { return nil }
  let (dModel, dMLP, hasBias) = (config.dModel, config.dMLP, config.biases.contains(.mlp))
  return MLPWeights(
    input: try reader.linear("\(name).in", inputs: dModel, outputs: dMLP, hasBias: hasBias),
    up: config.mlp == .gated
      ? try reader.linear("\(name).up", inputs: dModel, outputs: dMLP, hasBias: hasBias) : nil,
    output: try reader.linear("\(name).out", inputs: dMLP, outputs: dModel, hasBias: hasBias))
}
