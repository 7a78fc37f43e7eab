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
      let text = try literal.string()
      guard !text.isEmpty else {
        throw literal.invalid(expected: "a string that is not empty", found: "\"\"")
      }
      self = .literal(Array(text.utf8))
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
