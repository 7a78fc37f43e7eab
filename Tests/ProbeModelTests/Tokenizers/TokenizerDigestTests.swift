import Foundation
import Testing

@testable import ProbeModel

/// Ids and spans of 2,000 natural and nasty strings against Hugging Face's `tokenizers`, as digests that
/// `make_digests.py` wrote; the format is described there.
@Suite struct TokenizerDigestTests {
  @Test(arguments: TokenizerFixtures.kinds)
  func idsAndSpansOfTwoThousandStringsEqualTheReferences(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    try expectDigests(tokenizer, name)
  }

  /// The strings whose spans the reference's data do not give are few, and the file says how many.
  @Test(arguments: TokenizerFixtures.kinds)
  func fewStringsCompareIDsAlone(_ name: String) throws {
    let golden = try GoldenDigests(name)
    let alone = golden.lines.filter { $0.idsAlone }.count
    #expect(golden.header == "# 2000 strings; ids alone: \(alone)")
    #expect(alone <= 60)
  }
}

/// Compares a tokenizer with a file of digests, string by string.
func expectDigests(_ tokenizer: Tokenizer, _ name: String) throws {
  let strings = try TokenizerFixtures.manyStrings()
  let golden = try GoldenDigests(name)
  try #require(strings.count == 2000 && golden.lines.count == strings.count)
  var cache = EncodingCache()
  for (index, (text, line)) in zip(strings, golden.lines).enumerated() {
    let tokens = try tokenizer.encode(text, sentinel: .none, cache: &cache).tokens
    let spans = tokens.map { $0.span.isEmpty ? $0.span : text.widened($0.span) }
    let ours = GoldenDigests.digest(tokens.map { $0.id }, line.idsAlone ? nil : spans)
    if ours == line.digest { continue }
    let shown = zip(tokens, spans).map { "\($0.id) \($0.text) \($1)" }.joined(separator: ", ")
    Issue.record("string \(index) \(text.debugDescription): \(shown)")
  }
}

/// One file of digests.
struct GoldenDigests {
  struct Line {
    let digest: Substring
    let idsAlone: Bool
  }

  let header: Substring
  let lines: [Line]

  init(_ name: String) throws {
    let text = String(decoding: try TokenizerFixtures.data("\(name).digests.txt"), as: UTF8.self)
    let rows = text.split(separator: "\n")
    header = rows.first ?? ""
    lines = rows.dropFirst().map { Line(digest: $0.prefix(16), idsAlone: $0.hasSuffix(" ids")) }
  }

  /// The first 8 bytes of SHA-256 over little-endian 32-bit integers, in hexadecimal.
  static func digest(_ ids: [Int], _ spans: [Range<Int>]?) -> Substring {
    var values: [Int] = []
    for (index, id) in ids.enumerated() {
      values.append(id)
      if let spans { values += [spans[index].lowerBound, spans[index].upperBound] }
    }
    let bytes = values.flatMap { withUnsafeBytes(of: Int32(truncatingIfNeeded: $0).littleEndian, Array.init) }
    var digest = SHA256Digest()
    digest.update(bytes)
    return digest.finish().prefix(16)
  }
}
