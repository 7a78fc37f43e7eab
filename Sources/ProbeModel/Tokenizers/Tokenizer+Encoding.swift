extension Tokenizer {
  /// Encodes a text.
  ///
  /// Special tokens that the text spells out (`<|im_start|>`) become those tokens when `parsesSpecialTokens` is
  /// set: they are the user's. A text that begins with the beginning-of-sequence token gets no second one, under
  /// either policy; the reference does double it. ``Encoding/beginning`` says which case it was.
  ///
  /// - Parameters:
  ///   - text: any text; invalid UTF-8 has become U+FFFD on its way into a `String`.
  ///   - sentinel: what is put around it.
  ///   - parsesSpecialTokens: whether special tokens are looked for in the text. If not, they are encoded like any
  ///     other text.
  /// - Throws: ``TokenizerError`` when a beginning-of-sequence token is asked for and there is none, the text has
  ///   2³¹ bytes or more, or the vocabulary cannot spell it and has no unknown token.
  public func encode(_ text: String, sentinel: Sentinel = .tokenizer, parsesSpecialTokens: Bool = true)
    throws(TokenizerError) -> Encoding
  {
    var cache = EncodingCache()
    return try encode(text, sentinel: sentinel, parsesSpecialTokens: parsesSpecialTokens, cache: &cache)
  }

  /// Encodes one of many texts; what `cache` remembers makes the next one faster and changes no id.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - sentinel: what is put around it.
  ///   - parsesSpecialTokens: whether special tokens are looked for in the text.
  ///   - cache: words met before.
  /// - Throws: ``TokenizerError``, as above.
  public func encode(
    _ text: String, sentinel: Sentinel, parsesSpecialTokens: Bool = true, cache: inout EncodingCache
  ) throws(TokenizerError) -> Encoding {
    let bytes = Array(text.utf8)
    try checkLength(bytes)
    let around = try surroundings(sentinel)
    cache.claim(for: identity)
    var tokens: [Token] = []
    tokens.reserveCapacity(bytes.count / 4 + around.prefix.count + around.suffix.count)
    try append(bytes, at: 0, PieceEnds(), findsSpecial: parsesSpecialTokens, to: &tokens, &cache)
    return try finish(&tokens, of: bytes, around)
  }

  func checkLength(_ bytes: [UInt8]) throws(TokenizerError) {
    guard bytes.count >= Int32.max else { return }
    throw TokenizerError(
      .textTooLong, path: path, key: "", expected: "fewer than 2147483648 bytes", found: "\(bytes.count)",
      nextStep: "Cut the text into parts.")
  }

  /// Checks the tokens of a whole text, and puts what belongs around them.
  func finish(_ tokens: inout [Token], of bytes: [UInt8], _ around: (prefix: [Int], suffix: [Int]))
    throws(TokenizerError) -> Encoding
  {
    if let unspelled = tokens.first(where: { $0.id < 0 }) { throw cannotSpell(unspelled.span, of: bytes) }
    if postProcessor.trimsSpans { trimSpans(of: &tokens, in: bytes) }
    return surround(tokens, with: around)
  }

  // MARK: Words

  /// Encodes a text, or a piece of one that begins at its byte `base`.
  func append(
    _ bytes: [UInt8], at base: Int, _ ends: PieceEnds, findsSpecial: Bool, to tokens: inout [Token],
    _ cache: inout EncodingCache
  ) throws(TokenizerError) {
    for segment in rawMatcher.segments(of: bytes, findsSpecial: findsSpecial) {
      let (start, end) = (segment.range.lowerBound, segment.range.upperBound)
      if let token = segment.token {
        tokens.append(
          Token(id: token.id, text: token.content, span: base + start..<base + end, isAdded: false))
      } else if start < end {
        let isWhole = segment.range.count == bytes.count
        let ends = ends.ends(first: start == 0, last: end == bytes.count)
        var part = AlignedText(bytes: isWhole ? bytes : Array(bytes[segment.range]), base: base + start)
        try normalizer?.apply(to: &part, ends)
        try append(part, ends, findsSpecial: findsSpecial, to: &tokens, &cache)
      }
    }
  }

  /// Encodes normalized text.
  private func append(
    _ part: AlignedText, _ ends: PieceEnds, findsSpecial: Bool, to tokens: inout [Token],
    _ cache: inout EncodingCache
  ) throws(TokenizerError) {
    for segment in normalizedMatcher.segments(of: part.bytes, findsSpecial: findsSpecial) {
      if let token = segment.token {
        let span = part.source(of: segment.range)
        tokens.append(Token(id: token.id, text: token.content, span: span, isAdded: false))
        continue
      }
      let ends = ends.ends(
        first: segment.range.lowerBound == 0, last: segment.range.upperBound == part.bytes.count)
      var words = PreTokens(part.slice(segment.range))
      words.continuesBlankWord = ends.continuesBlankWord
      try preTokenizer?.apply(to: &words)
      append(words, ends, to: &tokens, &cache)
    }
  }

  private func append(
    _ words: PreTokens, _ pieceEnds: PieceEnds, to tokens: inout [Token], _ cache: inout EncodingCache
  ) {
    let text = words.text
    text.bytes.withUnsafeBufferPointer { bytes in
      for range in words.words {
        let word = UnsafeBufferPointer(rebasing: bytes[range])
        let ends = WordEnds(
          begins: !(pieceEnds.continuesWord && range.lowerBound == 0),
          ends: !(pieceEnds.breaksWord && range.upperBound == bytes.count))
        guard word.count <= WordCache.longestWord, ends.isWhole else {
          model.encode(word, ends, with: &cache.merger)
          for symbol in cache.merger.symbols { append(symbol, of: range, text, to: &tokens) }
          continue
        }
        let hash = PieceTable.hash(word)
        if let known = cache.words.find(word, hash: hash) {
          for index in known { append(cache.words.symbols[index], of: range, text, to: &tokens) }
        } else {
          model.encode(word, .both, with: &cache.merger)
          for symbol in cache.merger.symbols { append(symbol, of: range, text, to: &tokens) }
          cache.words.insert(word, hash: hash, symbols: cache.merger.symbols)
        }
      }
    }
  }

  @inline(__always)
  private func append(_ symbol: Symbol, of word: Range<Int>, _ text: AlignedText, to tokens: inout [Token]) {
    let start = word.lowerBound + Int(symbol.start)
    let end = word.lowerBound + Int(symbol.end)
    let id = Int(symbol.id)
    tokens.append(
      Token(
        id: id, text: id < 0 ? "" : vocabulary.pieces[id], span: text.source(of: start..<end), isAdded: false)
    )
  }

  private func cannotSpell(_ span: Range<Int>, of bytes: [UInt8]) -> TokenizerError {
    TokenizerError(
      .unspellableText, path: path, key: "model",
      expected: "text that the vocabulary can spell, or an unknown token in it",
      found: "\"\(String(decoding: bytes[span].prefix(60), as: UTF8.self))\" at bytes \(span) of the text",
      nextStep: "Name an unknown token in the vocabulary, or leave such text out.")
  }

  /// Leaves blanks at either end out of the spans, as a post-processor with `trim_offsets` asks: spaces, and for
  /// added tokens every kind of ASCII blank that they took along.
  private func trimSpans(of tokens: inout [Token], in bytes: [UInt8]) {
    for (index, token) in tokens.enumerated() {
      let span = token.span
      let takesBlanks = vocabulary.isAdded(token.id)
      let isBlank = { (byte: UInt8) in byte == 0x20 || takesBlanks && 0x09...0x0D ~= byte }
      var leading = bytes[span].prefix(while: isBlank).count
      let trailing = bytes[span].reversed().prefix(while: isBlank).count
      if index == 0 || span.lowerBound == 0, postProcessor.keepsFirstSpace, leading == 1 { leading = 0 }
      let start = min(span.lowerBound + leading, span.upperBound)
      let trimmed = start..<max(span.upperBound - trailing, start)
      if trimmed != span {
        tokens[index] = Token(id: token.id, text: token.text, span: trimmed, isAdded: token.isAdded)
      }
    }
  }

  // MARK: What is put around a text

  func surroundings(_ sentinel: Sentinel) throws(TokenizerError) -> (prefix: [Int], suffix: [Int]) {
    switch sentinel {
    case .none: return ([], [])
    case .tokenizer: return (postProcessor.prefix, postProcessor.suffix)
    case .bos:
      if let beginning = specials.beginning { return ([beginning.id], []) }
      throw TokenizerError(
        .noBeginningToken, path: path, key: "bos_token", expected: "a BOS, CLS or other beginning token",
        found: "none",
        nextStep: "Use sentinel `tokenizer` or `none`, or name a bos_token in tokenizer_config.json.")
    }
  }

  private func surround(_ tokens: [Token], with around: (prefix: [Int], suffix: [Int])) -> Encoding {
    guard !around.prefix.isEmpty || !around.suffix.isEmpty else {
      return Encoding(tokens: tokens, beginning: .absent)
    }
    let stands = !around.prefix.isEmpty && tokens.prefix(around.prefix.count).map { $0.id } == around.prefix
    let prefix = stands ? [] : around.prefix
    let end = tokens.last?.span.upperBound ?? 0
    let all =
      prefix.map { Token(id: $0, text: vocabulary.pieces[$0], span: 0..<0, isAdded: true) } + tokens
      + around.suffix.map { Token(id: $0, text: vocabulary.pieces[$0], span: end..<end, isAdded: true) }
    return Encoding(
      tokens: all, beginning: around.prefix.isEmpty ? .absent : stands ? .inText : .added,
      appendedCount: around.suffix.count)
  }
}
