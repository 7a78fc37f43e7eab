/// A regular expression of a `tokenizer.json`, which is written for Oniguruma and run by it.
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
