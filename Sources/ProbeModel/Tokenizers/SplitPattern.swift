import Foundation

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
  func appendPieces(of bytes: [UInt8], in range: Range<Int>, to pieces: inout [PatternPiece]) {
    switch self {
    case .literal(let literal): Self.appendLiteral(literal, bytes, range, &pieces)
    case .scanner(let scanner):
      var words: [Range<Int>] = []
      scanner.appendMatches(of: bytes, in: range, to: &words)
      // The known patterns leave nothing between their matches.
      for word in words { pieces.append(PatternPiece(range: word, isMatch: true)) }
    case .regex(let regex): regex.appendPieces(of: bytes, in: range, to: &pieces)
    }
  }

  private static func appendLiteral(
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

/// A regular expression of a `tokenizer.json`, which is written for Oniguruma and run by ICU.
///
/// The two agree on everything that published tokenizers use, with these provisos: `^` and `$` match at line
/// ends and only `\n` ends a line; `\w` is spelled out, because ICU's leaves numbers
/// such as ² out. What reads differently in the
/// two (`\h`, `\K`, …) is refused rather than misread.
struct RegexPattern: Sendable {
  /// The pattern as the file spells it.
  let source: String
  private let regex: NSRegularExpression

  init(_ source: String, node: JSONNode) throws(TokenizerError) {
    let ambiguous = [
      "\\h", "\\H", "\\K", "\\g", "\\O", "\\y", "\\Y", "(?m", "(?s", "(?a", "(?u", "(?W", "(?D",
    ]
    for construct in ambiguous where source.contains(construct) {
      throw node.unsupported(
        "regular expression", found: "\"\(source)\" with \(construct)",
        supported: ["expressions that Oniguruma and ICU read alike"])
    }
    let translated = Self.translate(source)
    do {
      regex = try NSRegularExpression(
        pattern: translated, options: [.anchorsMatchLines, .useUnixLineSeparators])
    } catch {
      throw node.invalid(expected: "a regular expression", found: "\"\(source)\"")
    }
    self.source = source
  }

  /// Spells out `\w` and `\W`, inside and outside of brackets.
  private static func translate(_ source: String) -> String {
    var result = String.UnicodeScalarView()
    var depth = 0
    var escaped = false
    for scalar in source.unicodeScalars {
      if escaped {
        escaped = false
        let word = "\\p{L}\\p{M}\\p{N}\\p{Pc}"
        switch scalar {
        case "w": result.append(contentsOf: (depth > 0 ? word : "[\(word)]").unicodeScalars)
        case "W": result.append(contentsOf: "[^\(word)]".unicodeScalars)
        default:
          result.append("\\")
          result.append(scalar)
        }
        continue
      }
      if scalar == "\\" {
        escaped = true
        continue
      }
      if scalar == "[" { depth += 1 }
      if scalar == "]" { depth = max(0, depth - 1) }
      result.append(scalar)
    }
    if escaped { result.append("\\") }
    return String(result)
  }

  func appendPieces(of bytes: [UInt8], in range: Range<Int>, to pieces: inout [PatternPiece]) {
    let text = String(decoding: bytes[range], as: UTF8.self)
    let offsets = Self.byteOffsets(of: text, from: range.lowerBound)
    var start = range.lowerBound
    let whole = NSRange(location: 0, length: offsets.count - 1)
    for match in regex.matches(in: text, options: [], range: whole) {
      let matched = offsets[match.range.location]..<offsets[match.range.location + match.range.length]
      if start < matched.lowerBound {
        pieces.append(PatternPiece(range: start..<matched.lowerBound, isMatch: false))
      }
      pieces.append(PatternPiece(range: matched, isMatch: true))
      start = matched.upperBound
    }
    if start < range.upperBound {
      pieces.append(PatternPiece(range: start..<range.upperBound, isMatch: false))
    }
  }

  /// The byte at which every UTF-16 code unit begins, and the end.
  private static func byteOffsets(of text: String, from base: Int) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(text.utf8.count + 1)
    var offset = base
    for scalar in text.unicodeScalars {
      for _ in 0..<UTF16.width(scalar) { offsets.append(offset) }
      offset += UTF8.width(scalar)
    }
    offsets.append(offset)
    return offsets
  }
}
