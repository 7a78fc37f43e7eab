extension Architecture {
  /// The encoder of T5 (CodeT5): pre-norm, RMS norm, unscaled scores with a bias by bucket of the distance, no biases.
  ///
  /// A file with the decoder serves as well: the decoder and the head, which reads it, are left unread.
  static let t5 = Architecture(
    name: "T5 encoder",
    modelTypes: ["t5"],
    config: t5Config,
    naming: TensorNaming(
      prefix: "", aliases: ["shared.weight": "encoder.embed_tokens.weight"],
      ignores: { $0.hasPrefix("decoder.") || $0 == "lm_head.weight" }),
    gguf: nil,
    weights: t5Weights,
    initialization: t5Initialization)
}

/// Every map keeps the scale of what it reads; queries make up for the scores, which are not divided by √dHead.
private func t5Initialization(
  _ reader: ConfigReader, _ config: TransformerConfig
) throws(ModelError) -> Initialization {
  var initialization = try Initialization(reader, key: "initializer_factor", default: 1)
  let factor = initialization.deviation
  let (dModel, dHead) = (config.dModel, config.dHead)
  let fans = [
    ".q.weight": dModel * dHead, ".k.weight": dModel, ".v.weight": dModel,
    ".o.weight": config.nHeads * dHead, ".wi.weight": dModel, ".wi_0.weight": dModel,
    ".wi_1.weight": dModel, ".wo.weight": config.dMLP, ".relative_attention_bias.weight": dModel,
  ]
  initialization.gain = Float(factor)
  initialization.special = { name in
    fans.first { name.hasSuffix($0.key) }.map { .normal(deviation: factor / Double($0.value).squareRoot()) }
  }
  return initialization
}

private func t5Config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  // The encoder is the same with a decoder and without.
  _ = try reader.optionalBool("is_encoder_decoder")
  let nHeads = try reader.dimension("num_heads", or: "num_attention_heads")
  let (activation, mlp) = try feedForward(reader)
  try checkDerivedKeys(reader, activation, mlp)
  var config = TransformerConfig(
    nLayers: try reader.blockCount("num_layers", or: "num_hidden_layers"), nHeads: nHeads,
    nKeyValueHeads: nHeads, dModel: try reader.dimension("d_model", or: "hidden_size"),
    dHead: try reader.dimension("d_kv", or: "head_dim"), dMLP: try reader.dimension("d_ff"),
    dVocab: try reader.dimension("vocab_size"), nContext: TransformerConfig.unlimitedContext,
    normalization: .rmsNorm(epsilon: try reader.epsilon("layer_norm_epsilon", default: 1e-6)),
    blockOrder: .preNorm, positions: .relativeBias(try buckets(reader)), activation: activation, mlp: mlp,
    masking: .bidirectional, head: .none)
  config.scoreScale = 1
  return config
}

/// `feed_forward_proj`: an activation's name, with `gated-` in front of it for a gated MLP.
private func feedForward(
  _ reader: ConfigReader
) throws(ModelError) -> (TransformerConfig.Activation, TransformerConfig.MLPKind) {
  let key = "feed_forward_proj"
  let value = reader.has(key) ? try reader.string(key) : "relu"
  let gate = "gated-"
  guard value.hasPrefix(gate) else { return (try reader.activation(named: value, at: key), .plain) }
  let name = String(value.dropFirst(gate.count))
  // The first gated models were trained with the approximation and say plain gelu.
  return (try reader.activation(named: name == "gelu" ? "gelu_new" : name, at: key), .gated)
}

/// What newer files derive from `feed_forward_proj` and write down as well must say the same.
private func checkDerivedKeys(
  _ reader: ConfigReader, _ activation: TransformerConfig.Activation, _ mlp: TransformerConfig.MLPKind
) throws(ModelError) {
  let (name, gate) = ("dense_act_fn", "is_gated_act")
  var contradiction: String?
  if reader.has(name), try reader.activation(named: reader.string(name), at: name) != activation {
    contradiction = name
  }
  if let isGated = try reader.optionalBool(gate), isGated != (mlp == .gated) { contradiction = gate }
  guard let contradiction else { return }
  throw ModelError(.badValue, at: "\(reader.path): \(contradiction)", "it contradicts feed_forward_proj")
}

private func buckets(_ reader: ConfigReader) throws(ModelError) -> RelativeBuckets {
  let (countKey, distanceKey) = ("relative_attention_num_buckets", "relative_attention_max_distance")
  let count = try reader.optionalDimension(countKey) ?? 32
  guard count >= 4, count.isMultiple(of: 2) else {
    throw ModelError(
      .badValue, at: "\(reader.path): \(countKey)", "expected an even number from 4 on, found \(count)")
  }
  let distance = try reader.optionalDimension(distanceKey) ?? 128
  guard distance > count / 4 else {
    throw ModelError(
      .badValue, at: "\(reader.path): \(distanceKey)",
      "expected more than \(count / 4), the distances that have a bucket each, found \(distance)")
  }
  return RelativeBuckets(count: count, maxDistance: distance)
}

private func t5Weights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers { blocks.append(try block("encoder.block.\(layer)", &reader, config)) }
  var weights = TransformerWeights(
    embedding: try reader.embedding("shared.weight", [config.dVocab, config.dModel], config: config),
    blocks: blocks,
    finalNorm: try reader.norm("encoder.final_layer_norm", config.dModel, hasBias: false))
  // The first block's table serves all.
  if case .relativeBias(let buckets) = config.positions {
    weights.relativeBias = try reader.tensor(
      "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", [buckets.count, config.nHeads])
  }
  return weights
}

private func block(
  _ block: String, _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> BlockWeights {
  func linear(
    _ name: String, _ inputs: Int, _ outputs: Int, _ reader: inout WeightReader
  ) throws(ModelError) -> Linear {
    try reader.linear("\(block).layer.\(name)", inputs: inputs, outputs: outputs, hasBias: false)
  }
  let (dModel, dMLP, width) = (config.dModel, config.dMLP, config.nHeads * config.dHead)
  let (attention, mlp) = ("0.SelfAttention", "1.DenseReluDense")
  let isGated = config.mlp == .gated
  return BlockWeights(
    ln1: try reader.norm("\(block).layer.0.layer_norm", dModel, hasBias: false),
    attention: AttentionWeights(
      q: try linear("\(attention).q", dModel, width, &reader),
      k: try linear("\(attention).k", dModel, width, &reader),
      v: try linear("\(attention).v", dModel, width, &reader),
      o: try linear("\(attention).o", width, dModel, &reader)),
    ln2: try reader.norm("\(block).layer.1.layer_norm", dModel, hasBias: false),
    mlp: MLPWeights(
      input: try linear(isGated ? "\(mlp).wi_0" : "\(mlp).wi", dModel, dMLP, &reader),
      up: isGated ? try linear("\(mlp).wi_1", dModel, dMLP, &reader) : nil,
      output: try linear("\(mlp).wo", dMLP, dModel, &reader)))
}
