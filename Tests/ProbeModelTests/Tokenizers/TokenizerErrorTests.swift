import Foundation
import Testing

@testable import ProbeModel

/// Damaged and unsupported files: each gives an error that says where, what was expected and what was found.
@Suite struct TokenizerErrorTests {
  private func failure(_ json: String, config: String? = nil) throws -> TokenizerError {
    try #require(throws: TokenizerError.self) {
      try Tokenizer(
        tokenizerJSON: Data(json.utf8), config: config.map { Data($0.utf8) }, path: "m/tokenizer.json")
    }
  }

  /// A small model with one part replaced.
  private func json(
    model: String = #"{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}"#, other: String = ""
  ) -> String { #"{"model":\#(model)\#(other)}"# }

  /// A pattern that takes exponential time gives up, in encoding and in decoding.
  @Test(arguments: [#"(a+)+$"#, #"(a|aa)+$"#])
  func aPatternWithoutEndIsGivenUp(_ pattern: String) throws {
    let text = String(repeating: "a", count: 600) + "c"
    for part in [
      #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"\#(pattern)"},"behavior":"Isolated"}"#,
      #","normalizer":{"type":"Replace","pattern":{"Regex":"\#(pattern)"},"content":"b"}"#,
    ] {
      let tokenizer = try Tokenizer(
        tokenizerJSON: Data(json(other: part).utf8), config: nil, path: "m/tokenizer.json")
      let error = try #require(throws: TokenizerError.self) { try tokenizer.encode(text) }
      #expect(error.reason == .endlessPattern && error.key.hasSuffix("pattern.Regex"), "\(error)")
      #expect(error.found == "\"\(pattern)\", which gave up on a text of 601 bytes")
      #expect(try tokenizer.encode("ab").ids.isEmpty == false)
    }
    let decoder = #","decoder":{"type":"Replace","pattern":{"Regex":"\#(pattern)"},"content":"b"}"#
    let model = #"{"type":"BPE","vocab":{"\#(text)":0},"merges":[]}"#
    let tokenizer = try Tokenizer(
      tokenizerJSON: Data(json(model: model, other: decoder).utf8), config: nil, path: "m/tokenizer.json")
    let error = try #require(throws: TokenizerError.self) { try tokenizer.decode([0]) }
    #expect(error.reason == .endlessPattern)
  }

  /// Forty replacements that double a text each make no terabyte.
  @Test func aTextWithoutEndIsGivenUp() throws {
    let double = #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#
    let chain = Array(repeating: double, count: 40).joined(separator: ",")
    let spelled = Array(repeating: #"{"type":"ByteLevel"}"#, count: 40).joined(separator: ",")
    for part in [
      #","normalizer":{"type":"Sequence","normalizers":[\#(chain)]}"#,
      #","pre_tokenizer":{"type":"Sequence","pretokenizers":[\#(spelled)]}"#,
    ] {
      let tokenizer = try Tokenizer(
        tokenizerJSON: Data(json(other: part).utf8), config: nil, path: "m/tokenizer.json")
      #expect(throws: TokenizerError.self) { try tokenizer.encode("aé a") }
    }
    let tokenizer = try Tokenizer(
      tokenizerJSON: Data(json(other: #","decoder":{"type":"Sequence","decoders":[\#(chain)]}"#).utf8),
      config: nil, path: "m/tokenizer.json")
    let error = try #require(throws: TokenizerError.self) { try tokenizer.decode([0, 0]) }
    #expect(error.reason == .endlessText && error.expected == "a text of at most 192 bytes")
  }

  @Test func someByteTokensAreRefused() throws {
    let model = #"{"type":"BPE","vocab":{"a":0,"<0x41>":1},"merges":[],"byte_fallback":true}"#
    let error = try failure(json(model: model))
    #expect(error.reason == .unsupportedComponent && error.found == "1 of the 256 byte tokens")
  }

  @Test func contradictingPrefixSettingsAreRefused() throws {
    let part = #"{"type":"Metaspace","replacement":"_","add_prefix_space":false,"prepend_scheme":"first"}"#
    let error = try failure(json(other: #","pre_tokenizer":\#(part)"#))
    #expect(error.key == "pre_tokenizer.prepend_scheme" && error.found == "\"first\"")
    let agreeing = part.replacing("\"first\"", with: "\"never\"")
    _ = try Tokenizer(
      tokenizerJSON: Data(json(other: #","pre_tokenizer":\#(agreeing)"#).utf8), config: nil, path: "t")
  }

  @Test func aChainOfVeryManyPartsIsRefused() throws {
    let parts = Array(repeating: #"{"type":"Lowercase"}"#, count: 256).joined(separator: ",")
    let error = try failure(json(other: #","normalizer":{"type":"Sequence","normalizers":[\#(parts)]}"#))
    #expect(error.key == "normalizer" && error.expected == "at most 256 objects" && error.found == "257")
  }

  @Test func theSmallModelItselfLoads() throws {
    let tokenizer = try Tokenizer(tokenizerJSON: Data(json().utf8), config: nil, path: "m/tokenizer.json")
    #expect(try tokenizer.encode("abba", sentinel: .none).ids == [2, 1, 0])
  }

  @Test(arguments: [
    ("", "m/tokenizer.json: line 1, column 1: not valid JSON: expected a value, found the end of the file."),
    (
      "{\"model\": \n {",
      "line 2, column 3: not valid JSON: expected a quoted key, found the end of the file."
    ),
    ("{\"a\": tru}", "line 1, column 7: not valid JSON: expected a value, found byte 0x74."),
    ("[1, 2] x", "line 1, column 8: not valid JSON: expected the end of the document, found byte 0x78."),
    (#"{"a": "\ud800"}"#, "not valid JSON: expected a surrogate pair"),
    (String(repeating: "[", count: 100_000), "not valid JSON: expected at most 128 nested levels"),
    ("{}", "m/tokenizer.json: model: a key is missing: expected a value, found nothing."),
    ("[]", "m/tokenizer.json: wrong type: expected an object, found an array."),
  ])
  func brokenDocumentsAreRefused(_ document: String, _ text: String) throws {
    let error = try failure(document)
    #expect(error.description.contains(text), "\(error)")
  }

  @Test func bytesThatAreNotUTF8AreRefused() throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(tokenizerJSON: Data([0x22, 0xFF, 0x22]), config: nil, path: "m/tokenizer.json")
    }
    #expect(error.reason == .malformedJSON && error.found == "bytes that are not UTF-8")
  }

  @Test(arguments: [
    (
      #"{"type":"Trigram","vocab":[]}"#,
      "model: unsupported component: expected a model among BPE, WordPiece, Unigram, WordLevel, found \"Trigram\""
    ),
    (#"{"vocab":{}}"#, "model.type: a key is missing"),
    (#"{"type":"BPE","merges":[]}"#, "model.vocab: a key is missing"),
    (
      #"{"type":"BPE","vocab":[],"merges":[]}"#, "model.vocab: wrong type: expected an object, found an array"
    ),
    (#"{"type":"BPE","vocab":{"a":0}}"#, "model.merges: a key is missing"),
    (
      #"{"type":"BPE","vocab":{"a":-1},"merges":[]}"#,
      "model.vocab[\"a\"]: invalid value: expected an id from 0 to"
    ),
    (#"{"type":"BPE","vocab":{"a":99999999999},"merges":[]}"#, "found 99999999999"),
    // Memory grows with the largest id, so one that leaves too large a gap is refused.
    (#"{"type":"BPE","vocab":{"a":0,"b":7777777},"merges":[]}"#, "from 0 to 65539, found 7777777"),
    (#"{"type":"BPE","vocab":{"a":"0"},"merges":[]}"#, "found a string"),
    (
      #"{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}"#,
      "corrupt vocabulary: expected one token an id, found \"a\" and \"b\" with the id 0"
    ),
    (#"{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}"#, "found \"a\" with the ids 0 and 1"),
    (
      #"{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}"#,
      "model.merges[0]: a merge names a token that the vocabulary lacks: expected two tokens of the vocabulary that join to a third, found \"a b\", and no token \"ab\""
    ),
    (#"{"type":"BPE","vocab":{"a":0},"merges":[["a","c"]]}"#, "and no token \"c\""),
    (
      #"{"type":"BPE","vocab":{"a":0},"merges":["aa"]}"#,
      "model.merges[0]: invalid value: expected \"a b\" or [\"a\", \"b\"], found a string"
    ),
    (#"{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}"#, "found an array"),
    (
      #"{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}"#,
      "model.dropout: invalid value: expected null or 0"
    ),
    (
      #"{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"?"}"#,
      "model.unk_token: corrupt vocabulary: expected a token of the vocabulary, found \"?\""
    ),
    (
      #"{"type":"WordPiece","vocab":{"a":0}}"#,
      "model.unk_token: corrupt vocabulary: expected a token of the vocabulary, found \"[UNK]\""
    ),
  ])
  func brokenModelsAreRefused(_ model: String, _ text: String) throws {
    let error = try failure(json(model: model))
    #expect(error.path == "m/tokenizer.json" && error.description.contains(text), "\(error)")
  }

  @Test(arguments: [
    (
      #","normalizer":{"type":"Decompiled"}"#,
      "normalizer: unsupported component: expected a normalizer among NFC, NFD,"
    ),
    (
      #","normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"X"}]}"#,
      "normalizer.normalizers[1]: unsupported component"
    ),
    (
      #","pre_tokenizer":{"type":"Scripts"}"#,
      "pre_tokenizer: unsupported component: expected a pre-tokenizer among ByteLevel, Digits,"
    ),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}"#,
      "pre_tokenizer.pattern.Regex: invalid value: expected a regular expression, found \"(\" (end pattern with unmatched parenthesis)"
    ),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Odd"}"#,
      "pre_tokenizer.behavior: unsupported component: expected a split behavior among Removed,"
    ),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{},"behavior":"Isolated"}"#,
      "pre_tokenizer.pattern: invalid value: expected {\"String\": …} or {\"Regex\": …}"
    ),
    (
      #","pre_tokenizer":{"type":"Metaspace","replacement":"__"}"#,
      "pre_tokenizer.replacement: invalid value: expected one character, found \"__\""
    ),
    (
      #","decoder":{"type":"ABC"}"#,
      "decoder: unsupported component: expected a decoder among ByteLevel, WordPiece,"
    ),
    (
      #","decoder":{"type":"Strip","content":" ","start":-1,"stop":0}"#,
      "decoder.start: invalid value: expected a count, found -1"
    ),
    (
      #","post_processor":{"type":"X"}"#,
      "post_processor: unsupported component: expected a post-processor among ByteLevel,"
    ),
    (
      #","post_processor":{"type":"BertProcessing","cls":["a",9],"sep":["b",1]}"#,
      "post_processor.cls[1]: corrupt vocabulary: expected the id of \"a\", found 9, where the vocabulary has no token"
    ),
    (
      #","post_processor":{"type":"TemplateProcessing","single":[],"special_tokens":{}}"#,
      "post_processor.single: invalid value: expected a template with the text (A) once, found none"
    ),
    (#","added_tokens":[{"content":"x"}]"#, "added_tokens[0].id: a key is missing"),
    (
      #","added_tokens":[{"id":-4,"content":"x"}]"#,
      "added_tokens[0].id: invalid value: expected an id from 0 to"
    ),
    (
      #","added_tokens":[{"id":7777777,"content":"x"}]"#,
      "found 7777777 of \"x\""
    ),
    (
      #","added_tokens":[{"id":1,"content":"x"}]"#,
      "added_tokens: corrupt vocabulary: expected \"x\" with id 1, found \"b\" under that id"
    ),
    (#","added_tokens":[{"id":7,"content":"a"}]"#, "expected \"a\" with id 7, found id 0 in the vocabulary"),
    (#","added_tokens":{}"#, "added_tokens: wrong type: expected an array, found an object"),
  ])
  func brokenPartsAreRefused(_ part: String, _ text: String) throws {
    let error = try failure(json(other: part))
    #expect(error.description.contains(text), "\(error)")
    #expect(!error.nextStep.isEmpty)
  }

  @Test func aBrokenConfigIsNamed() throws {
    let error = try failure(json(), config: #"{"bos_token": 3}"#)
    #expect(error.path == "m/tokenizer_config.json" && error.key == "bos_token")
    #expect(error.description.contains("wrong type: expected a string, found an integer"))
  }

  /// Every prefix of a real file, and every file with one byte damaged, is an error or a tokenizer, never a trap.
  @Test func damagedFilesNeverTrap() throws {
    let whole = Array(try TokenizerFixtures.data("wordpiece-cased.json"))
    var generator = SplitMix(state: 3)
    for length in stride(from: 0, to: whole.count - 2, by: 97) {
      #expect(throws: TokenizerError.self) {
        try Tokenizer(tokenizerJSON: Data(whole[..<length]), config: nil, path: "cut")
      }
    }
    for _ in 0..<100 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      let tokenizer = try? Tokenizer(tokenizerJSON: Data(bytes), config: nil, path: "damaged")
      _ = try tokenizer?.encode("The fox: 12 [CLS] caf\u{E9}", sentinel: .none)
    }
  }

  /// Composed and decomposed spellings are two keys.
  @Test func canonicallyEquivalentPiecesStayApart() throws {
    let model = #"{"type":"WordPiece","unk_token":"?","vocab":{"?":0,"\u00e9":1,"e\u0301":2}}"#
    let tokenizer = try Tokenizer(tokenizerJSON: Data(json(model: model).utf8), config: nil, path: "t")
    #expect(tokenizer.id("\u{E9}") == 1 && tokenizer.id("e\u{301}") == 2)
    #expect(try tokenizer.encode("\u{E9}", sentinel: .none).ids == [1])
    #expect(try tokenizer.encode("e\u{301}", sentinel: .none).ids == [2])
  }
}
