extension Architecture {
  /// DistilBERT: BERT without token types, under names of its own.
  static let distilBert = Architecture(
    name: "DistilBERT",
    modelTypes: ["distilbert"],
    config: distilBertConfig,
    naming: TensorNaming(
      prefix: "distilbert.", hasGammaAndBeta: true,
      ignores: { $0.hasSuffix("embeddings.position_ids") }),
    gguf: nil,
    weights: distilBertWeights,
    initialization: { (reader, _) throws(ModelError) in
      var initialization = try BertShape.initialization(
        reader, paddingToken: 0, unembedding: "vocab_projector.weight")
      if try reader.bool("sinusoidal_pos_embds", default: false) {
        initialization.special = { $0 == "embeddings.position_embeddings.weight" ? .sinusoids : nil }
      }
      return initialization
    })
}

private func distilBertConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let dModel = try reader.dimension("dim", or: "hidden_size")
  let nHeads = try reader.dimension("n_heads", or: "num_attention_heads")
  var config = TransformerConfig(
    nLayers: try reader.blockCount("n_layers", or: "num_hidden_layers"), nHeads: nHeads,
    nKeyValueHeads: nHeads, dModel: dModel, dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.dimension("hidden_dim"), dVocab: try reader.dimension("vocab_size"),
    nContext: try reader.dimension("max_position_embeddings"), normalization: .layerNorm(epsilon: 1e-12),
    blockOrder: .postNorm, positions: .learned(LearnedPositions()),
    activation: try reader.activation("activation", default: "gelu"), mlp: .plain, masking: .bidirectional,
    head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied, biases: .blocks)
  config.headActivation = config.activation
  return config
}

private func distilBertWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "transformer.layer.\(layer)"
    func projection(_ part: String, _ reader: inout WeightReader) throws(ModelError) -> Linear {
      try reader.linear("\(block).attention.\(part)", inputs: dModel, outputs: dModel, hasBias: true)
    }
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).sa_layer_norm", dModel, hasBias: true),
        attention: AttentionWeights(
          q: try projection("q_lin", &reader), k: try projection("k_lin", &reader),
          v: try projection("v_lin", &reader), o: try projection("out_lin", &reader)),
        ln2: try reader.norm("\(block).output_layer_norm", dModel, hasBias: true),
        mlp: try reader.mlp("\(block).ffn.lin1", "\(block).ffn.lin2", config)))
  }
  var weights = TransformerWeights(
    embedding: try reader.embedding(
      "embeddings.word_embeddings.weight", [config.dVocab, dModel], config: config),
    positionEmbedding: try reader.tensor(
      "embeddings.position_embeddings.weight", [config.nContext, dModel]),
    embeddingNorm: try reader.norm("embeddings.LayerNorm", dModel, hasBias: true), blocks: blocks)
  try BertShape.readHead(
    BertShape.HeadNames(
      dense: "vocab_transform", norm: "vocab_layer_norm", unembedding: "vocab_projector.weight",
      bias: "vocab_projector.bias"),
    &reader, config, into: &weights)
  return weights
}
