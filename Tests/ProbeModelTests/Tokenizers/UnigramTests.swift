import Foundation
import Testing

@testable import ProbeModel

/// The Unigram and WordLevel models alone, against Hugging Face's `tokenizers` (`make_unigram.py`).
@Suite struct UnigramTests {
  private static func rows() throws -> [JSONNode] {
    let file = "unigram.golden.json"
    let data = try TokenizerFixtures.data(file)
    return try JSONNode(try JSONTree.parse(Array(data), path: file), path: file, key: "golden").elements()
  }

  private func encode(_ text: String, _ model: TokenModel) -> [Symbol] {
    var merger = SymbolMerger()
    Array(text.utf8).withUnsafeBufferPointer { model.encode($0, .both, with: &merger) }
    return merger.symbols
  }

  @Test func idsAndSpansEqualTheReference() throws {
    var checked = 0
    for row in try Self.rows() {
      let model = try TokenModel(try row.required("model"), readsRawBytes: false)
      for node in try row.required("cases").elements() {
        let parts = try node.elements()
        let text = try parts[0].string()
        // The reference leaves an empty text alone; a model never sees one.
        if text.isEmpty { continue }
        let symbols = encode(text, model)
        let ids = try parts[1].elements().map { try $0.integer() }
        let spans = try parts[2].elements().map { try $0.elements().map { try $0.integer() } }
        #expect(symbols.map { Int($0.id) } == ids, "\(row.key): \(text.debugDescription)")
        #expect(
          symbols.map { [Int($0.start), Int($0.end)] } == spans, "\(row.key): \(text.debugDescription)")
        checked += 1
      }
    }
    #expect(checked >= 8 * 140)
  }

  /// The definition: the sum of scores is the largest of all spellings (where every character has one).
  @Test func noOtherSpellingScoresHigher() throws {
    let pieces = ["a": -1.0, "b": -1.25, "ab": -2.5, "ba": -1.75, "aba": -3.125, "bb": -2.0]
    let vocabulary = pieces.sorted { $0.key < $1.key }.map { "[\"\($0.key)\",\($0.value)]" }
    let model = try unigram(vocabulary: vocabulary.joined(separator: ","))
    func best(_ text: Substring) -> Double {
      if text.isEmpty { return 0 }
      return pieces.filter { text.hasPrefix($0.key) }
        .map { $0.value + best(text.dropFirst($0.key.count)) }.max() ?? -.infinity
    }
    var generator = SplitMix(state: 2)
    for _ in 0..<200 {
      let text = String((0..<12).map { _ in Bool.random(using: &generator) ? "a" : "b" })
      let total = encode(text, .unigram(model)).map { model.scores[Int($0.id)] }.reduce(0, +)
      // Every score is a multiple of 1/8: the sums are exact.
      #expect(total == best(text[...]), "\(text)")
    }
  }

  private func unigram(vocabulary: String, other: String = "") throws -> UnigramModel {
    let json = "{\"vocab\":[\(vocabulary)]\(other)}"
    return try UnigramModel(
      JSONNode(try JSONTree.parse(Array(json.utf8), path: "t"), path: "t", key: "model"))
  }

  /// Values that the reference wrote back after reading them.
  @Test(arguments: [
    (-15.774467468261719, -15.77446746826172), (-1.8771917819976807, -1.8771917819976809),
    (-18.728811264038086, -18.72881126403809), (-2.5, -2.5), (0, 0), (1e-7, 1e-7),
    (.leastNonzeroMagnitude, .leastNonzeroMagnitude),
    (1.7976931348623157e308, 1.7976931348623157e308),
  ])
  func scoresAreRoundedAsTheReferenceRoundsThem(_ number: Double, _ expected: Double) {
    #expect(UnigramModel.doublyRounded(number) == expected)
  }

  /// Without an unknown token the reference fails, too; here the error says where.
  @Test func textThatCannotBeSpelledIsRefused() throws {
    for model in [
      #"{"type":"Unigram","vocab":[["a",-1]],"unk_id":null}"#,
      #"{"type":"WordLevel","vocab":{"a":0},"unk_token":"?"}"#,
    ] {
      let tokenizer = try Tokenizer(
        tokenizerJSON: Data(
          #"{"model":\#(model),"pre_tokenizer":{"type":"WhitespaceSplit"}}"#.utf8), config: nil,
        path: "t.json")
      #expect(try tokenizer.encode("a a").ids == [0, 0])
      let error = try #require(throws: TokenizerError.self) { try tokenizer.encode("a \u{E9}\u{E9} a") }
      #expect(
        error.description.hasPrefix(
          "t.json: model: the vocabulary cannot spell the text: expected text that the vocabulary can spell, or "
            + "an unknown token in it, found \"\u{E9}\u{E9}\" at bytes 2..<6 of the text."), "\(error)")
    }
  }

  @Test(arguments: [
    (#"{"type":"Unigram"}"#, "model.vocab: a key is missing"),
    (#"{"type":"Unigram","vocab":{}}"#, "model.vocab: wrong type: expected an array, found an object"),
    (
      #"{"type":"Unigram","vocab":[]}"#,
      "model.vocab: invalid value: expected from 1 to 8388608 pieces, found 0"
    ),
    (
      #"{"type":"Unigram","vocab":[["a",0],["b","x"]]}"#,
      "model.vocab[1]: invalid value: expected a piece and its score, found [a string, a string]"
    ),
    (#"{"type":"Unigram","vocab":[["a",null]]}"#, "found [a string, null]"),
    (#"{"type":"Unigram","vocab":[["a"]]}"#, "found [a string]"),
    (#"{"type":"Unigram","vocab":[["a",1,2,3]]}"#, "found [a string, an integer, an integer, …]"),
    (
      #"{"type":"Unigram","vocab":["a"]}"#,
      "model.vocab[0]: invalid value: expected a piece and its score, found a string"
    ),
    (#"{"type":"Unigram","vocab":[["a",NaN]]}"#, "not valid JSON: expected a value, found byte 0x4e"),
    (#"{"type":"Unigram","vocab":[["a",-Infinity]]}"#, "not valid JSON: expected a value"),
    (#"{"type":"Unigram","vocab":[["a",1e999]]}"#, "not valid JSON: expected a value"),
    (
      #"{"type":"Unigram","vocab":[["a",0],["a",1]]}"#,
      "model.vocab: corrupt vocabulary: expected distinct tokens, found \"a\" with the ids 0 and 1"
    ),
    (
      #"{"type":"Unigram","vocab":[["a",0]],"unk_id":1}"#,
      "model.unk_id: corrupt vocabulary: expected an id of the 1 in the vocabulary, found 1"
    ),
    (#"{"type":"Unigram","vocab":[["a",0]],"unk_id":-1}"#, "found -1"),
    (#"{"type":"Unigram","vocab":[["a",0]],"unk_id":"a"}"#, "model.unk_id: wrong type: expected an integer"),
    (#"{"type":"WordLevel","vocab":{"a":0}}"#, "model.unk_token: a key is missing"),
    (#"{"type":"WordLevel","vocab":{"a":0,"b":0},"unk_token":"a"}"#, "expected one token an id"),
  ])
  func brokenModelsAreRefused(_ model: String, _ text: String) throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(tokenizerJSON: Data(#"{"model":\#(model)}"#.utf8), config: nil, path: "t.json")
    }
    #expect(error.description.contains(text), "\(error)")
  }

  /// Scores at the edge of what a double holds add up to infinities; that decides nothing and traps nowhere.
  @Test func hugeScoresDoNotTrap() throws {
    let model = try unigram(
      vocabulary: #"["?",-1.7e308],["a",-1.7e308],["b",1.7e308],["ab",1.7e308]"#, other: #","unk_id":0"#)
    for text in ["aaaa", "abababab", "bbaa", "xxaxb"] {
      let symbols = encode(text, .unigram(model))
      #expect(symbols.first?.start == 0 && symbols.last?.end == Int32(text.utf8.count))
      for (left, right) in zip(symbols, symbols.dropFirst()) { #expect(left.end == right.start) }
    }
  }
}
