import Foundation
import Testing

@testable import ProbeModel

/// Which characters the parts act on, over all code points, against Hugging Face's `tokenizers` (`make_classes.py`):
/// its tables are of other versions of Unicode than Swift's.
@Suite struct CharacterClassTests {
  private static func changes(_ form: UnicodeForm, _ scalar: Unicode.Scalar) -> Bool {
    let original = Array(String(scalar).utf8)
    var text = AlignedText(bytes: original, base: 0)
    form.apply(to: &text)
    return text.bytes != original
  }

  @Test func everyCodePointIsOfTheReferencesClass() throws {
    let golden = try JSONDecoder().decode(
      [String: [UInt32]].self, from: try TokenizerFixtures.data("classes.golden.json"))
    let classes: [(name: String, holds: (Unicode.Scalar) -> Bool)] = [
      ("strip", { $0.isAccent }), ("bertAccents", { $0.isBERTAccent }),
      ("bertClean", { $0.value == 0xFFFD || $0.isBERTControl }), ("punctuation", { $0.isBERTPunctuation }),
      ("digits", { ScalarClass($0.value) == .number }), ("word", { $0.isWord }),
      ("nfd", { Self.changes(.nfd, $0) }), ("nfkd", { Self.changes(.nfkd, $0) }),
      ("lowercase", { !sameBytes($0.properties.lowercaseMapping, String($0)) }),
      ("reordered", { !Self.changes(.nfd, $0) && $0.referenceCombiningClass > 1 }),
    ]
    #expect(golden.count == classes.count)
    for (name, holds) in classes {
      let ranges = try #require(golden[name])
      var index = 0
      var different: [String] = []
      for code in UInt32(0)..<0x110000 {
        // Planes without characters: every 16th stands for its neighbours.
        guard let scalar = Unicode.Scalar(code), code < 0x34000 || code & 15 == 0 else { continue }
        while index < ranges.count, ranges[index + 1] < code { index += 2 }
        let expected = index < ranges.count && ranges[index] <= code
        if holds(scalar) != expected { different.append(String(code, radix: 16)) }
      }
      #expect(different.isEmpty, "\(name): \(different.prefix(20))")
    }
  }
}
