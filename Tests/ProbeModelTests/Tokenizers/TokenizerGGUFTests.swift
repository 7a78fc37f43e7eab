import Foundation
import Testing

@testable import ProbeModel

/// Tokenizers from GGUF metadata.
@Suite struct TokenizerGGUFTests {
  /// The vocabulary and merges of a fixture, as a GGUF file would carry them.
  private func vocabulary(of name: String, pre: String?) throws -> GGUFVocabulary {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    guard case .bytePair(let model) = tokenizer.model else { throw CocoaError(.coderInvalidValue) }
    let tokens = tokenizer.vocabulary.pieces
    let types = tokens.indices.map { id -> Int32 in
      tokenizer.vocabulary.specialIDs.contains(id) ? 3 : tokenizer.vocabulary.isAdded(id) ? 4 : 1
    }
    return GGUFVocabulary(
      model: "gpt2", pre: pre, tokens: tokens, tokenTypes: types,
      merges: model.mergePairs.map { "\(tokens[Int($0.0)]) \(tokens[Int($0.1)])" }, bosTokenID: 1,
      eosTokenID: 2,
      unknownTokenID: 0, path: "model.gguf")
  }

  /// The same for SentencePiece's BPE: a score is minus the id.
  private func scoredVocabulary(of name: String) throws -> GGUFVocabulary {
    var gguf = try vocabulary(of: name, pre: nil)
    gguf.model = "llama"
    gguf.merges = []
    gguf.scores = gguf.tokens.indices.map { -Float($0) }
    for (id, token) in gguf.tokens.enumerated() where token.hasPrefix("<0x") { gguf.tokenTypes[id] = 6 }
    // User-defined tokens are looked for in the text as it is; converters write them so.
    for (id, type) in gguf.tokenTypes.enumerated() where type == 4 {
      gguf.tokens[id] = gguf.tokens[id].replacingOccurrences(of: "\u{2581}", with: " ")
    }
    gguf.unknownTokenID = gguf.tokens.firstIndex(of: "<unk>")
    gguf.addSpacePrefix = name == "llama2-style"
    return gguf
  }

  /// Golden values of `make_gguf_digests.py`.
  @Test(arguments: [("llama-gguf", "llama2-style"), ("gemma-gguf", "gemma-style")])
  func scoresMakeTheMergesOfSentencePiece(_ name: String, _ fixture: String) throws {
    let tokenizer = try Tokenizer(gguf: try scoredVocabulary(of: fixture))
    try expectDigests(tokenizer, name)
    let text = "The caf\u{e9}  costs \u{1F600} 5."
    #expect(sameBytes(try tokenizer.decode(try tokenizer.encode(text, sentinel: .none).ids), text))
  }

  /// `aa` and `aa` before `aaa` and `a`: of joins with one score the leftmost comes first.
  @Test func equalScoresJoinFromTheLeft() throws {
    let tokens = ["<unk>", "a", "aa", "aaa", "b", "ab"]
    var gguf = GGUFVocabulary(
      model: "llama", pre: nil, tokens: tokens, tokenTypes: [2, 1, 1, 1, 1, 1], merges: [],
      scores: [0, -1, -2, -9, -1, -2], bosTokenID: 0, addBOS: false, addSpacePrefix: false, path: "m.gguf")
    #expect(try Tokenizer(gguf: gguf).encode("aab").tokens.map { $0.text } == ["aa", "b"])
    gguf.scores[5] = -1.5
    #expect(try Tokenizer(gguf: gguf).encode("aab").tokens.map { $0.text } == ["a", "ab"])
    gguf.scores.removeLast()
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(gguf: gguf) }
    #expect(error.description.contains("tokenizer.ggml.scores: corrupt vocabulary: expected 6 finite scores"))
  }

  /// A tag stands for the pipeline that the tagged models were published with.
  @Test(arguments: [("gpt2-style", "gpt-2"), ("llama3-style", "llama-bpe"), ("qwen2-style", "qwen2")])
  func tagsStandForThePublishedPipelines(_ name: String, _ tag: String) throws {
    let tokenizer = try Tokenizer(gguf: try vocabulary(of: name, pre: tag))
    for golden in try TokenizerFixtures.golden(name) {
      #expect(
        try tokenizer.encode(golden.text, sentinel: .none).ids == golden.ids,
        "\(golden.text.debugDescription)")
      #expect(sameBytes(try tokenizer.decode(golden.ids), golden.decoded ?? golden.text))
    }
  }

  @Test(arguments: GGUFPreTokenizer.knownTags)
  func everyKnownTagLoadsAndTiles(_ tag: String) throws {
    let tokenizer = try Tokenizer(gguf: try vocabulary(of: "gpt2-style", pre: tag))
    for golden in try TokenizerFixtures.golden("gpt2-style") {
      let tokens = try tokenizer.encode(golden.text, sentinel: .none).tokens
      let normal =
        ["qwen2", "olmo"].contains(tag) ? golden.text.precomposedStringWithCanonicalMapping : golden.text
      #expect(sameBytes(try tokenizer.decode(tokens.map { $0.id }), normal))
      // Where characters were composed, the tokens of one character share its span.
      let isASCII = golden.text.utf8.allSatisfy { $0 < 0x80 }
      guard isASCII || !["qwen2", "olmo"].contains(tag) else { continue }
      #expect(tokens.map { $0.span.count }.reduce(0, +) == golden.text.utf8.count)
    }
  }

  @Test func theSmollmTagSplitsSingleDigits() throws {
    let tokenizer = try Tokenizer(gguf: try vocabulary(of: "smollm-style", pre: "smollm"))
    #expect(try tokenizer.encode("1999", sentinel: .none).tokens.map { $0.text } == ["1", "9", "9", "9"])
    #expect(try tokenizer.encode("a 12", sentinel: .none).tokens.map { $0.text } == ["a", "Ġ", "1", "2"])
  }

  @Test func whatIsAddedFollowsTheFile() throws {
    var gguf = try vocabulary(of: "smollm-style", pre: "smollm")
    #expect(try Tokenizer(gguf: gguf).encode("").ids == [])
    #expect(try Tokenizer(gguf: gguf).encode("", sentinel: .bos).ids == [1])
    gguf.addBOS = true
    gguf.addEOS = true
    #expect(try Tokenizer(gguf: gguf).encode("").ids == [1, 2])
    gguf.pre = "llama-bpe"
    gguf.addBOS = nil
    gguf.addEOS = nil
    #expect(try Tokenizer(gguf: gguf).encode("").ids == [1])
    gguf.bosTokenID = nil
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(gguf: gguf) }
    #expect(
      error.description.contains(
        "tokenizer.ggml.bos_token_id: a key is missing: expected an id, which add_bos"))
  }

  @Test func damagedMetadataIsRefused() throws {
    let whole = try vocabulary(of: "smollm-style", pre: "smollm")
    func failure(_ damage: (inout GGUFVocabulary) -> Void) throws -> String {
      var gguf = whole
      damage(&gguf)
      return try #require(throws: TokenizerError.self) { try Tokenizer(gguf: gguf) }.description
    }
    let model = try failure { $0.model = "rwkv" }
    #expect(
      model.contains("model.gguf: tokenizer.ggml.model: unsupported component: expected \"gpt2\" (byte-"))
    #expect(model.contains("found \"rwkv\""))
    let tag = try failure { $0.pre = "odd" }
    #expect(
      tag.contains("tokenizer.ggml.pre: unsupported component: expected one of default, gpt-2, smollm,"))
    #expect(tag.contains("found \"odd\"."))
    let types = try failure { $0.tokenTypes.removeLast() }
    #expect(types.contains("tokenizer.ggml.token_type: corrupt vocabulary"))
    let empty = try failure { $0.tokens = [] }
    #expect(empty.contains("tokenizer.ggml.tokens: corrupt vocabulary"))
    let twice = try failure { $0.tokens[9] = $0.tokens[8] }
    #expect(twice.contains("expected distinct tokens") && twice.contains("with the ids 8 and 9"))
    let single = try failure { $0.merges[3] = "ab" }
    #expect(single.contains("tokenizer.ggml.merges[3]: invalid value: expected two pieces"))
    let foreign = try failure { $0.merges[3] = "a zzzz" }
    #expect(foreign.contains("merges[3]: a merge names a token that the vocabulary lacks"))
    let bos = try failure { $0.bosTokenID = 1 << 40 }
    #expect(bos.contains("tokenizer.ggml.bos_token_id: corrupt vocabulary: expected an id below"))
  }
}
