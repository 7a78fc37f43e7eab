/// How tokens become text again: the `decoder` of a `tokenizer.json`.
///
/// A decoder takes a list of byte strings to another; the text is the result, joined. Bytes rather than strings,
/// because a token may hold a part of a character.
indirect enum TokenDecoder: Sendable {
  case byteLevel
  case wordPiece(prefix: String, cleansUp: Bool)
  case metaspace(Unicode.Scalar, dropsFirst: Bool)
  case bytePair(suffix: String)
  case byteFallback
  case fuse
  /// Connectionist temporal classification: repetitions and padding vanish.
  case ctc(padding: String, wordDelimiter: String, cleansUp: Bool)
  case strip(Unicode.Scalar, start: Int, stop: Int)
  case replace(SplitPattern, with: String)
  case sequence([TokenDecoder])

  /// Applies this decoder to a list of tokens.
  ///
  /// - Throws: ``TokenizerError`` for a pattern that finds no end, and for a text that grows without one.
  func apply(to tokens: [[UInt8]]) throws(TokenizerError) -> [[UInt8]] {
    let length = tokens.reduce(0) { $0 + $1.count }
    return try apply(to: tokens, longest: length * Self.mostGrowth + Self.mostGrowth)
  }

  /// A chain of replacements could go on for ever.
  private static let mostGrowth = 64

  private func apply(to tokens: [[UInt8]], longest: Int) throws(TokenizerError) -> [[UInt8]] {
    switch self {
    case .byteLevel: return [Self.replacingInvalid(tokens.flatMap(Self.bytes))]
    case .wordPiece(let prefix, let cleansUp): return Self.wordPiece(tokens, Array(prefix.utf8), cleansUp)
    case .metaspace(let mark, let dropsFirst):
      return Self.metaspace(tokens, Array(String(mark).utf8), dropsFirst)
    case .bytePair(let suffix):
      return tokens.enumerated().map { index, token in
        Self.replace(Array(suffix.utf8), with: index == tokens.count - 1 ? [] : [0x20], in: token)
      }
    case .byteFallback: return Self.byteFallback(tokens)
    case .ctc(let padding, let delimiter, let cleansUp):
      return Self.ctc(tokens, Array(padding.utf8), Array(delimiter.utf8), cleansUp)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let scalar, let start, let stop):
      return tokens.map { Self.strip($0, Array(String(scalar).utf8), start: start, stop: stop) }
    case .replace(let pattern, let content):
      return try Self.replace(pattern, with: Array(content.utf8), in: tokens, longest: longest)
    case .sequence(let decoders):
      var tokens = tokens
      for decoder in decoders { tokens = try decoder.apply(to: tokens, longest: longest) }
      return tokens
    }
  }

  // MARK: The parts

  /// The bytes that a piece in GPT-2's alphabet stands for; a piece outside of it stands for itself.
  private static func bytes(_ piece: [UInt8]) -> [UInt8] {
    ByteAlphabet.decode(String(decoding: piece, as: UTF8.self)) ?? piece
  }

  private static func replacingInvalid(_ bytes: [UInt8]) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  private static func wordPiece(_ tokens: [[UInt8]], _ prefix: [UInt8], _ cleansUp: Bool) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      var token = token
      if index > 0 {
        if token.starts(with: prefix) { token.removeFirst(prefix.count) } else { token.insert(0x20, at: 0) }
      }
      return cleansUp ? tidied(token) : token
    }
  }

  private static func tidied(_ token: [UInt8]) -> [UInt8] {
    untidyEnglish.reduce(token) { replace(Array($1.0.utf8), with: Array($1.1.utf8), in: $0) }
  }

  /// The first of equal neighbours, without padding; the delimiter becomes a space in the clean-up, as in the
  /// reference. Reference: Graves et al., "Connectionist Temporal Classification" (ICML 2006).
  private static func ctc(_ tokens: [[UInt8]], _ padding: [UInt8], _ delimiter: [UInt8], _ cleansUp: Bool)
    -> [[UInt8]]
  {
    var result: [[UInt8]] = []
    for (index, token) in tokens.enumerated() where index == 0 || token != tokens[index - 1] {
      var token = replace(padding, with: [], in: token)
      if cleansUp { token = replace(delimiter, with: [0x20], in: tidied(token)) }
      if !token.isEmpty { result.append(token) }
    }
    return result
  }

  /// Blanks before punctuation and contractions, as the reference closes them up.
  private static let untidyEnglish: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  private static func metaspace(_ tokens: [[UInt8]], _ mark: [UInt8], _ dropsFirst: Bool) -> [[UInt8]] {
    tokens.enumerated().map { replace(mark, with: $0 == 0 && dropsFirst ? [] : [0x20], in: $1) }
  }

  /// Runs of `<0xE4>` tokens as the bytes they name; as U+FFFD, one a byte, if those are not UTF-8.
  private static func byteFallback(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      guard !run.isEmpty else { return }
      if String(validating: run, as: UTF8.self) != nil {
        result.append(run)
      } else {
        for _ in run { result.append(Array("\u{FFFD}".utf8)) }
      }
      run = []
    }
    for token in tokens {
      if let byte = namedByte(token) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static func namedByte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func strip(_ token: [UInt8], _ content: [UInt8], start: Int, stop: Int) -> [UInt8] {
    var kept = token[...]
    // Files may ask for more than there is.
    for _ in 0..<min(start, token.count) where kept.starts(with: content) { kept.removeFirst(content.count) }
    for _ in 0..<min(stop, token.count)
    where kept.count >= content.count && kept.suffix(content.count).elementsEqual(content) {
      kept.removeLast(content.count)
    }
    return Array(kept)
  }

  private static func replace(_ old: [UInt8], with new: [UInt8], in token: [UInt8]) -> [UInt8] {
    var pieces: [PatternPiece] = []
    SplitPattern.appendLiteral(old, token, 0..<token.count, &pieces)
    return joined(pieces, with: new, in: token)
  }

  private static func replace(
    _ pattern: SplitPattern, with new: [UInt8], in tokens: [[UInt8]], longest: Int
  ) throws(TokenizerError) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var length = 0
    for token in tokens {
      var pieces: [PatternPiece] = []
      try pattern.appendPieces(of: token, in: 0..<token.count, to: &pieces)
      length += token.count + new.count * pieces.count { $0.isMatch }
      try SplitPattern.check(length, longest: longest)
      result.append(joined(pieces, with: new, in: token))
    }
    return result
  }

  private static func joined(_ pieces: [PatternPiece], with new: [UInt8], in token: [UInt8]) -> [UInt8] {
    pieces.flatMap { $0.isMatch ? new : Array(token[$0.range]) }
  }
}

// MARK: - Reading

extension TokenDecoder {
  static let supported = [
    "ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip", "Replace",
    "CTC", "Sequence",
  ]

  /// Reads the `decoder` of a `tokenizer.json`.
  init(_ node: JSONNode) throws(TokenizerError) {
    let type = try node.required("type").string()
    switch type {
    case "ByteLevel": self = .byteLevel
    case "WordPiece":
      self = .wordPiece(
        prefix: try node.optionalString("prefix") ?? "##", cleansUp: try node.bool("cleanup", default: true))
    case "Metaspace":
      self = .metaspace(
        try node.required("replacement").scalar(),
        dropsFirst: try PreTokenizer.PrependScheme(node) != .never)
    case "BPEDecoder": self = .bytePair(suffix: try Self.needle(node, "suffix") ?? "</w>")
    case "CTC":
      self = .ctc(
        padding: try node.required("pad_token").string(),
        wordDelimiter: try Self.needle(node, "word_delimiter_token") ?? "|",
        cleansUp: try node.bool("cleanup", default: true))
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      self = .strip(
        try node.required("content").scalar(), start: try node.required("start").count(),
        stop: try node.required("stop").count())
    case "Replace":
      self = .replace(
        try SplitPattern(try node.required("pattern")), with: try node.required("content").string())
    case "Sequence":
      var decoders: [TokenDecoder] = []
      for element in try node.required("decoders").elements() { decoders.append(try TokenDecoder(element)) }
      self = .sequence(decoders)
    default: throw node.unsupported("decoder", found: "\"\(type)\"", supported: Self.supported)
    }
  }
  /// A string to look for: an empty one would be found between any two characters.
  private static func needle(_ node: JSONNode, _ name: String) throws(TokenizerError) -> String? {
    guard let child = try node.child(name) else { return nil }
    let text = try child.string()
    guard !text.isEmpty else { throw child.invalid(expected: "a string that is not empty", found: "\"\"") }
    return text
  }
}
