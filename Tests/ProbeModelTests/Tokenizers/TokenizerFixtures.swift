import Foundation
import Testing

@testable import ProbeModel

/// The fixture tokenizers and the golden values that `make_golden.py` wrote for them with the reference library.
enum TokenizerFixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/tokenizers")

  /// Every fixture: one for each layout of a pipeline.
  static let names = [
    "gpt2-style", "llama3-style", "smollm-style", "qwen2-style", "roberta-style", "wordpiece-uncased",
    "wordpiece-cased", "llama2-style", "metaspace", "suffixed", "o200k-style", "bloom-style", "codegen-style",
    "gemma-style",
  ]

  /// Every fixture with digests of what the reference makes of 2,000 strings.
  static let kinds = names + ["t5-style", "xlmr-style", "word-level"]

  /// The strings that the digests are of.
  static func manyStrings() throws -> [String] {
    try JSONDecoder().decode([String].self, from: try data("many.strings.json"))
  }

  /// Those whose vocabulary spells every byte and whose pipeline changes none.
  static let lossless = ["gpt2-style", "llama3-style", "smollm-style"]

  static func data(_ file: String) throws -> Data { try Data(contentsOf: folder.appending(path: file)) }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(tokenizerJSON: try data("\(name).json"), config: nil, path: "\(name).json")
  }

  static func golden(_ name: String) throws -> [GoldenCase] {
    try JSONDecoder().decode([GoldenCase].self, from: try data("\(name).golden.json"))
  }
}

/// What the reference library makes of one text.
struct GoldenCase: Decodable {
  let text: String
  /// Without added tokens.
  let ids: [Int]
  /// UTF-8 bytes, from the reference's characters.
  let spans: [[Int]]
  /// With the tokens that the post-processor adds.
  let framed: [Int]
  /// With special tokens in the text taken literally, where that differs.
  let literal: [Int]?
  /// Decoded, where that differs from the text.
  let decoded: String?
  /// Decoded without special tokens, where that differs from the text.
  let skipped: String?
}

/// Byte-for-byte comparison: `==` on strings is canonical equivalence.
func sameBytes(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

extension String {
  /// `span` widened to whole characters (scalars): the reference counts characters, so its spans are never finer.
  func widened(_ span: Range<Int>) -> Range<Int> {
    let bytes = Array(utf8)
    var start = span.lowerBound
    var end = span.upperBound
    while start > 0, start < bytes.count, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return start..<end
  }
}

/// A small, seeded generator (SplitMix64), so that a failing random text can be had again.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// A text of up to `count` scalars from blocks that tokenizers treat differently.
  mutating func text(upTo count: Int) -> String {
    let blocks: [ClosedRange<UInt32>] = [
      0x20...0x7E, 0x20...0x7E, 0x61...0x7A, 0x30...0x39, 0x00...0x20, 0x80...0x24F, 0x300...0x36F,
      0x370...0x5FF,
      0x600...0x6FF, 0x900...0x97F, 0x1100...0x11FF, 0x2000...0x206F, 0x2580...0x259F, 0x3040...0x30FF,
      0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFFFD, 0x1F300...0x1FAFF, 0xE0000...0x10FFFF,
    ]
    let pieces = [
      "<|endoftext|>", "<mask>", "[CLS]", "[SEP]", "</s>", "    ", "Foobar", "\r\n", "'ll", "\u{200D}",
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...count, using: &self) {
      if Int.random(in: 0..<12, using: &self) == 0 {
        text += pieces.randomElement(using: &self) ?? ""
      } else if let block = blocks.randomElement(using: &self),
        let scalar = Unicode.Scalar(UInt32.random(in: block, using: &self))
      {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
