/// A stretch of text as a pattern sees it: a match, or what lies between matches.
struct PatternPiece: Equatable {
  var range: Range<Int>
  var isMatch: Bool
}

/// What text is cut at: a literal string, one of the well-known patterns, or any other regular expression.
enum SplitPattern: Sendable {
  case literal([UInt8])
  /// A pattern that has a scanner written by hand.
  case scanner(PatternScanner)
  case regex(RegexPattern)

  /// Reads `{"String": …}` or `{"Regex": …}`.
  init(_ node: JSONNode) throws(TokenizerError) {
    if let literal = try node.child("String") {
      self = .literal(Array(try literal.string().utf8))
      return
    }
    guard let regex = try node.child("Regex") else {
      throw node.invalid(expected: "{\"String\": …} or {\"Regex\": …}", found: node.tree.typeName)
    }
    try self.init(regex: regex)
  }

  /// Reads a regular expression.
  init(regex node: JSONNode) throws(TokenizerError) {
    let source = try node.string()
    if let scanner = PatternScanner(regex: source) {
      self = .scanner(scanner)
    } else {
      self = .regex(try RegexPattern(source, node: node))
    }
  }

  /// Appends matches and what lies between, from left to right, so that they tile `range`.
  ///
  /// - Throws: ``TokenizerError`` `.endlessPattern`.
  func appendPieces(
    of bytes: [UInt8], in range: Range<Int>, to pieces: inout [PatternPiece]
  ) throws(TokenizerError) {
    switch self {
    case .literal(let literal): Self.appendLiteral(literal, bytes, range, &pieces)
    case .scanner(let scanner):
      var words: [Range<Int>] = []
      scanner.appendMatches(of: bytes, in: range, to: &words)
      // The known patterns leave nothing between their matches.
      for word in words { pieces.append(PatternPiece(range: word, isMatch: true)) }
    case .regex(let regex): try regex.appendPieces(of: bytes, in: range, to: &pieces)
    }
  }

  /// Throws ``TokenizerError`` `.endlessText` when rewriting makes a text longer than `longest`.
  static func check(_ length: Int, longest: Int) throws(TokenizerError) {
    guard length > longest else { return }
    throw TokenizerError(
      .endlessText, path: "tokenizer", key: "", expected: "a text of at most \(longest) bytes",
      found: "\(length) bytes after rewriting it",
      nextStep: "Fetch the tokenizer again: no published one makes texts so long.")
  }

  static func appendLiteral(
    _ literal: [UInt8], _ bytes: [UInt8], _ range: Range<Int>, _ pieces: inout [PatternPiece]
  ) {
    guard let first = literal.first else {
      pieces.append(PatternPiece(range: range, isMatch: false))
      return
    }
    var start = range.lowerBound
    var index = start
    while index + literal.count <= range.upperBound {
      if bytes[index] == first, bytes[index..<index + literal.count].elementsEqual(literal) {
        if start < index { pieces.append(PatternPiece(range: start..<index, isMatch: false)) }
        pieces.append(PatternPiece(range: index..<index + literal.count, isMatch: true))
        index += literal.count
        start = index
      } else {
        index += 1
      }
    }
    if start < range.upperBound {
      pieces.append(PatternPiece(range: start..<range.upperBound, isMatch: false))
    }
  }
}

/// A regular expression of a `tokenizer.json`.
struct RegexPattern: Sendable {
  /// The pattern as the file spells it.
  let source: String
  private let regex: Oniguruma
  private let path: String
  private let key: String

  init(_ source: String, node: JSONNode) throws(TokenizerError) {
    do {
      regex = try Oniguruma(source)
    } catch {
      throw node.invalid(expected: "a regular expression", found: "\"\(source)\" (\(error.message))")
    }
    (self.source, path, key) = (source, node.path, node.key)
  }

  func appendPieces(
    of bytes: [UInt8], in range: Range<Int>, to pieces: inout [PatternPiece]
  ) throws(TokenizerError) {
    var start = range.lowerBound
    do {
      try bytes.withUnsafeBufferPointer { bytes throws(Oniguruma.LimitError) in
        try regex.forEachMatch(in: UnsafeBufferPointer(rebasing: bytes[range])) { match in
          let matched = range.lowerBound + match.lowerBound..<range.lowerBound + match.upperBound
          if start < matched.lowerBound {
            pieces.append(PatternPiece(range: start..<matched.lowerBound, isMatch: false))
          }
          pieces.append(PatternPiece(range: matched, isMatch: true))
          start = matched.upperBound
        }
      }
    } catch {
      throw TokenizerError(
        .endlessPattern, path: path, key: key, expected: "a pattern that reads a text in reasonable time",
        found: "\"\(source)\", which gave up on a text of \(range.count) bytes",
        nextStep: "Fetch the tokenizer again: no published one has such a pattern.")
    }
    if start < range.upperBound {
      pieces.append(PatternPiece(range: start..<range.upperBound, isMatch: false))
    }
  }
}
