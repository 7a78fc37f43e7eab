/// What BERT and RoBERTa share: the keys of the configuration, the names of the encoder's tensors, and a
/// masked-language-model head of dense layer, activation, norm and tied unembedding.
enum BertShape {
  /// Where a family keeps its masked-language-model head.
  struct HeadNames {
    let dense: String
    let norm: String
    /// Absent from a file where it is the embedding.
    let unembedding: String
    let bias: String
  }

  static func naming(
    prefix: String, aliases: [String: String], ignoring: [String]
  ) -> TensorNaming {
    TensorNaming(
      prefix: prefix, aliases: aliases, hasGammaAndBeta: true,
      ignores: { name in
        (["pooler.", prefix + "pooler."] + ignoring).contains { name.hasPrefix($0) }
          || name.hasSuffix("embeddings.position_ids")
      })
  }

  static func config(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
    try reader.require(
      "position_embedding_type", isOneOf: [.string("absolute")],
      because: "relative positions are not supported")
    for key in ["is_decoder", "add_cross_attention"] {
      try reader.require(key, isOneOf: [.bool(false)], because: "an encoder as a decoder is not supported")
    }
    let dModel = try reader.dimension("hidden_size")
    let nHeads = try reader.dimension("num_attention_heads")
    return TransformerConfig(
      nLayers: try reader.blockCount("num_hidden_layers"), nHeads: nHeads, nKeyValueHeads: nHeads,
      dModel: dModel, dHead: try reader.headWidth(dModel: dModel, nHeads: nHeads),
      dMLP: try reader.dimension("intermediate_size"), dVocab: try reader.dimension("vocab_size"),
      nContext: try reader.dimension("max_position_embeddings"),
      normalization: .layerNorm(epsilon: try reader.epsilon("layer_norm_eps", default: 1e-12)),
      blockOrder: .postNorm, positions: .learned(LearnedPositions()),
      activation: try reader.activation("hidden_act", default: "gelu"), mlp: .plain, masking: .bidirectional,
      head: try reader.bool("tie_word_embeddings", default: true) ? .tied : .untied, biases: .blocks)
  }

  /// - Parameter tables: those that know of the padding token.
  static func initialization(
    _ reader: ConfigReader, paddingToken: Int, tables: Set<String> = ["embeddings.word_embeddings.weight"],
    unembedding: String
  ) throws(ModelError) -> Initialization {
    var initialization = try Initialization(reader, paddingToken: paddingToken)
    (initialization.paddedTables, initialization.unembedding) = (tables, unembedding)
    return initialization
  }

  /// - Parameter rows: rows of the table of positions.
  static func weights(
    _ reader: inout WeightReader, _ config: TransformerConfig, rows: Int? = nil, head: HeadNames
  ) throws(ModelError) -> TransformerWeights {
    let dModel = config.dModel
    var blocks: [BlockWeights] = []
    for layer in 0..<config.nLayers { blocks.append(try block("encoder.layer.\(layer)", &reader, config)) }
    let embedding = try reader.embedding(
      "embeddings.word_embeddings.weight", [config.dVocab, dModel], config: config)
    var weights = TransformerWeights(embedding: embedding, blocks: blocks)
    weights.positionEmbedding = try reader.tensor(
      "embeddings.position_embeddings.weight", [rows ?? config.nContext, dModel])
    weights.tokenTypeEmbedding = try reader.table("embeddings.token_type_embeddings.weight", width: dModel)
    weights.embeddingNorm = try reader.norm("embeddings.LayerNorm", dModel, hasBias: true)
    try readHead(head, &reader, config, into: &weights)
    return weights
  }

  /// The masked-language-model head, if the checkpoint has one.
  static func readHead(
    _ names: HeadNames, _ reader: inout WeightReader, _ config: TransformerConfig,
    into weights: inout TransformerWeights
  ) throws(ModelError) {
    guard reader.has("\(names.dense).weight") else { return }
    let dModel = config.dModel
    weights.headTransform = HeadTransform(
      dense: try reader.linear(names.dense, inputs: dModel, outputs: dModel, hasBias: true),
      norm: try reader.norm(names.norm, dModel, hasBias: true))
    weights.unembedding = try reader.unembedding(
      weight: names.unembedding, bias: names.bias, embedding: weights.embedding, config: config)
  }

  private static func block(
    _ block: String, _ reader: inout WeightReader, _ config: TransformerConfig
  ) throws(ModelError) -> BlockWeights {
    let dModel = config.dModel
    let attention = "\(block).attention.self"
    return BlockWeights(
      ln1: try reader.norm("\(block).attention.output.LayerNorm", dModel, hasBias: true),
      attention: AttentionWeights(
        q: try reader.linear("\(attention).query", inputs: dModel, outputs: dModel, hasBias: true),
        k: try reader.linear("\(attention).key", inputs: dModel, outputs: dModel, hasBias: true),
        v: try reader.linear("\(attention).value", inputs: dModel, outputs: dModel, hasBias: true),
        o: try reader.linear(
          "\(block).attention.output.dense", inputs: dModel, outputs: dModel, hasBias: true)),
      ln2: try reader.norm("\(block).output.LayerNorm", dModel, hasBias: true),
      mlp: try reader.mlp("\(block).intermediate.dense", "\(block).output.dense", config))
  }
}
