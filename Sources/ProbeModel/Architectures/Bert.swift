extension Architecture {
  /// BERT and its relatives of the same shape (MiniLM): post-norm encoder, learned positions, token types.
  ///
  /// `logits` are those of the masked-language-model head, where a checkpoint has it. The pooler and the next-sentence
  /// head are not part of the stream and are left unread.
  static let bert = Architecture(
    name: "BERT",
    modelTypes: ["bert"],
    config: { (reader) throws(ModelError) in
      var config = try BertShape.config(reader)
      config.headActivation = config.activation
      return config
    },
    naming: BertShape.naming(
      prefix: "bert.", aliases: ["cls.predictions.bias": "cls.predictions.decoder.bias"],
      ignoring: ["cls.seq_relationship."]),
    gguf: nil,
    weights: { (reader, config) throws(ModelError) in
      let head = "cls.predictions"
      return try BertShape.weights(
        &reader, config,
        head: BertShape.HeadNames(
          dense: "\(head).transform.dense", norm: "\(head).transform.LayerNorm",
          unembedding: "\(head).decoder.weight", bias: "\(head).bias"))
    },
    initialization: { (reader, _) throws(ModelError) in
      try BertShape.initialization(
        reader, paddingToken: 0, unembedding: "cls.predictions.decoder.weight")
    })
}
