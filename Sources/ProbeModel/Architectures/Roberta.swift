extension Architecture {
  /// RoBERTa and its relatives of the same shape (CodeBERT, GraphCodeBERT, CodeBERTa): BERT with positions that are
  /// counted from the padding id.
  static let roberta = Architecture(
    name: "RoBERTa",
    modelTypes: ["roberta"],
    config: robertaConfig,
    naming: BertShape.naming(
      prefix: "roberta.", aliases: ["lm_head.bias": "lm_head.decoder.bias"], ignoring: []),
    gguf: nil,
    weights: { (reader, config) throws(ModelError) in
      var firstRow = 0
      if case .learned(let positions) = config.positions { firstRow = positions.firstRow }
      return try BertShape.weights(
        &reader, config, rows: config.nContext + firstRow,
        head: BertShape.HeadNames(
          dense: "lm_head.dense", norm: "lm_head.layer_norm", unembedding: "lm_head.decoder.weight",
          bias: "lm_head.bias"))
    },
    initialization: { (reader, _) throws(ModelError) in
      try BertShape.initialization(
        reader, paddingToken: 1,
        tables: ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"],
        unembedding: "lm_head.decoder.weight")
    })
}

private func robertaConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  var config = try BertShape.config(reader)
  // The head has this function whatever the encoder's is.
  config.headActivation = .gelu
  let (key, rows) = ("pad_token_id", config.nContext)
  guard !reader.isNull(key) else {
    throw ModelError(
      .unsupported, at: "\(reader.path): \(key)", "null: positions are counted from the padding id")
  }
  let padding = try reader.optionalInteger(key) ?? 1
  guard padding >= 0, padding < rows - 1 else {
    throw ModelError(
      .badValue, at: "\(reader.path): \(key)",
      "expected an id from 0 on that leaves positions of max_position_embeddings, \(rows), found \(padding)")
  }
  config.positions = .learned(LearnedPositions(firstRow: padding + 1, uncountedToken: padding))
  config.nContext = rows - padding - 1
  return config
}
