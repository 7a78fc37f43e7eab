extension Architecture {
  /// BERT and its relatives of the same shape (MiniLM): post-norm encoder, learned positions, token types.
  ///
  /// The pooler and the pre-training heads are not part of the stream and are left unread.
  static let bert = Architecture(
    name: "BERT",
    modelTypes: ["bert"],
    ggufNames: [],
    config: bertConfig,
    ggufConfig: nil,
    naming: TensorNaming(
      prefix: "bert.",
      ignores: { name in
        ["pooler.", "bert.pooler.", "cls."].contains { name.hasPrefix($0) }
          || name.hasSuffix("embeddings.position_ids")
      }),
    weights: bertWeights)
}

private func bertConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  try reader.require(
    "position_embedding_type", isOneOf: [.string("absolute")], because: "relative positions are not supported"
  )
  try reader.require("is_decoder", isOneOf: [.bool(false)], because: "BERT as a decoder is not supported")
  let dModel = try reader.dimension("hidden_size")
  let nHeads = try reader.dimension("num_attention_heads")
  return TransformerConfig(
    nLayers: try reader.dimension("num_hidden_layers"), nHeads: nHeads, nKeyValueHeads: nHeads,
    dModel: dModel,
    dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
    dMLP: try reader.dimension("intermediate_size"),
    dVocab: try reader.dimension("vocab_size"), nContext: try reader.dimension("max_position_embeddings"),
    normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_eps", default: 1e-12)),
    blockOrder: .postNorm, positions: .learned,
    activation: try reader.activation("hidden_act", default: "gelu"),
    mlp: .plain, masking: .bidirectional, head: .none)
}

private func bertWeights(
  _ reader: inout WeightReader, _ config: TransformerConfig, isGGUF: Bool
) throws(ModelError) -> TransformerWeights {
  let dModel = config.dModel
  var blocks: [BlockWeights] = []
  for layer in 0..<config.nLayers {
    let block = "encoder.layer.\(layer)"
    blocks.append(
      BlockWeights(
        ln1: try reader.norm("\(block).attention.output.LayerNorm", dModel, hasBias: true),
        q: try reader.linear(
          "\(block).attention.self.query", inputs: dModel, outputs: dModel, bias: .required),
        k: try reader.linear("\(block).attention.self.key", inputs: dModel, outputs: dModel, bias: .required),
        v: try reader.linear(
          "\(block).attention.self.value", inputs: dModel, outputs: dModel, bias: .required),
        o: try reader.linear(
          "\(block).attention.output.dense", inputs: dModel, outputs: dModel, bias: .required),
        ln2: try reader.norm("\(block).output.LayerNorm", dModel, hasBias: true),
        mlpIn: try reader.linear(
          "\(block).intermediate.dense", inputs: dModel, outputs: config.dMLP, bias: .required),
        mlpUp: nil,
        mlpOut: try reader.linear(
          "\(block).output.dense", inputs: config.dMLP, outputs: dModel, bias: .required)))
  }
  return TransformerWeights(
    embedding: try reader.tensor("embeddings.word_embeddings.weight", [config.dVocab, dModel]),
    positionEmbedding: try reader.tensor("embeddings.position_embeddings.weight", [config.nContext, dModel]),
    tokenTypeEmbedding: try reader.table("embeddings.token_type_embeddings.weight", width: dModel),
    embeddingNorm: try reader.norm("embeddings.LayerNorm", dModel, hasBias: true), blocks: blocks,
    finalNorm: nil,
    unembedding: nil)
}
