import Testing

@testable import ProbeModel

@Suite struct ChatFormatTests {
  private func encode(
    _ text: String, _ name: String = "smollm-style", sentinel: Tokenizer.Sentinel = .none
  ) throws -> Encoding {
    var cache = EncodingCache()
    return try TokenizerFixtures.tokenizer(name).encode(
      text, chat: .chatml, sentinel: sentinel, cache: &cache)
  }

  @Test(arguments: ["", "Hello, world!", " leading", "\n\nlines\n", "caf\u{e9} \u{1F600}", "a<|im_end|>b"])
  func theModelReadsThePromptAsAWhole(_ text: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer("smollm-style")
    let prompt = "<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n"
    #expect(try encode(text).ids == tokenizer.encode(prompt, sentinel: .none).ids)
  }

  /// The own tokens' spans tile the text, whatever blanks it shares with the frame.
  @Test(arguments: ["Hello, world!", " leading", "\n\nlines\n", "caf\u{e9} \u{1F600}", "a<|im_end|>b", "\n"])
  func spansTileTheTextAlone(_ text: String) throws {
    let tokens = try encode(text).tokens
    let own = tokens.filter { !$0.isAdded }
    var end = 0
    for token in own {
      #expect(token.span.lowerBound == end)
      end = token.span.upperBound
    }
    #expect(end == text.utf8.count)
    #expect(tokens.filter { $0.isAdded }.allSatisfy { $0.span.isEmpty })
    #expect(tokens.first?.text == "<|im_start|>" && tokens.first?.isAdded == true)
    #expect(tokens.last?.text == "\u{010A}" && tokens.last?.isAdded == true)
  }

  @Test func rawChangesNothing() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("llama3-style")
    var cache = EncodingCache()
    let raw = try tokenizer.encode("a b", chat: .raw, sentinel: .tokenizer, cache: &cache)
    #expect(raw == (try tokenizer.encode("a b")))
  }

  @Test func aSentinelStandsBeforeThePrompt() throws {
    let tokens = try encode("a", "llama3-style", sentinel: .tokenizer).tokens
    #expect(tokens.prefix(2).map { $0.text } == ["<|begin_of_text|>", "<|im_start|>"])
    #expect(tokens[0].isAdded && tokens[1].isAdded)
  }

  /// What the tokenizer appends is no part of the prompt, and is counted.
  @Test func whatIsAppendedIsCounted() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("roberta-style")
    #expect(try tokenizer.encode("a").appendedCount == 1)
    #expect(try tokenizer.encode("a", sentinel: .none).appendedCount == 0)
  }

  @Test func aTokenizerWithoutTheSpecialTokensIsRefused() throws {
    let error = try #require(throws: TokenizerError.self) { try encode("a", "gpt2-style") }
    #expect(error.reason == .noChatToken)
    #expect(
      error.description.contains(
        "gpt2-style.json: added_tokens: no such chat token: expected \"<|im_start|>\", which chat chatml needs"
      ))
  }
}
