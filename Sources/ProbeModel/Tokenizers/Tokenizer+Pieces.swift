extension Tokenizer {
  /// Encodes a text around its leaves.
  ///
  /// Sentinels stand around the whole, once. Spans are bytes of the whole text under each way. Special tokens that
  /// the text spells out become those tokens, unless a cut goes through them.
  ///
  /// A piece is encoded as what it is, a part of a text:
  /// - **byte-level BPE** (GPT-2, SmolLM2, Llama 3): as any text. Where the tokenizer puts a space before a text
  ///   (`add_prefix_space`), pieces other than the first get none.
  /// - **SentencePiece** (Llama 2, Gemma, T5, XLM-R): the dummy prefix ▁ stands before the first piece only; in
  ///   others ▁ stands where the text has blanks. Blanks are stripped at the ends of the text, not of pieces.
  /// - **WordPiece** (BERT, MiniLM): blanks vanish. A piece that begins within a word, as one without a blank or
  ///   punctuation before it does, is spelled with continuing pieces (`##`); a BPE with suffixes for the ends of
  ///   words does alike.
  ///
  /// Patterns, normalization and the marks of words are otherwise those of the piece alone: a digit rule counts
  /// from the cut.
  ///
  /// For ``Pieces/alone`` a leaf behind another is encoded with one space before it, which no span covers; nothing
  /// else that a tokenizer puts before a text is put there.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - pieces: how it is cut.
  ///   - leaves: ranges of the text's UTF-8: sorted, apart, not empty, at the bounds of characters. Of no account
  ///     for ``Pieces/whole``; without any, ``Pieces/cut`` is the whole text and ``Pieces/alone`` nothing.
  ///   - sentinel: what is put around the whole.
  ///   - cache: words met before.
  /// - Throws: ``TokenizerError``, as for a text that is not cut.
  public func encode(
    _ text: String, pieces: Pieces, leaves: [Range<Int>], sentinel: Sentinel, cache: inout EncodingCache
  ) throws(TokenizerError) -> Encoding {
    guard pieces != .whole else { return try encode(text, sentinel: sentinel, cache: &cache) }
    let bytes = Array(text.utf8)
    try checkLength(bytes)
    check(leaves, in: bytes)
    let around = try surroundings(sentinel)
    cache.claim(for: identity)
    var tokens: [Token] = []
    tokens.reserveCapacity(bytes.count / 3 + around.prefix.count + around.suffix.count)
    if pieces == .cut {
      try appendPieces(of: bytes, cutAt: leaves.map { $0.upperBound }, to: &tokens, &cache)
    } else {
      for (index, leaf) in leaves.enumerated() {
        try append(leaf, of: bytes, isFirst: index == 0, to: &tokens, &cache)
      }
    }
    return try finish(&tokens, of: bytes, around)
  }

  private func check(_ leaves: [Range<Int>], in bytes: [UInt8]) {
    var end = 0
    for leaf in leaves {
      precondition(
        !leaf.isEmpty && leaf.lowerBound >= end && leaf.upperBound <= bytes.count,
        "encode: leaf \(leaf) behind one that ends at \(end), in a text of \(bytes.count) bytes")
      for place in [leaf.lowerBound, leaf.upperBound] where place < bytes.count {
        precondition(bytes[place] & 0xC0 != 0x80, "encode: a leaf at \(place), inside a character")
      }
      end = leaf.upperBound
    }
  }

  private func appendPieces(
    of bytes: [UInt8], cutAt cuts: [Int], to tokens: inout [Token], _ cache: inout EncodingCache
  ) throws(TokenizerError) {
    let seams = try TextSeams(of: bytes, for: self)
    var start = 0
    var ends = PieceEnds()
    for cut in cuts + [bytes.count] where cut > start {
      let next = cut < bytes.count ? seams.ends(behind: cut) : PieceEnds()
      ends.precedesText = next.followsText
      ends.breaksWord = next.continuesWord
      try append(
        Array(bytes[start..<cut]), at: start, ends, findsSpecial: true, to: &tokens, &cache)
      (start, ends) = (cut, next)
    }
  }

  /// Encodes a leaf by itself; a later one with a space that takes the place of the byte before it.
  private func append(
    _ leaf: Range<Int>, of bytes: [UInt8], isFirst: Bool, to tokens: inout [Token],
    _ cache: inout EncodingCache
  ) throws(TokenizerError) {
    let first = tokens.count
    if isFirst {
      try append(
        Array(bytes[leaf]), at: leaf.lowerBound, PieceEnds(), findsSpecial: true, to: &tokens, &cache)
    } else {
      try append(
        [0x20] + bytes[leaf], at: leaf.lowerBound - 1, PieceEnds(followsText: true), findsSpecial: true,
        to: &tokens, &cache)
    }
    let own = tokens[first...].compactMap { token -> Token? in
      let span = token.span.clamped(to: leaf)
      return span.isEmpty ? nil : Token(id: token.id, text: token.text, span: span, isAdded: token.isAdded)
    }
    tokens.replaceSubrange(first..., with: own)
  }
}

/// Where the words of a text are, as far as its tokenizer treats a piece that begins inside one otherwise.
private struct TextSeams {
  private var stretches = ByteCover([])
  private var blankWords = ByteCover([])
  private var words = ByteCover([])

  /// Runs the pipeline up to the model, if anything depends on it.
  init(of bytes: [UInt8], for tokenizer: Tokenizer) throws(TokenizerError) {
    let stage = tokenizer.preTokenizer?.beforeBlanks
    let marksWords = tokenizer.model.marksEndsOfWords
    guard stage != nil || marksWords || tokenizer.normalizer?.changesEnds == true else { return }
    var (stretches, blankWords, words): ([Range<Int>], [Range<Int>], [Range<Int>]) = ([], [], [])
    // A cut through an added token makes text of it, and has a part of it on either side.
    var added: [Range<Int>] = []
    for segment in tokenizer.rawMatcher.segments(of: bytes, findsSpecial: true) where !segment.range.isEmpty {
      stretches.append(segment.range)
      guard segment.token == nil else {
        added.append(segment.range)
        continue
      }
      guard stage != nil || marksWords else { continue }
      var part = AlignedText(bytes: Array(bytes[segment.range]), base: segment.range.lowerBound)
      try tokenizer.normalizer?.apply(to: &part)
      for inner in tokenizer.normalizedMatcher.segments(of: part.bytes, findsSpecial: true) {
        guard inner.token == nil else {
          added.append(part.source(of: inner.range))
          continue
        }
        let slice = part.slice(inner.range)
        if let stage { blankWords += try Self.words(of: slice, stage) }
        if marksWords { words += try Self.words(of: slice, tokenizer.preTokenizer) }
      }
    }
    self.stretches = ByteCover(stretches)
    self.blankWords = ByteCover(blankWords + added)
    self.words = ByteCover(words + added)
  }

  private static func words(of text: AlignedText, _ preTokenizer: PreTokenizer?) throws(TokenizerError)
    -> [Range<Int>]
  {
    var words = PreTokens(text)
    try preTokenizer?.apply(to: &words)
    return words.words.map { words.text.source(of: $0) }
  }

  /// The ends of a piece that begins at `cut`, and where it follows another.
  func ends(behind cut: Int) -> PieceEnds {
    PieceEnds(
      followsText: stretches.crosses(cut), continuesBlankWord: blankWords.crosses(cut),
      continuesWord: words.crosses(cut))
  }
}
