import Foundation
import Testing

@testable import ProbeModel

/// Every normalizer and pre-tokenizer alone, against Hugging Face's `tokenizers`.
@Suite struct TokenizerComponentTests {
  private let rows: [JSONNode]
  private let texts: [String]

  init() throws {
    let data = try TokenizerFixtures.data("components.golden.json")
    let file = "components.golden.json"
    rows = try JSONNode(try JSONTree.parse(Array(data), path: file), path: file, key: "golden").elements()
    texts = try TokenizerFixtures.golden("gpt2-style").map { $0.text }
  }

  @Test func preTokenizersCutAsTheReferencesDo() throws {
    var checked = 0
    for row in rows {
      guard let part = try row.child("pre_tokenizer") else { continue }
      let preTokenizer = try PreTokenizer(part, isLast: false)
      for (text, result) in zip(texts, try row.required("results").elements()) {
        var tokens = PreTokens(AlignedText(bytes: Array(text.utf8), base: 0))
        try preTokenizer.apply(to: &tokens)
        let words = tokens.words.map { String(decoding: tokens.text.bytes[$0], as: UTF8.self) }
        let expected = try result.required("words").elements().map { try $0.string() }
        let name = "\(preTokenizer.canonical) on \(text.debugDescription)"
        #expect(words.elementsEqual(expected, by: sameBytes), "\(name): \(words), reference \(expected)")
        guard words.count == expected.count else { continue }
        for (word, span) in zip(tokens.words, try result.required("spans").elements()) {
          let numbers = try span.elements().map { try $0.integer() }
          let ours = text.widened(tokens.text.source(of: word))
          let reference = numbers[0]..<numbers[1]
          #expect(
            ours == reference || isKnownDifference(ours, reference, in: Array(text.utf8)),
            "\(name): \(ours), reference \(reference)")
        }
        checked += 1
      }
    }
    #expect(checked == 29 * texts.count)
  }

  @Test func normalizersRewriteAsTheReferencesDo() throws {
    var checked = 0
    for row in rows {
      guard let part = try row.child("normalizer") else { continue }
      let normalizer = try Normalizer(part)
      for (text, result) in zip(texts, try row.required("results").elements()) {
        var normalized = AlignedText(bytes: Array(text.utf8), base: 0)
        try normalizer.apply(to: &normalized)
        let ours = String(decoding: normalized.bytes, as: UTF8.self)
        let expected = try result.required("text").string()
        #expect(
          sameBytes(ours, expected),
          "\(normalizer.canonical) on \(text.debugDescription): \(ours.debugDescription), reference \(expected.debugDescription)"
        )
        checked += 1
      }
    }
    #expect(checked == 14 * texts.count)
  }

  /// Cases that Foundation gets wrong: compatibility composition, a third part, a tag character for a letter.
  @Test(arguments: [
    (UnicodeForm.nfkc, "\u{FF76}\u{FF9E}", "\u{30AC}"), (.nfc, "\u{0CC6}\u{0CC2}\u{0CD5}", "\u{0CCB}"),
    (.nfc, "\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), (.nfc, "\u{D558}\u{11AB}", "\u{D55C}"),
    (.nfc, "\u{E0052}\u{0301}", "\u{E0052}\u{0301}"), (.nfc, "\u{0958}", "\u{0915}\u{093C}"),
    (.nfd, "\u{1E0B}\u{0323}", "d\u{0323}\u{0307}"), (.nfc, "d\u{0307}\u{0323}", "\u{1E0D}\u{0307}"),
    (.nfkd, "\u{FB01}\u{00B2}", "fi2"), (.nfc, "a\u{0315}\u{0300}", "\u{E0}\u{0315}"),
  ])
  func normalFormsEqualUAX15(_ form: UnicodeForm, _ text: String, _ expected: String) {
    var normalized = AlignedText(bytes: Array(text.utf8), base: 0)
    form.apply(to: &normalized)
    #expect(sameBytes(String(decoding: normalized.bytes, as: UTF8.self), expected))
    #expect(normalized.source(of: 0..<normalized.bytes.count) == 0..<text.utf8.count)
  }

  /// A scanner must cut exactly as the regular expression it stands for does. The expression is run by another
  /// engine here, spelled so that no scanner is chosen for it.
  @Test(arguments: [PatternScanner.gpt2, .llama3, .qwen2, .qwen35])
  func scannersEqualTheirRegularExpressions(_ scanner: PatternScanner) throws {
    let node = JSONNode(.string("(?:\(scanner.regex))"), path: "test", key: "Regex")
    let regex = try RegexPattern("(?:\(scanner.regex))", node: node)
    var generator = SplitMix(state: 11)
    for text in texts + (0..<500).map({ _ in generator.text(upTo: 60) }) {
      let bytes = Array(text.utf8)
      var words: [Range<Int>] = []
      scanner.appendMatches(of: bytes, in: 0..<bytes.count, to: &words)
      var pieces: [PatternPiece] = []
      try regex.appendPieces(of: bytes, in: 0..<bytes.count, to: &pieces)
      #expect(words == pieces.map { $0.range }, "\(text.debugDescription)")
    }
  }

  /// The merges of a long word go through a heap and those of a short one do not: the ids are the same.
  @Test func longWordsMergeAsShortOnesDo() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("llama2-style")
    guard case .bytePair(let model) = tokenizer.model else { return }
    var generator = SplitMix(state: 5)
    for _ in 0..<10 {
      let letters = (0..<200).map { _ in "theinr\u{2581}".randomElement(using: &generator) ?? " " }
      var merger = SymbolMerger()
      Array(String(letters).utf8).withUnsafeBufferPointer { model.encode($0, .both, with: &merger) }
      #expect(merger.symbols.map { $0.id } == naiveMerges(of: String(letters), model))
    }
  }

  /// The definition: of all pairs of neighbours merge the one of lowest rank, the leftmost of equals; repeat.
  private func naiveMerges(of word: String, _ model: BytePairModel) -> [Int32] {
    var ids = word.unicodeScalars.map { model.table.id(String($0)) ?? -1 }
    while true {
      let ranked = ids.indices.dropLast().compactMap { index -> (rank: Int, index: Int)? in
        let (rank, merged) = model.merges.withLookup { $0.find(ids[index], ids[index + 1]) }
        return merged < 0 ? nil : (Int(rank), index)
      }
      guard let best = ranked.min(by: { $0 < $1 }) else { return ids }
      let joined = model.table.pieces[Int(ids[best.index])] + model.table.pieces[Int(ids[best.index + 1])]
      ids.replaceSubrange(best.index...best.index + 1, with: [model.table.id(joined) ?? -1])
    }
  }
}
