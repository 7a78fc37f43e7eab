import Foundation

/// A regular expression of a `tokenizer.json`, which is written for Oniguruma and run by ICU.
///
/// The two agree on everything that published tokenizers use, with these provisos: `^` and `$` match at line
/// ends and only `\n` ends a line; `\w` and `\b` are spelled out, because ICU means other characters by them. What
/// reads differently in the two (`\h`, `\K`, `{1,3}+`, …) is refused rather than misread.
struct RegexPattern: Sendable {
  /// The pattern as the file spells it.
  let source: String
  private let regex: NSRegularExpression

  init(_ source: String, node: JSONNode) throws(TokenizerError) {
    let ambiguous = [
      "\\h", "\\H", "\\K", "\\g", "\\O", "\\y", "\\Y", "(?m", "(?s", "(?a", "(?u", "(?W", "(?D",
      "\\N", "\\Q", "[:", "(?x",
    ]
    let translated = Self.translate(source)
    let construct =
      ambiguous.first { source.contains($0) } ?? Self.possessiveInterval(source)
      ?? (translated == nil ? "--" : nil)
    guard let translated, construct == nil else {
      throw node.unsupported(
        "regular expression", found: "\"\(source)\" with \(construct ?? "")",
        supported: ["expressions that Oniguruma and ICU read alike"])
    }
    do {
      regex = try NSRegularExpression(
        pattern: translated, options: [.anchorsMatchLines, .useUnixLineSeparators])
    } catch {
      throw node.invalid(expected: "a regular expression", found: "\"\(source)\"")
    }
    self.source = source
  }

  /// What Oniguruma takes for a word character: letters, marks, digits, connectors; outside of brackets also six
  /// numbers of Latin-1. Compared with the reference over all code points.
  private static let wordInBrackets = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"#
  private static let word = wordInBrackets + #"\u00B2\u00B3\u00B9\u00BC-\u00BE"#

  /// `{1,3}+`: repeated again in Oniguruma's Ruby syntax, possessive in ICU's.
  private static func possessiveInterval(_ source: String) -> String? {
    let bytes = Array(source.utf8)
    for close in bytes.indices.dropLast() where bytes[close] == UInt8(ascii: "}") && bytes[close + 1] == 0x2B
    {
      let inside = bytes[..<close].reversed().prefix { 0x30...0x39 ~= $0 || $0 == UInt8(ascii: ",") }
      let open = close - inside.count - 1
      if !inside.isEmpty, open >= 0, bytes[open] == UInt8(ascii: "{") {
        return String(decoding: bytes[open...close + 1], as: UTF8.self)
      }
    }
    return nil
  }

  /// Spells out `\w`, `\W`, `\b` and `\B`, which ICU reads by a definition of its own, inside and outside of
  /// brackets; `nil` if there are two hyphens in brackets.
  private static func translate(_ source: String) -> String? {
    var result = ""
    var depth = 0
    var escaped = false
    for scalar in source.unicodeScalars {
      if escaped {
        escaped = false
        switch scalar {
        case "w": result += depth > 0 ? wordInBrackets : "[\(word)]"
        case "W": result += "[^\(depth > 0 ? wordInBrackets : word)]"
        case "b" where depth == 0: result += "(?:(?<=[\(word)])(?![\(word)])|(?<![\(word)])(?=[\(word)]))"
        case "B" where depth == 0: result += "(?:(?<=[\(word)])(?=[\(word)])|(?<![\(word)])(?![\(word)]))"
        default:
          result += "\\"
          result.unicodeScalars.append(scalar)
        }
        continue
      }
      if scalar == "\\" {
        escaped = true
        continue
      }
      // Two hyphens are a difference of sets to ICU, and a range or hyphens to Oniguruma.
      if depth > 0, scalar == "-", result.hasSuffix("-"), !result.hasSuffix("\\-") { return nil }
      if scalar == "[" { depth += 1 }
      if scalar == "]" { depth = max(0, depth - 1) }
      result.unicodeScalars.append(scalar)
    }
    if escaped { result += "\\" }
    return result
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
