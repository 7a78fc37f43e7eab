import Foundation
import Testing

@testable import ProbeModel

/// Pre-tokenizers, the regular expressions of published tokenizers among them, and decoders, each alone, against
/// Hugging Face's `tokenizers` (`make_parts.py`).
@Suite struct TokenizerPartTests {
  private let rows: [JSONNode]

  init() throws {
    let file = "parts.golden.json"
    let data = try TokenizerFixtures.data(file)
    rows = try JSONNode(try JSONTree.parse(Array(data), path: file), path: file, key: "golden").elements()
  }

  @Test func preTokenizersCutAsTheReferencesDo() throws {
    let texts = try rows[0].required("texts").elements().map { try $0.string() }
    var parts = 0
    for row in rows {
      guard let part = try row.child("pre_tokenizer") else { continue }
      let preTokenizer = try PreTokenizer(part, isLast: false)
      parts += 1
      for (text, result) in zip(texts, try row.required("spans").elements()) {
        var tokens = PreTokens(AlignedText(bytes: Array(text.utf8), base: 0))
        try preTokenizer.apply(to: &tokens)
        let ours = tokens.words.map { tokens.text.source(of: $0) }.flatMap { [$0.lowerBound, $0.upperBound] }
        let reference = try result.elements().map { try $0.integer() }
        #expect(ours == reference, "\(preTokenizer.canonical) on \(text.debugDescription)")
      }
    }
    #expect(parts == 27)
  }

  @Test func decodersJoinAsTheReferencesDo() throws {
    let lists = try rows[0].required("tokens").elements().map { list in
      try list.elements().map { Array(try $0.string().utf8) }
    }
    var parts = 0
    for row in rows {
      guard let part = try row.child("decoder") else { continue }
      let decoder = try TokenDecoder(part)
      parts += 1
      for (tokens, result) in zip(lists, try row.required("decoded").elements()) {
        let ours = String(decoding: try decoder.apply(to: tokens).joined(), as: UTF8.self)
        let spelled = tokens.map { String(decoding: $0, as: UTF8.self) }
        #expect(sameBytes(ours, try result.string()), "\(decoder) on \(spelled)")
      }
    }
    #expect(parts == 14)
  }
}
