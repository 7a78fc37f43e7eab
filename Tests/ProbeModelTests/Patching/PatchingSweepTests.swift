import ProbeMath
import Testing

@testable import ProbeModel

/// Sweeps against whole runs with the patch in them: the same bits, however much was shared.
@Suite struct PatchingSweepTests {
  struct Sweep: CustomTestStringConvertible {
    let fixture: String
    let site: HookPoint.Site
    let places: PatchingSweep.Places
    var testDescription: String { "\(fixture), \(site.rawValue) over \(places.rawValue)" }
  }

  static let sweeps: [Sweep] = [
    "llama-gqa", "gpt2", "gpt-neox", "gemma2", "opt-postnorm", "bert-mlm", "llama-rope-dynamic", "mistral",
  ].flatMap { name -> [Sweep] in
    guard let model = try? Fixture(name: name).model(), model.weights.unembedding != nil else { return [] }
    let heads: [HookPoint.Site] = [.q, .k, .v, .rotK, .attnScores, .pattern, .z, .result]
    let positions: [HookPoint.Site] = [.residPre, .z, .attnOut, .residMid, .mlpPost, .mlpOut, .residPost]
    let here = Set(model.hookPoints.map { $0.site })
    return heads.filter { here.contains($0) }.map { Sweep(fixture: name, site: $0, places: .heads) }
      + positions.filter { here.contains($0) }.map { Sweep(fixture: name, site: $0, places: .positions) }
  }

  @Test func thereAreModelsToSweep() { #expect(Set(Self.sweeps.map { $0.fixture }).count == 8) }

  /// Pairs of different lengths; the prompts of the last begin alike.
  private func pairs(_ model: HookedTransformer) -> [PatchingSweep.Pair] {
    var random = RandomStream(seed: 21)
    func tokens(_ count: Int) -> [Int] { (0..<count).map { _ in random.index(below: model.config.dVocab) } }
    let shared = tokens(4)
    return [(tokens(6), tokens(6)), (tokens(1), tokens(1)), (shared + tokens(3), shared + tokens(3))].map {
      .init(prompt: $0, source: $1, answer: tokens(1)[0], against: tokens(1)[0])
    }
  }

  /// The logit difference of one whole run with one patch, by the plain way.
  private func whole(
    _ model: HookedTransformer, _ pair: PatchingSweep.Pair, _ point: HookPoint?,
    _ places: PatchingSweep.Places, _ place: Int
  ) throws -> Double {
    var hooks: [Hook] = []
    if let point {
      let source = try #require(try model.activations(of: pair.source, at: [point])[point])
      hooks = [
        Hook(point) { view in
          for row in 0..<view.batch.rowCount where places == .heads || row == place {
            let range = view.range(row: row)
            let width = places == .heads ? range.count / view.rowShape[0] : range.count
            let first = range.lowerBound + (places == .heads ? place * width : 0)
            for index in first..<first + width { view.values[index] = source.elements[index] }
          }
        }
      ]
    }
    let logits = try #require(
      try model.activations(of: pair.prompt, at: [HookPoint(.logits)], hooks: hooks)[HookPoint(.logits)])
    let last = pair.prompt.count - 1
    return Double(logits[last, pair.answer]) - Double(logits[last, pair.against])
  }

  @Test(arguments: sweeps)
  func aSweepGivesTheBitsOfWholeRuns(_ sweep: Sweep) throws {
    let model = try Fixture(name: sweep.fixture).model()
    let pairs = pairs(model)
    let effects = try PatchingSweep(sweep.site, over: sweep.places).run(
      model, pairs, in: model.makeWorkspace(threads: 2))
    for (index, pair) in pairs.enumerated() {
      #expect(try effects.prompt[index] == whole(model, pair, nil, .heads, 0))
      let source = PatchingSweep.Pair(
        prompt: pair.source, source: pair.source, answer: pair.answer, against: pair.against)
      #expect(try effects.source[index] == whole(model, source, nil, .heads, 0))
      for layer in 0..<model.config.nLayers {
        for place in 0..<effects.places {
          let found = effects.patched(layer: layer, place: place, pair: index)
          guard sweep.places == .heads || place < pair.prompt.count else {
            #expect(found == nil)
            continue
          }
          let expected = try whole(
            model, pair, HookPoint(sweep.site, layer: layer), sweep.places, place)
          #expect(found == expected, "layer \(layer), place \(place), pair \(index)")
        }
      }
    }
  }

  @Test func patchingEverythingAtTheLastBlockIsTheSource() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let pair = PatchingSweep.Pair(prompt: [3, 1, 4], source: [3, 1, 5], answer: 7, against: 8)
    let effects = try PatchingSweep(.residPost, over: .positions).run(
      model, [pair], in: model.makeWorkspace())
    let last = model.config.nLayers - 1
    #expect(effects.patched(layer: last, place: 2, pair: 0) == effects.source[0])
    #expect(effects.share(layer: last, place: 2) == 1 && effects.changes(layer: last, place: 0) == [0])
  }

  @Test func aPromptAsItsOwnSourceChangesNothing() throws {
    let model = try Fixture(name: "gpt2").model()
    let pair = PatchingSweep.Pair(prompt: [3, 1, 4, 1], source: [3, 1, 4, 1], answer: 7, against: 8)
    let effects = try PatchingSweep(.z, over: .heads).run(model, [pair], in: model.makeWorkspace())
    for layer in effects.layers {
      for head in 0..<effects.places { #expect(effects.changes(layer: layer, place: head) == [0]) }
    }
    #expect(effects.share(layer: 0, place: 0) == nil)
  }

  @Test func badSweepsSayWhatIsWrong() throws {
    let model = try Fixture(name: "llama-gqa").model()
    func message(_ sweep: PatchingSweep, _ pair: PatchingSweep.Pair) -> String {
      let error = #expect(throws: ModelError.self) {
        try sweep.run(model, [pair], in: model.makeWorkspace())
      }
      return error?.description ?? ""
    }
    let good = PatchingSweep.Pair(prompt: [1, 2], source: [3, 4], answer: 0, against: 1)
    var (short, foreign) = (good, good)
    short.source = [3]
    foreign.answer = 1_000_000
    let z = PatchingSweep(.z, over: .heads)
    #expect(message(z, short).contains("pair 0: the prompt has 2 tokens, its source 1"))
    #expect(message(z, foreign).contains("token id 1000000 is outside the vocabulary"))
    #expect(message(PatchingSweep(.mlpOut, over: .heads), good).contains("cannot be patched over heads"))
    #expect(message(PatchingSweep(.pattern, over: .positions), good).contains("by head only"))
    #expect(
      message(PatchingSweep(.z, over: .heads, layers: 1..<99), good).contains("the model has the blocks"))
    #expect(message(PatchingSweep(.tokenTypeEmbed, over: .positions), good).contains("cannot be patched"))
  }
}
