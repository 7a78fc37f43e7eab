import Foundation
import Testing

@testable import ProbeModel

/// What is put around a text, policy by policy.
@Suite struct TokenizerSentinelTests {
  private static let config = Data(
    #"{"bos_token": {"content": "<|im_start|>"}, "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}"#.utf8)

  private func smollm(_ config: Data?) throws -> Tokenizer {
    let data = try TokenizerFixtures.data("smollm-style.json")
    return try Tokenizer(tokenizerJSON: data, config: config, path: "model/tokenizer.json")
  }

  @Test(arguments: TokenizerFixtures.names)
  func bosAddsExactlyOneTokenAndNoneAddsNothing(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    let plain = try tokenizer.encode("Hello world", sentinel: .none)
    #expect(plain.beginning == .absent && plain.tokens.allSatisfy { !$0.isAdded })
    guard let beginning = tokenizer.specials.beginning else {
      #expect(throws: TokenizerError.self) { try tokenizer.encode("Hello world", sentinel: .bos) }
      return
    }
    let begun = try tokenizer.encode("Hello world", sentinel: .bos)
    #expect(begun.beginning == .added)
    #expect(begun.ids == [beginning.id] + plain.ids)
    #expect(begun.tokens[0].isAdded && begun.tokens[0].span == 0..<0)
    #expect(Array(begun.tokens.dropFirst()) == plain.tokens)
  }

  /// The reference adds a second BOS here (TransformerLens and llama.cpp users know the doubled token well).
  @Test func aTextThatBeginsWithTheTokenGetsNoSecondOne() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("llama3-style")
    let bos = try #require(tokenizer.id("<|begin_of_text|>"))
    for sentinel in [Tokenizer.Sentinel.tokenizer, .bos] {
      let encoding = try tokenizer.encode("<|begin_of_text|>Hi", sentinel: sentinel)
      #expect(encoding.ids.filter { $0 == bos }.count == 1)
      #expect(encoding.beginning == .inText)
      #expect(encoding.tokens[0].span == 0..<17 && !encoding.tokens[0].isAdded)
    }
    let literal = try tokenizer.encode("<|begin_of_text|>Hi", sentinel: .bos, parsesSpecialTokens: false)
    #expect(literal.beginning == .added && literal.ids.filter { $0 == bos }.count == 1)
  }

  @Test func theConfigNamesTheTokens() throws {
    let tokenizer = try smollm(Self.config)
    #expect(tokenizer.bosTokenID == tokenizer.id("<|im_start|>"))
    #expect(
      tokenizer.eosTokenID == tokenizer.id("<|im_end|>") && tokenizer.padTokenID == tokenizer.eosTokenID)
    #expect(tokenizer.beginningPolicy.contains("before <|im_start|> = 1 (the checkpoint's BOS token)"))
    #expect(try tokenizer.encode("x").beginning == .absent)
  }

  /// As `transformers` does: explicit flags replace what the post-processor adds.
  @Test func explicitFlagsDecideWhatTheTokenizerAdds() throws {
    let flags =
      #"{"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "add_bos_token": true, "add_eos_token": true}"#
    let tokenizer = try smollm(Data(flags.utf8))
    #expect(try tokenizer.encode("").ids == [1, 2])
    let data = try TokenizerFixtures.data("llama3-style.json")
    let without = try Tokenizer(
      tokenizerJSON: data, config: Data(#"{"add_bos_token": false}"#.utf8), path: "tokenizer.json")
    #expect(try without.encode("").ids == [])
  }

  @Test func aCheckpointWithoutSuchATokenSaysSo() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("suffixed")
    let error = try #require(throws: TokenizerError.self) { try tokenizer.encode("x", sentinel: .bos) }
    #expect(error.reason == .noBeginningToken && error.path == "suffixed.json")
    #expect(
      error.description
        == "suffixed.json: bos_token: no beginning-of-sequence token: expected a BOS, CLS or other beginning token, "
        + "found none. Use sentinel `tokenizer` or `none`, or name a bos_token in tokenizer_config.json.")
  }

  @Test func bertBeginsWithCLSAndEndsWithSEPOnlyByItself() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("wordpiece-uncased")
    let framed = try tokenizer.encode("the").tokens
    #expect(framed.map { $0.text } == ["[CLS]", "the", "[SEP]"])
    #expect(framed.map { $0.span } == [0..<0, 0..<3, 3..<3])
    #expect(try tokenizer.encode("the", sentinel: .bos).tokens.map { $0.text } == ["[CLS]", "the"])
  }

  @Test func theFingerprintFollowsWhatDecidesIDs() throws {
    let plain = try smollm(nil)
    #expect(plain.canonicalBytes == (try smollm(nil)).canonicalBytes)
    #expect(plain.canonicalBytes != (try smollm(Self.config)).canonicalBytes)
    var all = Set<Data>()
    for name in TokenizerFixtures.names { all.insert(try TokenizerFixtures.tokenizer(name).canonicalBytes) }
    #expect(all.count == TokenizerFixtures.names.count)
    #expect(plain.summary.contains("[Digits(individual true), ByteLevel("))
  }
}
