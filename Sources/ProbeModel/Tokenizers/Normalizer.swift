/// What is done to text before it is cut: the `normalizer` of a `tokenizer.json`.
///
/// Names and meanings are those of Hugging Face's `tokenizers`. Lower-casing maps scalar by scalar, without
/// regard to context, as the reference does (no final sigma).
indirect enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  /// Removes every combining mark.
  case stripAccents
  /// The clean-up of BERT; `stripAccents` follows `lowercase` unless it is given.
  case bert(cleanText: Bool, handleChineseCharacters: Bool, stripAccents: Bool, lowercase: Bool)
  case replace(SplitPattern, with: String)
  /// Puts a string before a text that is not empty.
  case prepend(String)
  case strip(left: Bool, right: Bool)
  /// The clean-up of control and space characters of NMT.
  case nmt
  /// Every byte as the character that GPT-2's alphabet gives it.
  case byteLevel
  /// The character map of a SentencePiece model.
  case precompiled(CharacterMap)
  case sequence([Normalizer])

  /// Whether what stands at the ends of a text is treated otherwise than within.
  var changesEnds: Bool {
    switch self {
    case .prepend, .strip: true
    case .sequence(let parts): parts.contains { $0.changesEnds }
    default: false
    }
  }

  /// Rewrites `text`, which may be a piece of one.
  ///
  /// - Throws: ``TokenizerError`` for a pattern that finds no end, and for a text that grows without one.
  func apply(to text: inout AlignedText, _ ends: PieceEnds = PieceEnds()) throws(TokenizerError) {
    try apply(to: &text, ends, longest: text.bytes.count * Self.mostGrowth + Self.mostGrowth)
  }

  /// NFKD makes one scalar of three bytes into 33; a chain of replacements could go on for ever.
  private static let mostGrowth = 64

  private func apply(to text: inout AlignedText, _ ends: PieceEnds, longest: Int) throws(TokenizerError) {
    switch self {
    case .form(let form): form.apply(to: &text)
    case .lowercase: Self.lowercase(&text)
    case .stripAccents: text.rewriteScalars { $0.isAccent ? .drop : .keep }
    case .bert(let clean, let ideographs, let strip, let lowercase):
      Self.bert(&text, clean: clean, ideographs: ideographs, strip: strip, lowercase: lowercase)
    case .replace(let pattern, let content):
      try Self.replace(pattern, with: content, in: &text, longest: longest)
    case .prepend(let prefix): if !ends.followsText { Self.prepend(prefix, to: &text) }
    case .strip(let left, let right):
      Self.strip(&text, left: left && !ends.followsText, right: right && !ends.precedesText)
    case .nmt: text.rewriteScalars(Self.nmt)
    case .byteLevel: Self.byteLevel(&text)
    case .precompiled(let map): try map.apply(to: &text, longest: longest)
    case .sequence(let normalizers):
      for normalizer in normalizers {
        try normalizer.apply(to: &text, ends, longest: longest)
        try SplitPattern.check(text.bytes.count, longest: longest)
      }
    }
  }

  // MARK: The parts

  private static func lowercase(_ text: inout AlignedText) {
    text.rewriteASCII { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    text.rewriteScalars { scalar in
      if scalar.isASCII { return .keep }
      let mapping = scalar.properties.lowercaseMapping.unicodeScalars
      return mapping.count == 1 && mapping.first == scalar ? .keep : .replace(mapping)
    }
  }

  private static func bert(
    _ text: inout AlignedText, clean: Bool, ideographs: Bool, strip: Bool, lowercase: Bool
  ) {
    let ascii = text.bytes.allSatisfy { $0 < 0x80 }
    if clean {
      text.rewriteASCII { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
      text.rewriteScalars { scalar in
        if scalar.value == 0xFFFD || scalar.isBERTControl { return .drop }
        return scalar != " " && scalar.isBlank ? .substitute(" ") : .keep
      }
    }
    if !ascii {
      if ideographs { text.rewriteScalars { $0.isBERTIdeograph ? .surround(" ") : .keep } }
      if strip {
        UnicodeForm.nfd.apply(to: &text)
        text.rewriteScalars { $0.isBERTAccent ? .drop : .keep }
      }
    }
    if lowercase { Self.lowercase(&text) }
  }

  private static func replace(
    _ pattern: SplitPattern, with content: String, in text: inout AlignedText, longest: Int
  ) throws(TokenizerError) {
    var pieces: [PatternPiece] = []
    try pattern.appendPieces(of: text.bytes, in: 0..<text.bytes.count, to: &pieces)
    let matches = pieces.count { $0.isMatch }
    guard matches > 0 else { return }
    try SplitPattern.check(matches * content.utf8.count, longest: longest)
    var builder = AlignedText.Builder(capacity: text.bytes.count)
    for piece in pieces {
      if piece.isMatch {
        let source = text.source(of: piece.range)
        for scalar in content.unicodeScalars { builder.append(scalar, from: source) }
      } else {
        builder.copy(piece.range, of: text)
      }
    }
    text = builder.text
  }

  private static func prepend(_ prefix: String, to text: inout AlignedText) {
    guard !text.bytes.isEmpty else { return }
    var builder = AlignedText.Builder(capacity: text.bytes.count + prefix.utf8.count)
    let start = text.source(of: 0..<0)
    for scalar in prefix.unicodeScalars { builder.append(scalar, from: start) }
    builder.copy(0..<text.bytes.count, of: text)
    text = builder.text
  }

  private static func strip(_ text: inout AlignedText, left: Bool, right: Bool) {
    var start: Int?
    var end = 0
    text.forEachScalar { scalar, range in
      guard !scalar.isBlank else { return }
      if start == nil { start = range.lowerBound }
      end = range.upperBound
    }
    let first = left ? start ?? text.bytes.count : 0
    let last = right ? max(end, first) : text.bytes.count
    guard first > 0 || last < text.bytes.count else { return }
    var builder = AlignedText.Builder(capacity: last - first)
    builder.copy(first..<last, of: text)
    text = builder.text
  }

  /// Each byte keeps its own place in the input; a character's bytes become characters of their own.
  private static func byteLevel(_ text: inout AlignedText) {
    guard text.bytes.contains(where: { !(0x21...0x7E ~= $0) }) else { return }
    var builder = AlignedText.Builder(capacity: text.bytes.count * 2)
    for index in text.bytes.indices {
      builder.append(ByteAlphabet.scalars[Int(text.bytes[index])], from: text.source(of: index..<index + 1))
    }
    text = builder.text
  }

  private static func nmt(_ scalar: Unicode.Scalar) -> ScalarEdit {
    switch scalar.value {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: .drop
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
      .substitute(" ")
    default: .keep
    }
  }
}

// MARK: - Reading

extension Normalizer {
  static let supported = [
    "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "BertNormalizer", "Replace", "Prepend",
    "Strip", "Nmt", "ByteLevel", "Precompiled", "Sequence",
  ]

  /// Reads the `normalizer` of a `tokenizer.json`.
  init(_ node: JSONNode) throws(TokenizerError) {
    let type = try node.required("type").string()
    if let form = UnicodeForm(rawValue: type) {
      self = .form(form)
      return
    }
    switch type {
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "BertNormalizer":
      let lowercase = try node.bool("lowercase", default: true)
      self = .bert(
        cleanText: try node.bool("clean_text", default: true),
        handleChineseCharacters: try node.bool("handle_chinese_chars", default: true),
        stripAccents: try node.bool("strip_accents", default: lowercase), lowercase: lowercase)
    case "Replace":
      self = .replace(
        try SplitPattern(try node.required("pattern")), with: try node.required("content").string())
    case "Prepend": self = .prepend(try node.required("prepend").string())
    case "Strip":
      self = .strip(
        left: try node.bool("strip_left", default: true), right: try node.bool("strip_right", default: true))
    case "Nmt": self = .nmt
    case "ByteLevel": self = .byteLevel
    case "Precompiled": self = .precompiled(try CharacterMap(try node.required("precompiled_charsmap")))
    case "Sequence":
      var normalizers: [Normalizer] = []
      for element in try node.required("normalizers").elements() {
        normalizers.append(try Normalizer(element))
      }
      self = .sequence(normalizers)
    default: throw node.unsupported("normalizer", found: "\"\(type)\"", supported: Self.supported)
    }
  }
}
