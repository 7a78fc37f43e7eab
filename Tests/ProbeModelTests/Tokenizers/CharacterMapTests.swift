import Foundation
import Testing

@testable import ProbeModel

/// The `Precompiled` normalizer alone, against Hugging Face's `tokenizers` (`make_charsmap.py`).
@Suite struct CharacterMapTests {
  private func normalizer(_ charsmap: String) throws -> Normalizer {
    let json = #"{"type":"Precompiled","precompiled_charsmap":"\#(charsmap)"}"#
    return try Normalizer(
      JSONNode(try JSONTree.parse(Array(json.utf8), path: "t"), path: "t", key: "normalizer"))
  }

  /// A map of one unit list and its replacements.
  private func charsmap(_ units: [UInt32], _ replacements: [UInt8], size: UInt32? = nil) -> String {
    var data = Data()
    for word in [size ?? UInt32(units.count * 4)] + units {
      withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) }
    }
    return (data + Data(replacements)).base64EncodedString()
  }

  @Test func textsBecomeWhatTheReferenceMakesOfThem() throws {
    let file = "charsmap.golden.json"
    let other = ProcessInfo.processInfo.environment["PROBE_TEST_CHARSMAP_GOLDEN"].map { URL(filePath: $0) }
    let data = try other.map { try Data(contentsOf: $0) } ?? TokenizerFixtures.data(file)
    let root = JSONNode(try JSONTree.parse(Array(data), path: file), path: file, key: "golden")
    let normalizer = try Normalizer(try root.required("normalizer"))
    let cases = try root.required("cases").elements()
    #expect(cases.count >= 200)
    for node in cases {
      let (text, expected) = (try node.elements()[0].string(), try node.elements()[1].string())
      var normalized = AlignedText(bytes: Array(text.utf8), base: 0)
      try normalizer.apply(to: &normalized)
      let ours = String(decoding: normalized.bytes, as: UTF8.self)
      #expect(
        sameBytes(ours, expected),
        "\(text.unicodeScalars.map { String($0.value, radix: 16) }): \(ours.debugDescription), reference \(expected.debugDescription)"
      )
    }
  }

  @Test(arguments: [
    (
      "***",
      "normalizer.precompiled_charsmap: invalid value: expected Base64, found 3 characters that are not"
    ),
    ("", "expected a trie of 4 to 4 bytes, found 0 bytes in all"), ("AAA=", "found 2 bytes in all"),
  ])
  func textThatIsNoMapIsRefused(_ charsmap: String, _ text: String) throws {
    let error = try #require(throws: TokenizerError.self) { try normalizer(charsmap) }
    #expect(error.description.contains(text), "\(error)")
  }

  @Test func brokenMapsAreRefused() throws {
    let cases: [(charsmap: String, text: String)] = [
      (charsmap([0], [], size: 0), "expected a trie of 4 to 4 bytes, found one of 0"),
      (charsmap([0, 0], [0], size: 100), "expected a trie of 4 to 9 bytes, found one of 100"),
      (charsmap([0], [], size: .max), "found one of 4294967295"),
      (charsmap([0], [0xFF]), "expected replacements in UTF-8, found bytes that are not UTF-8"),
      (charsmap([5 << 10], []), "expected a trie of 1 units, found unit 0 that leads to unit 5"),
      (charsmap([0x7FFF_FE00], []), "found unit 0 that leads to unit 536870656"),
      (
        charsmap([1 << 10 | 0x100, 0x8000_0009], [0x61, 0]),
        "expected a place in 2 bytes of replacements, found 9 in unit 1"
      ),
      (charsmap([1 << 10 | 0x100, 0x8000_0001], [0xC3, 0xA9]), "found 1 in unit 1"),
    ]
    for (charsmap, text) in cases {
      let error = try #require(throws: TokenizerError.self) { try normalizer(charsmap) }
      #expect(error.key == "normalizer.precompiled_charsmap")
      #expect(error.description.contains(text), "\(error)")
    }
  }

  /// Every unit leads back to the root: a look-up ends with its text.
  @Test func circlesEnd() throws {
    let circle = try normalizer(charsmap([UInt32](repeating: 0, count: 256).indices.map { UInt32($0) }, [0]))
    var text = AlignedText(bytes: Array("abc\u{E9}\u{0}\r\n".utf8), base: 0)
    try circle.apply(to: &text)
    #expect(text.bytes == Array("abc\u{E9}\u{0}\r\n".utf8))
  }

  /// One character that becomes 40,000 would make gigabytes of a short text.
  @Test func aReplacementWithoutMeasureIsRefused() throws {
    let units: [UInt32] = (0..<256).map { index in
      switch index {
      case 0: 128 << 10
      // The letter a, whose value lies in unit 128: places are combined by exclusive or.
      case 128 ^ 0x61: UInt32(0x61 ^ 0) << 10 | 0x100 | 0x61
      case 128: 0x8000_0000
      default: 0
      }
    }
    let map = try normalizer(charsmap(units, Array(repeating: 0x62, count: 40_000) + [0]))
    var text = AlignedText(bytes: Array("xax".utf8), base: 0)
    let error = try #require(throws: TokenizerError.self) { try map.apply(to: &text) }
    #expect(error.description.contains("expected a text of at most 256 bytes, found 40001 bytes"), "\(error)")
    let short = try normalizer(charsmap(units, Array("bcd\u{0}".utf8)))
    try short.apply(to: &text)
    #expect(text.bytes == Array("xbcdx".utf8))
  }

  /// Bytes that are characters of the alphabet by their number are still written as those characters.
  @Test func byteLevelSpellsEveryByte() throws {
    let part = JSONNode(
      try JSONTree.parse(Array(#"{"type":"ByteLevel"}"#.utf8), path: "t"), path: "t", key: "n")
    let normalizer = try Normalizer(part)
    for (text, expected) in [("abc", "abc"), ("\u{A969}", "\u{EA}\u{A5}\u{A9}"), ("a b", "a\u{120}b")] {
      var spelled = AlignedText(bytes: Array(text.utf8), base: 0)
      try normalizer.apply(to: &spelled)
      #expect(sameBytes(String(decoding: spelled.bytes, as: UTF8.self), expected))
    }
  }

  @Test func aReplacementStandsForTheWholeCluster() throws {
    let data = try TokenizerFixtures.data("charsmap.golden.json")
    let root = JSONNode(try JSONTree.parse(Array(data), path: "t"), path: "t", key: "")
    var text = AlignedText(bytes: Array("x\u{FB01}e\u{301}\u{1E}y".utf8), base: 0)
    try Normalizer(try root.required("normalizer")).apply(to: &text)
    #expect(String(decoding: text.bytes, as: UTF8.self) == "xfi\u{E9}y")
    #expect(text.source(of: 1..<2) == 1..<4 && text.source(of: 2..<3) == 1..<4)
    #expect(text.source(of: 3..<5) == 4..<7 && text.source(of: 5..<6) == 8..<9)
  }
}
