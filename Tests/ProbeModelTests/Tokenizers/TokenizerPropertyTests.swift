import Foundation
import Testing

@testable import ProbeModel

/// What holds for every tokenizer and every text.
@Suite struct TokenizerPropertyTests {
  private static func texts(seed: UInt64, count: Int) -> [String] {
    var generator = SplitMix(state: seed)
    return (0..<count).map { _ in generator.text(upTo: 40) }
  }

  @Test(arguments: TokenizerFixtures.names)
  func randomTextsEncodeWithinTheVocabularyAndTheText(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    var cache = EncodingCache()
    for text in Self.texts(seed: 1, count: 2000) {
      let encoding = try tokenizer.encode(text, sentinel: .none, cache: &cache)
      for token in encoding.tokens {
        #expect(0..<tokenizer.vocabularySize ~= token.id)
        #expect(tokenizer.piece(token.id) == token.text && !token.isAdded)
        #expect(
          0 <= token.span.lowerBound && token.span.upperBound <= text.utf8.count, "\(text.debugDescription)")
      }
      _ = try tokenizer.decode(encoding.ids)
    }
  }

  /// Nothing is normalized away, so the spans lie end to end and cover every byte.
  @Test(arguments: ["gpt2-style", "smollm-style"])
  func spansTileTheText(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    let nasty = try TokenizerFixtures.golden(name).map { $0.text }
    for text in Self.texts(seed: 2, count: 1000) + nasty {
      var covered = 0
      for token in try tokenizer.encode(text).tokens {
        #expect(token.span.lowerBound == covered && !token.span.isEmpty, "\(text.debugDescription): \(token)")
        covered = token.span.upperBound
      }
      #expect(covered == text.utf8.count, "\(text.debugDescription)")
    }
  }

  /// `trim_offsets` leaves out spaces and nothing else.
  @Test func trimmedSpansLeaveOutSpacesOnly() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("llama3-style")
    for text in Self.texts(seed: 3, count: 1000) {
      let bytes = Array(text.utf8)
      var covered = 0
      for token in try tokenizer.encode(text, sentinel: .none).tokens {
        #expect(token.span.lowerBound >= covered, "\(text.debugDescription): \(token)")
        #expect(bytes[covered..<token.span.lowerBound].allSatisfy { $0 == 0x20 }, "\(text.debugDescription)")
        covered = token.span.upperBound
      }
      #expect(bytes[covered...].allSatisfy { $0 == 0x20 }, "\(text.debugDescription)")
    }
  }

  /// The bytes of a token's span are the bytes that the token spells, down to parts of characters.
  @Test(arguments: ["gpt2-style", "smollm-style"])
  func spansHoldTheBytesThatTheTokensSpell(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    for text in Self.texts(seed: 4, count: 500) {
      let bytes = Array(text.utf8)
      for token in try tokenizer.encode(text, sentinel: .none, parsesSpecialTokens: false).tokens
      where !tokenizer.vocabulary.isAdded(token.id) {
        #expect(
          ByteAlphabet.decode(token.text) == Array(bytes[token.span]), "\(text.debugDescription): \(token)")
      }
    }
  }

  @Test(arguments: TokenizerFixtures.lossless)
  func decodingUndoesEncoding(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    for text in Self.texts(seed: 5, count: 1000) {
      for parses in [true, false] {
        let encoding = try tokenizer.encode(text, sentinel: .none, parsesSpecialTokens: parses)
        #expect(sameBytes(try tokenizer.decode(encoding.ids), text), "\(text.debugDescription)")
      }
    }
  }

  @Test(arguments: TokenizerFixtures.names)
  func emptyTextHasNoTokensButTheSentinels(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    #expect(try tokenizer.encode("", sentinel: .none).tokens.isEmpty)
    let framed = try tokenizer.encode("").tokens
    #expect(framed.allSatisfy { $0.isAdded && $0.span == 0..<0 })
    #expect(framed.map { $0.id } == tokenizer.postProcessor.prefix + tokenizer.postProcessor.suffix)
  }

  /// `String` repairs bytes that are not UTF-8, and the tokenizer sees the repaired text.
  @Test(arguments: TokenizerFixtures.lossless)
  func invalidBytesArriveAsReplacementCharacters(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    let damaged: [UInt8] = [0x61, 0xFF, 0x62, 0xE2, 0x82, 0x20, 0xC0, 0x80]
    let repaired = String(decoding: damaged, as: UTF8.self)
    let ids = try tokenizer.encode(repaired, sentinel: .none).ids
    #expect(try tokenizer.decode(ids) == "a\u{FFFD}b\u{FFFD} \u{FFFD}\u{FFFD}")
    // A token alone may be part of a character; decoded alone it is replaced, too.
    let part = try #require(tokenizer.id(ByteAlphabet.encode([0xE2])))
    #expect(try tokenizer.decode([part]) == "\u{FFFD}")
  }

  @Test func idsThatStandForNothingAreSkipped() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("gpt2-style")
    let ids = try tokenizer.encode("ab", sentinel: .none).ids
    #expect(try tokenizer.decode([-1, .max, tokenizer.vocabularySize] + ids) == "ab")
    #expect(tokenizer.piece(-1) == nil && tokenizer.piece(tokenizer.vocabularySize) == nil)
  }
}
