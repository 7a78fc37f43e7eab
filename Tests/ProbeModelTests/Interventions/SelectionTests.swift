import ProbeMath
import Testing

@testable import ProbeModel

/// Which rows and heads a selection means.
@Suite struct SelectionTests {
  private let point = HookPoint(.z, layer: 0)

  private func rows(_ positions: Selection.Positions, _ sequence: Int, _ batch: TokenBatch) throws -> [Int] {
    try Selection(positions: positions).rows(of: sequence, in: batch, at: point)
  }

  @Test func positionsCountFromBothEnds() throws {
    let batch = TokenBatch([[1, 2, 3, 4], [], [5, 6]])
    #expect(try rows(.all, 0, batch) == [0, 1, 2, 3])
    #expect(try rows(.at([-1, 0, 3, 1]), 0, batch) == [0, 1, 3])
    #expect(try rows(.at([-2, 1]), 2, batch) == [4, 5])
    #expect(try rows(.at([7]), 1, batch) == [], "an empty sequence has no positions to miss")
    #expect(try rows(.within(1..<3), 0, batch) == [1, 2])
    #expect(try rows(.within(1..<9), 2, batch) == [5])
    #expect(try rows(.within(4..<9), 0, batch) == [])
    #expect(try rows(.from(2), 0, batch) == [2, 3])
    #expect(try rows(.from(.min), 2, batch) == [4, 5])
  }

  /// A pass that goes on from a cache computes the positions from 10 on.
  @Test func positionsOfThePastAreLeftAlone() throws {
    let batch = TokenBatch([[1, 2], [3]], from: [10, 4])
    #expect(try rows(.all, 0, batch) == [0, 1])
    #expect(try rows(.at([0, 9, 10]), 0, batch) == [0])
    #expect(try rows(.at([-1]), 0, batch) == [1])
    #expect(try rows(.at([-1]), 1, batch) == [2])
    #expect(try rows(.at([-3, -12]), 0, batch) == [])
    #expect(try rows(.from(11), 0, batch) == [1])
    #expect(try rows(.within(0..<11), 0, batch) == [0])
  }

  /// Read in one go or in two with a cache: the same positions are meant. Only the end moves on.
  @Test(arguments: ["llama-gqa", "gpt2", "mistral"])
  func aSelectionMeansTheSameTokensWhenARunGoesOn(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let tokens = [5, 17, 3, 44, 8]
    func hooks(_ positions: Selection.Positions) -> [Hook] {
      let selection = Selection(positions: positions)
      return [
        .zero(HookPoint(.z, layer: 0), at: selection), .zero(HookPoint(.mlpOut, layer: 1), at: selection),
      ]
    }
    for (positions, whole) in [
      (Selection.Positions.all, Selection.Positions.all), (.at([1]), .at([1])), (.from(2), .from(2)),
      (.within(1..<4), .within(1..<4)), (.at([0, -1]), .at([0, 2, 4])),
    ] {
      let expected = try model.values(HookPoint(.logits), TokenBatch([tokens]), hooks(whole))
      let (cache, workspace) = (try model.makeCache(sequences: 1), model.makeWorkspace())
      var logits: [Float] = []
      for part in [tokens[..<3], tokens[3...]] {
        try model.run(
          TokenBatch([Array(part)], from: cache.lengths), observing: [HookPoint(.logits)],
          hooks: hooks(positions), continuing: cache, in: workspace
        ) { logits += $0.values }
      }
      #expect(sameBits(logits, expected.elements), "\(positions)")
    }
  }

  @Test(arguments: [4, -5, .max, .min])
  func aPositionOutsideTheSequenceIsRefused(_ position: Int) throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.ending(
        TokenBatch([[1, 2, 3, 4]]), [.zero(.residPost(0), at: Selection(positions: .at([0, position])))])
    }
    #expect(error.reason == .badInput && error.location == "blocks.0.hook_resid_post, sequence 0")
    #expect(error.problem == "position \(position) lies outside the sequence of 4 tokens")
    #expect(error.advice == "Positions go from 0 to 3, or from −1, the last, backwards")
  }

  @Test(arguments: [(HookPoint.Site.z, "head", 4), (.k, "key–value head", 2)])
  func aHeadTheModelDoesNotHaveIsRefused(_ site: HookPoint.Site, _ noun: String, _ count: Int) throws {
    let model = try Fixture(name: "llama-gqa").model()
    let point = HookPoint(site, layer: 1)
    for head in [count, -1, .max] {
      let error = try modelError {
        try model.ending(cleanBatch, [.zero(point, at: Selection(heads: .only([0, head])))])
      }
      #expect(error.reason == .badInput && error.location == point.name)
      #expect(error.problem == "there is no \(noun) \(head): the model has \(count)")
    }
  }

  @Test func headsWhereThereAreNoneAreRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.ending(cleanBatch, [.zero(.residPost(1), at: Selection(heads: .only([0])))])
    }
    #expect(error.location == "blocks.1.hook_resid_post")
    #expect(error.problem == "heads were selected where there are none")
  }

  @Test func aSequenceOutsideTheBatchIsRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.ending(cleanBatch, [.zero(.residPost(1), at: Selection(sequences: .only([2])))])
    }
    #expect(error.problem == "there is no sequence 2: the batch has 2")
  }

  @Test func sitesWithHeadsAreThoseWithAnAxisOfHeads() {
    for site in HookPoint.Site.allCases {
      #expect(site.hasHeads == site.axes.contains { $0 == "head" || $0 == "keyValueHead" }, "\(site)")
    }
  }
}
