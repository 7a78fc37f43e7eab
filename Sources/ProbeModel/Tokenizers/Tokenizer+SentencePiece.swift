extension Tokenizer {
  /// Reads SentencePiece's BPE from GGUF metadata (`llama`: Llama 1 and 2, Phi-3, Gemma).
  ///
  /// There are no merges there but a score a piece: of all neighbours that join to a piece, those with the
  /// largest score are joined first, the leftmost of equals. Blanks are spelled ▁, and one is put before a text
  /// unless `add_space_prefix` is off; characters without a piece are spelled in bytes.
  /// Reference: Kudo & Richardson, "SentencePiece" (EMNLP 2018).
  init(sentencePiece gguf: GGUFVocabulary) throws(TokenizerError) {
    try gguf.checkCounts()
    guard gguf.scores.count == gguf.tokens.count, gguf.scores.allSatisfy({ $0.isFinite }) else {
      throw TokenizerError(
        .corruptVocabulary, path: gguf.path, key: "tokenizer.ggml.scores",
        expected: "\(gguf.tokens.count) finite scores, one a token", found: "\(gguf.scores.count) values",
        nextStep: "Convert the checkpoint again: its vocabulary is damaged.")
    }
    let table = try PieceTable(distinct: gguf.tokens, path: gguf.path, key: "tokenizer.ggml.tokens")
    let vocabulary = try Vocabulary(model: table, added: gguf.addedTokens, path: gguf.path)
    var options = BytePairModel.Options()
    if let unknown = gguf.unknownTokenID ?? gguf.tokenTypes.firstIndex(of: 2), gguf.tokens.indices ~= unknown
    {
      options.unknownToken = gguf.tokens[unknown]
    }
    options.fusesUnknown = true
    options.fallsBackToBytes = true
    let (merges, pairs) = gguf.mergesByScore(table)
    let model = BytePairModel(
      table: table, merges: merges, mergePairs: pairs, options: options, readsRawBytes: false)
    let (postProcessor, specials) = try gguf.surroundings(addsBOS: true, vocabulary)

    let blank: Unicode.Scalar = "\u{2581}"
    let spelling = Normalizer.replace(.literal([0x20]), with: String(blank))
    let prefixes = gguf.addSpacePrefix ?? true
    let decoders: [TokenDecoder] = [
      .replace(.literal(Array(String(blank).utf8)), with: " "), .byteFallback, .fuse,
    ]
    try self.init(
      path: gguf.path, normalizer: prefixes ? .sequence([.prepend(String(blank)), spelling]) : spelling,
      preTokenizer: nil, model: .bytePair(model), postProcessor: postProcessor,
      decoder: .sequence(prefixes ? decoders + [.strip(" ", start: 1, stop: 0)] : decoders),
      vocabulary: vocabulary, specials: specials)
  }
}

extension GGUFVocabulary {
  /// Every way to join two pieces to a third, ranked by the third's score; equal scores have equal ranks.
  ///
  /// Control, unknown and byte tokens take no part.
  fileprivate func mergesByScore(_ table: PieceTable) -> (table: MergeTable, pairs: [(Int32, Int32)]) {
    let joins = tokens.indices.filter { tokenTypes.isEmpty || ![2, 3, 6].contains(tokenTypes[$0]) }
    let order = joins.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    let isJoining = joins.reduce(into: [Bool](repeating: false, count: tokens.count)) { $0[$1] = true }
    var found: [(left: Int32, right: Int32, rank: Int32, merged: Int32)] = []
    var rank: Int32 = -1
    var last = Float.nan
    for id in order {
      if scores[id] != last { rank += 1 }
      last = scores[id]
      let bytes = Array(tokens[id].utf8)
      bytes.withUnsafeBufferPointer { bytes in
        for cut in bytes.indices.dropFirst() where bytes[cut] & 0xC0 != 0x80 {
          guard let left = table.find(UnsafeBufferPointer(rebasing: bytes[..<cut])), isJoining[Int(left)],
            let right = table.find(UnsafeBufferPointer(rebasing: bytes[cut...])), isJoining[Int(right)]
          else { continue }
          found.append((left, right, rank, Int32(id)))
        }
      }
    }
    var merges = MergeTable(capacity: found.count)
    for entry in found { merges.insert(entry.left, entry.right, rank: entry.rank, merged: entry.merged) }
    return (merges, found.map { ($0.left, $0.right) })
  }
}
