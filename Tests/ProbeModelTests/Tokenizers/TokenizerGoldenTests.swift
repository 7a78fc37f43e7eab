import Foundation
import Testing

@testable import ProbeModel

/// Ids, spans and decoded text against Hugging Face's `tokenizers`.
@Suite struct TokenizerGoldenTests {
  @Test(arguments: TokenizerFixtures.names)
  func idsEqualTheReferences(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    for golden in try TokenizerFixtures.golden(name) { try expectIDs(tokenizer, golden) }
  }

  @Test(arguments: TokenizerFixtures.names)
  func spansEqualTheReferences(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    for golden in try TokenizerFixtures.golden(name) { try expectSpans(tokenizer, golden) }
  }

  @Test(arguments: TokenizerFixtures.names)
  func decodedTextEqualsTheReferences(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    for golden in try TokenizerFixtures.golden(name) { try expectText(tokenizer, golden) }
  }

  /// Ids do not depend on what the encoder met before.
  @Test(arguments: TokenizerFixtures.names)
  func aSharedCacheChangesNothing(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    var cache = EncodingCache()
    let golden = try TokenizerFixtures.golden(name)
    for golden in golden + golden {
      let encoding = try tokenizer.encode(golden.text, sentinel: .none, cache: &cache)
      #expect(encoding == (try tokenizer.encode(golden.text, sentinel: .none)))
    }
  }

  /// A cache that goes from one tokenizer to another carries no ids along.
  @Test func aCacheOfAnotherTokenizerIsEmptied() throws {
    var cache = EncodingCache()
    let text = "The quick brown fox, 1234 tokens."
    for name in TokenizerFixtures.names {
      let tokenizer = try TokenizerFixtures.tokenizer(name)
      let ids = try tokenizer.encode(text, sentinel: .none, cache: &cache).ids
      #expect(ids == (try tokenizer.encode(text, sentinel: .none).ids), "\(name)")
    }
  }
}

/// Ids without added tokens, with them, and with special tokens taken literally.
func expectIDs(_ tokenizer: Tokenizer, _ golden: GoldenCase) throws {
  let text = golden.text
  #expect(try tokenizer.encode(text, sentinel: .none).ids == golden.ids, "\(text.debugDescription)")
  let literal = try tokenizer.encode(text, sentinel: .none, parsesSpecialTokens: false)
  #expect(literal.ids == golden.literal ?? golden.ids, "\(text.debugDescription), taken literally")
  let framed = try tokenizer.encode(text)
  // Where the text itself begins with the beginning token the reference doubles it, and we do not.
  let expected = framed.beginning == .inText ? Array(golden.framed.dropFirst()) : golden.framed
  #expect(framed.ids == expected, "\(text.debugDescription), framed")
}

/// Spans, with the differences that ``AlignedText`` documents.
func expectSpans(_ tokenizer: Tokenizer, _ golden: GoldenCase) throws {
  let bytes = Array(golden.text.utf8)
  let tokens = try tokenizer.encode(golden.text, sentinel: .none).tokens
  try #require(tokens.count == golden.spans.count)
  for (index, (token, span)) in zip(tokens, golden.spans).enumerated() {
    let expected = span[0]..<span[1]
    let ours = token.span.isEmpty ? token.span : golden.text.widened(token.span)
    if ours == expected { continue }
    #expect(
      isKnownDifference(ours, expected, in: bytes),
      "\(golden.text.debugDescription): token \(index) \(token.text): \(token.span), reference \(expected)")
  }
}

/// Where our spans say more than the reference's, on purpose.
func isKnownDifference(_ ours: Range<Int>, _ reference: Range<Int>, in bytes: [UInt8]) -> Bool {
  func scalars(_ range: Range<Int>) -> String.UnicodeScalarView {
    String(decoding: bytes[range], as: UTF8.self).unicodeScalars
  }
  // An insertion stands for nothing; the reference lends it the character that follows.
  if ours.isEmpty { return abs(ours.lowerBound - reference.lowerBound) <= 1 }
  // After it trimmed such a borrowed character, nothing is left of a token of one character.
  if reference.isEmpty { return ours.upperBound == reference.upperBound && ours.count == 1 }
  // A composed character covers all its parts; the reference keeps the first part only.
  if ours.lowerBound == reference.lowerBound, ours.upperBound > reference.upperBound {
    return scalars(reference.upperBound..<ours.upperBound).allSatisfy(composesWithPrevious)
  }
  // What replaces a run covers the run; the reference keeps the run's last character only.
  if ours.upperBound == reference.upperBound, ours.lowerBound < reference.lowerBound {
    return scalars(ours.lowerBound..<reference.lowerBound).allSatisfy {
      // U+FFFD and U+2581 become blanks in the NMT clean-up.
      $0.properties.isWhitespace || $0 == "\u{FFFD}" || $0 == "\u{2581}"
    }
  }
  // Marks that were put in canonical order keep their own bytes; the reference hands them out in the new order.
  return scalars(reference).allSatisfy(composesWithPrevious)
}

/// Marks, conjoining Hangul vowels and finals, half-width voicing.
private func composesWithPrevious(_ scalar: Unicode.Scalar) -> Bool {
  ScalarClass(scalar.value) == .mark || 0x1160...0x11FF ~= scalar.value || 0xFF9E...0xFF9F ~= scalar.value
}

/// Decoded text, with special tokens and without.
func expectText(_ tokenizer: Tokenizer, _ golden: GoldenCase) throws {
  let decoded = try tokenizer.decode(golden.ids)
  #expect(sameBytes(decoded, golden.decoded ?? golden.text), "\(decoded.debugDescription)")
  let skipped = try tokenizer.decode(golden.ids, skipsSpecialTokens: true)
  #expect(
    sameBytes(skipped, golden.skipped ?? golden.text), "\(skipped.debugDescription), special tokens left out")
}
