import Foundation
import Testing

@testable import ProbeModel

/// What holds for the spans behind every normalizer, whatever it rewrites.
@Suite struct NormalizerSpanTests {
  private static let parts = [
    #"{"type":"NFC"}"#, #"{"type":"NFD"}"#, #"{"type":"NFKC"}"#, #"{"type":"NFKD"}"#,
    #"{"type":"Lowercase"}"#,
    #"{"type":"StripAccents"}"#, #"{"type":"Nmt"}"#, #"{"type":"ByteLevel"}"#, #"{"type":"BertNormalizer"}"#,
    #"{"type":"Strip"}"#, #"{"type":"Prepend","prepend":"\u2581"}"#,
    #"{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}"#,
    #"{"type":"Replace","pattern":{"Regex":"\\s+"},"content":""}"#,
    #"{"type":"Replace","pattern":{"Regex":"\\p{L}"},"content":"<\u00e9>"}"#,
  ]

  private func normalizers() throws -> [Normalizer] {
    let single = try Self.parts.map { part in
      try Normalizer(JSONNode(try JSONTree.parse(Array(part.utf8), path: "t"), path: "t", key: "normalizer"))
    }
    let golden = try TokenizerFixtures.data("charsmap.golden.json")
    let map = try Normalizer(
      try JSONNode(try JSONTree.parse(Array(golden), path: "t"), path: "t", key: "").required("normalizer"))
    return single + [
      map, .sequence([map, single[3], single[4], single[12]]), .sequence([single[8], single[7]]),
    ]
  }

  /// The texts: random ones, and sequences of marks whose order the normal forms change.
  private func texts() -> [String] {
    var generator = SplitMix(state: 21)
    let marks = (0..<200).map { _ in
      String(
        String.UnicodeScalarView(
          (0..<8).map { _ in
            Unicode.Scalar(UInt32.random(in: 0x300...0x34F, using: &generator)) ?? "a"
          } + ["e", "\u{323}", "\u{1112}", "\u{1161}", "\u{11AB}"]))
    }
    return (0..<400).map { _ in generator.text(upTo: 30) } + marks
  }

  /// Every byte comes from bytes of the text, at the beginnings and ends of characters or from one byte alone; the
  /// bytes of one character of the result come from one place or, byte for byte, from one after the other.
  @Test func everyByteComesFromTheText() throws {
    for normalizer in try normalizers() {
      for text in texts() {
        let original = Array(text.utf8)
        let base = 7
        var normalized = AlignedText(bytes: original, base: base)
        try normalizer.apply(to: &normalized)
        for index in normalized.bytes.indices {
          let source = normalized.source(at: index)
          let (start, end) = (Int(source.start) - base, Int(source.end) - base)
          #expect(0 <= start && start <= end && end <= original.count, "\(normalizer.canonical): \(source)")
          if end - start > 1 {
            #expect(original[start] & 0xC0 != 0x80, "\(normalizer.canonical) on \(text.debugDescription)")
            #expect(
              end == original.count || original[end] & 0xC0 != 0x80,
              "\(normalizer.canonical) on \(text.debugDescription)")
          }
        }
        #expect(String(validating: normalized.bytes, as: UTF8.self) != nil)
      }
    }
  }

  /// Read from left to right, places in the text never go back; only the normal forms move marks past each other,
  /// and then within one character and its marks.
  @Test func placesDoNotGoBack() throws {
    for normalizer in try normalizers() {
      for text in texts() {
        var normalized = AlignedText(bytes: Array(text.utf8), base: 0)
        try normalizer.apply(to: &normalized)
        var furthest = 0
        for index in normalized.bytes.indices {
          let start = Int(normalized.source(at: index).start)
          if start < furthest {
            // A mark that was moved keeps its bytes, each with a place of its own.
            let passed = Array(text.utf8)[text.widened(start..<furthest)]
            #expect(
              String(decoding: passed, as: UTF8.self).unicodeScalars.contains {
                $0.properties.canonicalCombiningClass != .notReordered
              }, "\(normalizer.canonical) on \(text.debugDescription) at \(index)")
          }
          furthest = max(furthest, start)
        }
      }
    }
  }

  /// Bytes that are the input's own keep their place, to the byte: a normalizer that changes nothing here shows it.
  @Test func whatIsKeptKeepsItsPlace() throws {
    let text = "plain words 123"
    for normalizer in try normalizers() {
      var normalized = AlignedText(bytes: Array(text.utf8), base: 0)
      try normalizer.apply(to: &normalized)
      let original = Array(text.utf8)
      for (index, byte) in normalized.bytes.enumerated() {
        let source = normalized.source(at: index)
        if source.end - source.start == 1, byte < 0x80, byte != UInt8(ascii: "<"), byte != UInt8(ascii: ">") {
          #expect(original[Int(source.start)] == byte, "\(normalizer.canonical) at \(index)")
        }
      }
    }
  }
}
