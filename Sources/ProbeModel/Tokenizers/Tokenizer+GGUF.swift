extension Tokenizer {
  /// Reads the tokenizer of a GGUF file.
  ///
  /// GGUF does not carry the pipeline, only a tag (`tokenizer.ggml.pre`) for how text is cut into words; known
  /// tags stand for the pipelines that the tagged models were published with. Control tokens (type 3) and the
  /// unknown token (2) are special; user-defined ones (4) are always found in the text.
  ///
  /// - Throws: ``TokenizerError`` for another model than `gpt2` and `llama`, an unknown tag, or a vocabulary that contradicts
  ///   itself.
  public init(gguf: GGUFVocabulary) throws(TokenizerError) {
    switch gguf.model {
    case "gpt2": try self.init(byteLevel: gguf)
    case "llama": try self.init(sentencePiece: gguf)
    default:
      throw TokenizerError(
        .unsupportedComponent, path: gguf.path, key: "tokenizer.ggml.model",
        expected: "\"gpt2\" (byte-level BPE) or \"llama\" (SentencePiece's BPE)", found: "\"\(gguf.model)\"",
        nextStep:
          "Use the checkpoint's Hugging Face folder, whose tokenizer.json says more, or pass token ids.")
    }
  }

  private init(byteLevel gguf: GGUFVocabulary) throws(TokenizerError) {
    let style = try GGUFPreTokenizer(tag: gguf.pre, path: gguf.path)
    try gguf.checkCounts()
    let table = try PieceTable(distinct: gguf.tokens, path: gguf.path, key: "tokenizer.ggml.tokens")
    let model = try BytePairModel(gguf, table, ignoresMerges: style.ignoresMerges)
    let vocabulary = try Vocabulary(model: table, added: gguf.addedTokens, path: gguf.path)

    let (postProcessor, specials) = try gguf.surroundings(addsBOS: style.addsBOS, vocabulary)
    try self.init(
      path: gguf.path, normalizer: style.normalizer, preTokenizer: style.preTokenizer,
      model: .bytePair(model),
      postProcessor: postProcessor, decoder: .byteLevel, vocabulary: vocabulary, specials: specials)
  }
}

extension BytePairModel {
  fileprivate init(_ gguf: GGUFVocabulary, _ table: PieceTable, ignoresMerges: Bool) throws(TokenizerError) {
    let key = "tokenizer.ggml.merges"
    var pairs: [(left: Substring, right: Substring)] = []
    pairs.reserveCapacity(gguf.merges.count)
    for (rank, merge) in gguf.merges.enumerated() {
      guard let pair = MergeTable.split(merge) else {
        throw TokenizerError(
          .invalidValue, path: gguf.path, key: "\(key)[\(rank)]", expected: "two pieces with a blank between",
          found: "\"\(merge)\"", nextStep: "Convert the checkpoint again: its merges are damaged.")
      }
      pairs.append(pair)
    }
    let (merges, mergePairs) = try MergeTable.build(pairs, in: table, path: gguf.path, key: key)
    var options = Options()
    options.ignoresMerges = ignoresMerges
    self.init(table: table, merges: merges, mergePairs: mergePairs, options: options, readsRawBytes: true)
  }
}

extension GGUFVocabulary {
  func checkCounts() throws(TokenizerError) {
    guard !tokens.isEmpty, tokens.count <= PieceTable.maximumID else {
      throw TokenizerError(
        .corruptVocabulary, path: path, key: "tokenizer.ggml.tokens",
        expected: "1 to \(PieceTable.maximumID) tokens", found: "\(tokens.count)",
        nextStep: "Convert the checkpoint again: its vocabulary is damaged.")
    }
    guard tokenTypes.isEmpty || tokenTypes.count == tokens.count else {
      throw TokenizerError(
        .corruptVocabulary, path: path, key: "tokenizer.ggml.token_type",
        expected: "\(tokens.count) types, one a token", found: "\(tokenTypes.count)",
        nextStep: "Convert the checkpoint again: its vocabulary is damaged.")
    }
  }

  /// What is put around a text, and the tokens with a role.
  func surroundings(addsBOS: Bool, _ vocabulary: Vocabulary) throws(TokenizerError)
    -> (PostProcessor, SpecialTokens)
  {
    var specials = SpecialTokens()
    specials.bos = try checked(bosTokenID, "bos_token_id")
    specials.eos = try checked(eosTokenID, "eos_token_id")
    specials.pad = try checked(padTokenID, "padding_token_id")
    specials.unknown = try checked(unknownTokenID, "unknown_token_id")
    var postProcessor = PostProcessor()
    if addBOS ?? addsBOS {
      guard let bos = specials.bos else { throw missing("bos_token_id", neededFor: "add_bos_token") }
      postProcessor.prefix = [bos]
    }
    if addEOS ?? false {
      guard let eos = specials.eos else { throw missing("eos_token_id", neededFor: "add_eos_token") }
      postProcessor.suffix = [eos]
    }
    specials.chooseBeginning(cls: nil, postProcessor, vocabulary)
    return (postProcessor, specials)
  }

  /// Control, unknown and user-defined tokens.
  var addedTokens: [AddedToken] {
    zip(tokenTypes, tokens).enumerated().compactMap { id, entry in
      let (type, content) = entry
      guard 2...4 ~= type, !content.isEmpty else { return nil }
      return AddedToken(id: id, content: content, isSpecial: type != 4)
    }
  }

  fileprivate func checked(_ id: Int?, _ name: String) throws(TokenizerError) -> Int? {
    guard let id else { return nil }
    guard tokens.indices.contains(id) else {
      throw TokenizerError(
        .corruptVocabulary, path: path, key: "tokenizer.ggml.\(name)",
        expected: "an id below \(tokens.count)", found: "\(id)",
        nextStep: "Convert the checkpoint again: its vocabulary is damaged.")
    }
    return id
  }

  fileprivate func missing(_ name: String, neededFor flag: String) -> TokenizerError {
    TokenizerError(
      .missingKey, path: path, key: "tokenizer.ggml.\(name)", expected: "an id, which \(flag) needs",
      found: "nothing", nextStep: "Convert the checkpoint again, or use sentinel `none`.")
  }
}
