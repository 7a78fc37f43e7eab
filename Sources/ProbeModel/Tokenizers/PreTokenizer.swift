/// Text that is being cut into words: the `pre_tokenizer` works on this.
struct PreTokens: Sendable {
  var text: AlignedText
  /// The words, ranges of the text's bytes, from left to right; none is empty.
  var words: [Range<Int>]
  /// Whether the first word goes on with one before the text: no blank is put before it.
  var continuesBlankWord = false

  init(_ text: AlignedText) {
    self.text = text
    words = text.bytes.isEmpty ? [] : [0..<text.bytes.count]
  }
}

/// What becomes of the matches of a pattern that text is cut at.
enum SplitBehavior: String, Sendable, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  init(_ node: JSONNode) throws(TokenizerError) {
    let name = try node.string()
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw node.unsupported(
        "split behavior", found: "\"\(name)\"", supported: Self.allCases.map { $0.rawValue })
    }
    self = behavior
  }
}

/// How text is cut into the words that the model sees one at a time: the `pre_tokenizer` of a `tokenizer.json`.
///
/// Names and meanings are those of Hugging Face's `tokenizers`.
indirect enum PreTokenizer: Sendable {
  /// Cuts by GPT-2's pattern (if `usesPattern`) and spells bytes in GPT-2's alphabet. When it comes last the
  /// spelling is left to the model's table, which is keyed by byte then; only `rewritesBytes` writes it out.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool, rewritesBytes: Bool)
  case digits(individual: Bool)
  case split(SplitPattern, SplitBehavior, inverted: Bool)
  /// `\w+|[^\w\s]+`
  case whitespace
  case whitespaceSplit
  case bert
  case punctuation(SplitBehavior)
  case metaspace(Unicode.Scalar, PrependScheme, splits: Bool)
  /// Cuts at a character and leaves it out.
  case delimiter(Unicode.Scalar)
  /// Words of so many characters each, the last one shorter.
  case fixedLength(Int)
  /// Cuts where the script changes; characters of no script go with what is before them.
  case unicodeScripts
  case sequence([PreTokenizer])

  /// When Metaspace puts its character before a text.
  enum PrependScheme: String, Sendable, CaseIterable {
    case first, never, always
  }

  /// Cuts the words of `tokens` further.
  ///
  /// - Throws: ``TokenizerError`` for a pattern that finds no end, and for a text that grows without one.
  func apply(to tokens: inout PreTokens) throws(TokenizerError) {
    try apply(to: &tokens, longest: tokens.text.bytes.count * Self.mostGrowth + Self.mostGrowth)
  }

  /// Byte-level spelling doubles a text at most; a chain of it could go on for ever.
  private static let mostGrowth = 64

  private func apply(to tokens: inout PreTokens, longest: Int) throws(TokenizerError) {
    switch self {
    case .byteLevel(let prefix, let pattern, let rewrites):
      if prefix { Self.prependSpace(&tokens) }
      if pattern { Self.scan(&tokens, .gpt2) }
      if rewrites { Self.spellBytes(&tokens) }
    case .digits(let individual):
      Self.cut(&tokens, individual ? .isolated : .contiguous) { ScalarClass($0.value) == .number }
    case .split(.scanner(let scanner), .isolated, inverted: false),
      .split(.scanner(let scanner), .removed, inverted: true):
      Self.scan(&tokens, scanner)
    case .split(let pattern, let behavior, let inverted):
      try Self.cut(&tokens, pattern, behavior, inverted)
    case .whitespace: Self.cutWords(&tokens)
    case .whitespaceSplit: Self.cut(&tokens, .removed) { $0.isBlank }
    case .bert:
      Self.cut(&tokens, .removed) { $0.isBlank }
      Self.cut(&tokens, .isolated) { $0.isBERTPunctuation }
    case .punctuation(let behavior): Self.cut(&tokens, behavior) { $0.isBERTPunctuation }
    case .metaspace(let replacement, let scheme, let splits):
      Self.metaspace(&tokens, replacement, scheme)
      if splits { Self.cut(&tokens, .mergedWithNext) { $0 == replacement } }
    case .delimiter(let delimiter): Self.cut(&tokens, .removed) { $0 == delimiter }
    case .fixedLength(let length): Self.cut(&tokens, every: length)
    case .unicodeScripts: Self.cutScripts(&tokens)
    case .sequence(let parts):
      for part in parts {
        try part.apply(to: &tokens, longest: longest)
        try SplitPattern.check(tokens.text.bytes.count, longest: longest)
      }
    }
  }

  /// What is done before blanks are put before words, if they ever are; an empty sequence for nothing.
  ///
  /// Metaspace that puts its character before the first word of a text only can tell by itself.
  var beforeBlanks: PreTokenizer? {
    switch self {
    case .byteLevel(addsPrefixSpace: true, _, _), .metaspace(_, .always, _): return .sequence([])
    case .sequence(let parts):
      for (index, part) in parts.enumerated() {
        if let within = part.beforeBlanks { return .sequence(parts[..<index] + [within]) }
      }
      return nil
    default: return nil
    }
  }

  // MARK: Cutting

  private static func scan(_ tokens: inout PreTokens, _ scanner: PatternScanner) {
    var words: [Range<Int>] = []
    words.reserveCapacity(tokens.text.bytes.count / 4)
    for word in tokens.words { scanner.appendMatches(of: tokens.text.bytes, in: word, to: &words) }
    tokens.words = words
  }

  /// Cuts at every scalar that `matches`.
  private static func cut(
    _ tokens: inout PreTokens, _ behavior: SplitBehavior, at matches: (Unicode.Scalar) -> Bool
  ) {
    var words: [Range<Int>] = []
    var pieces: [PatternPiece] = []
    tokens.text.bytes.withUnsafeBufferPointer { bytes in
      for word in tokens.words {
        pieces.removeAll(keepingCapacity: true)
        var index = word.lowerBound
        var start = index
        while index < word.upperBound {
          let (value, length) = decodeScalar(bytes, at: index)
          if matches(Unicode.Scalar(value) ?? "\u{FFFD}") {
            if start < index { pieces.append(PatternPiece(range: start..<index, isMatch: false)) }
            pieces.append(PatternPiece(range: index..<index + length, isMatch: true))
            start = index + length
          }
          index += length
        }
        if start < index { pieces.append(PatternPiece(range: start..<index, isMatch: false)) }
        join(pieces, behavior, into: &words)
      }
    }
    tokens.words = words
  }

  /// What comes before the first character of a script is left out, as the reference does.
  private static func cutScripts(_ tokens: inout PreTokens) {
    var words: [Range<Int>] = []
    for word in tokens.words {
      var start: Int?
      var script: UInt8 = 0
      tokens.text.forEachScalar(in: word) { scalar, range in
        let next = ScriptClass.of(scalar.value)
        guard next != 0, next != script else { return }
        if let start { words.append(start..<range.lowerBound) }
        start = range.lowerBound
        script = next
      }
      if let start { words.append(start..<word.upperBound) }
    }
    tokens.words = words
  }

  /// Cuts after every `length` characters of a word.
  private static func cut(_ tokens: inout PreTokens, every length: Int) {
    var words: [Range<Int>] = []
    for word in tokens.words {
      var start = word.lowerBound
      var count = 0
      tokens.text.forEachScalar(in: word) { _, range in
        count += 1
        guard count % length == 0 || range.upperBound == word.upperBound else { return }
        words.append(start..<range.upperBound)
        start = range.upperBound
      }
    }
    tokens.words = words
  }

  private static func cut(
    _ tokens: inout PreTokens, _ pattern: SplitPattern, _ behavior: SplitBehavior, _ inverted: Bool
  ) throws(TokenizerError) {
    var words: [Range<Int>] = []
    var pieces: [PatternPiece] = []
    for word in tokens.words {
      pieces.removeAll(keepingCapacity: true)
      try pattern.appendPieces(of: tokens.text.bytes, in: word, to: &pieces)
      if inverted { for index in pieces.indices { pieces[index].isMatch.toggle() } }
      join(pieces, behavior, into: &words)
    }
    // A pattern may match the empty string: that cuts, and leaves no word.
    words.removeAll { $0.isEmpty }
    tokens.words = words
  }

  /// `\w+|[^\w\s]+`: runs of word characters and runs of the rest; blanks vanish.
  private static func cutWords(_ tokens: inout PreTokens) {
    var words: [Range<Int>] = []
    tokens.text.bytes.withUnsafeBufferPointer { bytes in
      for word in tokens.words {
        var index = word.lowerBound
        var open: (start: Int, isWord: Bool)?
        while index < word.upperBound {
          let (value, length) = decodeScalar(bytes, at: index)
          let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
          let kind: Bool? = scalar.isWord ? true : scalar.isBlank ? nil : false
          if let current = open, current.isWord != kind {
            words.append(current.start..<index)
            open = nil
          }
          if open == nil, let kind { open = (index, kind) }
          index += length
        }
        if let open { words.append(open.start..<index) }
      }
    }
    tokens.words = words
  }

  /// Turns matches and gaps into words.
  private static func join(
    _ pieces: [PatternPiece], _ behavior: SplitBehavior, into words: inout [Range<Int>]
  ) {
    switch behavior {
    case .isolated:
      for piece in pieces where !piece.range.isEmpty { words.append(piece.range) }
    case .removed:
      for piece in pieces where !piece.isMatch && !piece.range.isEmpty { words.append(piece.range) }
    case .contiguous:
      fuse(pieces, into: &words) { $0.isMatch == $1.isMatch }
    case .mergedWithPrevious:
      fuse(pieces, into: &words) { !$0.isMatch && $1.isMatch }
    case .mergedWithNext:
      // Read from the right, a match joins what follows it unless that is a match, too.
      fuse(pieces, into: &words) { $0.isMatch && !$1.isMatch }
    }
  }

  /// Joins neighbours for which `joins` holds.
  private static func fuse(
    _ pieces: [PatternPiece], into words: inout [Range<Int>],
    where joins: (PatternPiece, PatternPiece) -> Bool
  ) {
    var previous: PatternPiece?
    for piece in pieces {
      if let last = previous, joins(last, piece), let word = words.popLast() {
        words.append(word.lowerBound..<piece.range.upperBound)
      } else {
        words.append(piece.range)
      }
      previous = piece
    }
  }
}
