import Foundation
import Testing

@testable import ProbeModel

/// Texts that are tokenized around their leaves.
@Suite struct PiecesTests {
  private static let python = "def f(x):\n    return x"
  private static let pythonLeaves = [0..<3, 4..<5, 5..<6, 6..<7, 7..<8, 8..<9, 14..<20, 21..<22]

  /// Every fixture, and the real models where they are.
  @Test func idsEqualThoseOfTheReference() throws {
    let data = try TokenizerFixtures.data("pieces.golden.json")
    let rows = try JSONDecoder().decode([GoldenPieces].self, from: data)
    #expect(rows.count == 33)
    for row in rows {
      guard let tokenizer = try row.open() else { continue }
      let leaves = row.leaves.map { $0[0]..<$0[1] }
      for (pieces, ids) in [(Pieces.whole, row.whole), (.cut, row.cut), (.alone, row.alone)] {
        let found = try tokenizer.encode(row.text, pieces, leaves).ids
        #expect(found == ids, "\(row.tokenizer), \(pieces): \(row.text)")
      }
    }
  }

  @Test(.enabled(if: RealModel.smollm2.isTested))
  func twoLeavesOfPythonAreNotOneToken() throws {
    let tokenizer = try #require(try HookedTransformer.open(RealModel.smollm2.path).tokenizer)
    func texts(_ pieces: Pieces) throws -> [String] {
      try tokenizer.encode(Self.python, pieces, Self.pythonLeaves).tokens.map { $0.text }
    }
    #expect(try texts(.whole).contains("):"))
    #expect(try texts(.cut) == ["def", "Ġf", "(", "x", ")", ":", "ĊĠĠĠ", "Ġreturn", "Ġx"])
  }

  // MARK: Properties

  /// Over random texts and random leaves, cuts inside words among them, for every pipeline.
  @Test(arguments: TokenizerFixtures.kinds)
  func noTokenBelongsToTwoLeaves(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    var random = SplitMix(state: 7)
    for _ in 0..<60 {
      let text = random.text(upTo: 40)
      let leaves = random.leaves(of: text)
      for pieces in [Pieces.cut, .alone] {
        let tokens = try tokenizer.encode(text, pieces, leaves).tokens
        for token in tokens {
          let met = leaves.filter { !token.span.isEmpty && $0.overlaps(token.span) }
          #expect(met.count <= 1, "\(name), \(pieces): \(token) of \(leaves)")
          if pieces == .alone, !token.span.isEmpty {
            #expect(met.count == 1 && met[0].clamped(to: token.span) == token.span)
          }
        }
        let ends = tokens.map { $0.span.upperBound }
        #expect(ends == ends.sorted() || !TokenizerFixtures.lossless.contains(name))
      }
    }
  }

  /// Byte-level vocabularies spell every byte: nothing is lost at a cut, and each leaf has its bytes.
  @Test(arguments: ["gpt2-style", "smollm-style"])
  func spansTileTheTextAndTheTokensGiveItBack(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    var random = SplitMix(state: 11)
    for _ in 0..<150 {
      let text = random.text(upTo: 40)
      let leaves = random.leaves(of: text)
      let cut = try tokenizer.encode(text, .cut, leaves)
      var end = 0
      for token in cut.tokens {
        #expect(token.span.lowerBound == end)
        end = token.span.upperBound
      }
      #expect(end == text.utf8.count)
      #expect(sameBytes(try tokenizer.decode(cut.ids), text))

      var alone = try tokenizer.encode(text, .alone, leaves).tokens[...]
      for leaf in leaves {
        var end = leaf.lowerBound
        while let token = alone.first, token.span.upperBound <= leaf.upperBound {
          #expect(token.span.lowerBound == end)
          end = token.span.upperBound
          alone.removeFirst()
        }
        #expect(end == leaf.upperBound)
      }
      #expect(alone.isEmpty)
    }
  }

  /// One leaf that is the whole text leaves nothing to cut.
  @Test(arguments: TokenizerFixtures.kinds)
  func aTextOfOneLeafIsWhole(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    var random = SplitMix(state: 5)
    for _ in 0..<40 {
      let text = random.text(upTo: 30)
      let leaves = text.isEmpty ? [] : [0..<text.utf8.count]
      let whole = try tokenizer.encode(text, .whole, leaves)
      #expect(try tokenizer.encode(text, .cut, leaves) == whole)
      #expect(try tokenizer.encode(text, .cut, []) == whole)
    }
  }

  /// Cuts where words end anyway change no id, however the tokenizer marks words.
  @Test(arguments: ["llama2-style", "metaspace", "t5-style", "xlmr-style", "roberta-style", "suffixed"])
  func blanksAreMarkedWhereTheTextHasThem(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    let text = "the quick fox sees the lazy dog"
    var leaves: [Range<Int>] = []
    for word in text.split(separator: " ") {
      let start = (leaves.last?.upperBound ?? -1) + 1
      leaves.append(start..<start + word.utf8.count)
    }
    let whole = try tokenizer.encode(text, .whole, leaves).ids
    #expect(try tokenizer.encode(text, .cut, leaves).ids == whole)
  }

  // MARK: Sentinels and special tokens

  @Test(arguments: ["llama3-style", "wordpiece-uncased", "roberta-style"])
  func sentinelsStandAroundTheWholeOnce(_ name: String) throws {
    let tokenizer = try TokenizerFixtures.tokenizer(name)
    let framed = try tokenizer.encode("x")
    for pieces in [Pieces.cut, .alone] {
      let own = try tokenizer.encode(Self.python, pieces, Self.pythonLeaves)
      var cache = EncodingCache()
      let all = try tokenizer.encode(
        Self.python, pieces: pieces, leaves: Self.pythonLeaves, sentinel: .tokenizer, cache: &cache)
      let added = framed.tokens.filter { $0.isAdded }
      #expect(all.tokens.filter { $0.isAdded }.map { $0.id } == added.map { $0.id })
      #expect(all.tokens.filter { !$0.isAdded } == own.tokens)
      #expect(all.appendedCount == framed.appendedCount && all.beginning == framed.beginning)
    }
  }

  @Test func aCutGoesThroughWhatWouldBeASpecialToken() throws {
    let tokenizer = try TokenizerFixtures.tokenizer("smollm-style")
    let text = "a<|im_end|>b"
    let token = try #require(tokenizer.id("<|im_end|>"))
    #expect(try tokenizer.encode(text, .cut, [0..<1, 1..<11]).ids.contains(token))
    let cut = try tokenizer.encode(text, .cut, [0..<4, 4..<12])
    #expect(!cut.ids.contains(token))
    #expect(try tokenizer.decode(cut.ids) == text)
  }
}

extension Tokenizer {
  fileprivate func encode(_ text: String, _ pieces: Pieces, _ leaves: [Range<Int>]) throws -> Encoding {
    var cache = EncodingCache()
    return try encode(text, pieces: pieces, leaves: leaves, sentinel: .none, cache: &cache)
  }
}

/// What the reference library makes of a text in pieces: see `make_pieces.py`.
private struct GoldenPieces: Decodable {
  let tokenizer: String
  let text: String
  let leaves: [[Int]]
  let whole: [Int]
  let cut: [Int]
  let alone: [Int]

  /// Nil for a real model that is not there.
  func open() throws -> Tokenizer? {
    let models = ["smollm2": RealModel.smollm2, "minilm": .minilm]
    guard let model = models[tokenizer] else { return try TokenizerFixtures.tokenizer(tokenizer) }
    return model.isTested ? try HookedTransformer.open(model.path).tokenizer : nil
  }
}

extension SplitMix {
  /// Stretches of a text between characters, some touching, some not.
  fileprivate mutating func leaves(of text: String) -> [Range<Int>] {
    var bounds = [0]
    for scalar in text.unicodeScalars { bounds.append((bounds.last ?? 0) + String(scalar).utf8.count) }
    var leaves: [Range<Int>] = []
    var index = 0
    while index < bounds.count - 1 {
      index += Int.random(in: 0...1, using: &self) * Int.random(in: 0...2, using: &self)
      let end = min(index + Int.random(in: 1...4, using: &self), bounds.count - 1)
      if index < end { leaves.append(bounds[index]..<bounds[end]) }
      index = end
    }
    return leaves
  }
}
