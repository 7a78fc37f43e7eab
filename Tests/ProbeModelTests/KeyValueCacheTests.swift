import ProbeMath
import Testing

@testable import ProbeModel

/// Runs that go on from what was computed before, against runs over everything: the same bits.
@Suite struct KeyValueCacheTests {
  /// Fixtures whose beginnings do not depend on what follows.
  static let fixtures = Fixture.all.filter { (try? $0.model().reasonAgainstCache) == .some(nil) }

  private func batch(_ model: HookedTransformer, lengths: [Int], _ name: String) -> TokenBatch {
    var random = RandomStream(seed: 11, name)
    return TokenBatch(
      lengths.map { length in (0..<length).map { _ in random.index(below: model.config.dVocab) } })
  }

  /// The tokens of `batch` at `positions` of each sequence.
  private func part(_ batch: TokenBatch, _ ranges: [Range<Int>]) -> TokenBatch {
    TokenBatch(
      ranges.indices.map { sequence in
        ranges[sequence].map { Int(batch.tokens[batch.starts[sequence] + $0]) }
      }, from: ranges.map { $0.lowerBound })
  }

  @Test func mostFixturesAreCausal() { #expect(Self.fixtures.count > 30) }

  @Test(arguments: fixtures)
  func piecesGiveTheBitsOfTheWhole(_ fixture: Fixture) throws {
    let model = try fixture.model()
    // The last one takes several groups of queries in one run.
    let lengths = [7, 1, 64].map { min($0, model.config.nContext) }
    let batch = batch(model, lengths: lengths, fixture.name)
    let points = model.hookPoints
    let whole = try model.activations(of: batch, at: points)
    let (cache, workspace) = (try model.makeCache(sequences: 3), model.makeWorkspace())
    var ends = [0, 0, 0]
    // Three tokens, none, eleven, then one at a time, and the rest: the sequences end at different times.
    for step in [3, 0, 11, 1, 1, 1, 64] {
      let ranges = ends.indices.map { ends[$0]..<min(ends[$0] + step, lengths[$0]) }
      let piece = part(batch, ranges)
      try model.run(piece, observing: Set(points), continuing: cache, in: workspace) { view in
        for sequence in ranges.indices {
          for (index, position) in ranges[sequence].enumerated() {
            let found = Array(view[piece.starts[sequence] + index])
            let expected = whole.row(batch.starts[sequence] + position, at: view.point).map { Array($0) }
            if !sameBits(found, expected) {
              Issue.record("\(view.point), sequence \(sequence), position \(position)")
            }
          }
        }
      }
      ends = ranges.map { $0.upperBound }
      #expect(cache.lengths == ends)
    }
  }

  @Test(arguments: Fixture.kinds.filter { $0.name != "bert" })
  func severalSequencesMayReadOneBeginning(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let batch = batch(model, lengths: [12, 9], fixture.name)
    let points = Set(model.hookPoints)
    let whole = try model.activations(of: batch, at: Array(points))
    let (cache, workspace) = (try model.makeCache(sequences: 2), model.makeWorkspace(threads: 2))
    try model.run(batch, observing: [], continuing: cache, in: workspace) { _ in }
    // From positions 5, 0 and 8 of the sequences 0, 1 and 0.
    let sources = [(0, 5..<12), (1, 0..<9), (0, 8..<12)]
    let rest = TokenBatch(
      sources.map { source, range in range.map { Int(batch.tokens[batch.starts[source] + $0]) } },
      from: sources.map { $0.1.lowerBound })
    try model.run(
      rest, from: .tokens, context: .reading(cache, sequences: sources.map { $0.0 }), observing: points,
      hooks: [],
      in: workspace
    ) { view in
      for (index, (source, range)) in sources.enumerated() {
        for (offset, position) in range.enumerated() {
          let expected = whole.row(batch.starts[source] + position, at: view.point).map { Array($0) }
          if !sameBits(Array(view[rest.starts[index] + offset]), expected) {
            Issue.record("\(view.point), sequence \(index), position \(position)")
          }
        }
      }
    }
    #expect(cache.lengths == [12, 9])
  }

  @Test(arguments: Fixture.all)
  func aPassMayBeginAtABlock(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let whole = try model.activations(of: batch, at: model.hookPoints)
    for layer in 0..<model.config.nLayers {
      let residual = try #require(whole[HookPoint(.residPre, layer: layer)]).elements
      let z = try #require(whole[HookPoint(.z, layer: layer)]).elements
      let last = model.hookPoints.last.map { [$0] } ?? []
      try residual.withUnsafeBufferPointer { residual in
        try z.withUnsafeBufferPointer { z in
          let (residual, z) = (try #require(residual.baseAddress), try #require(z.baseAddress))
          for start in [
            ForwardPass.Start.block(layer, residual: residual), .mixed(layer, residual: residual, z: z),
          ] {
            try model.run(
              batch, from: start, context: .none, observing: Set(last + [.residPost(layer)]), hooks: [],
              in: model.makeWorkspace()
            ) { view in
              #expect(
                sameBits(Array(view.values), whole[view.point]?.elements), "\(view.point) from \(layer)")
            }
          }
        }
      }
    }
  }

  @Test func modelsWhoseBeginningsChangeHaveNoCache() throws {
    let encoder = try Fixture(name: "bert").model()
    let error = #expect(throws: ModelError.self) { try encoder.makeCache(sequences: 1) }
    #expect(error?.description.contains("its tokens see those behind them") == true)
  }

  @Test func aTruncatedCacheGoesOnFromThere() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let (batch, workspace) = (TokenBatch([[5, 9, 2, 7, 1, 4]]), model.makeWorkspace())
    let whole = try model.activations(of: batch, at: [.residPost(1)])
    let cache = try model.makeCache(sequences: 1)
    try model.run(TokenBatch([[5, 9, 2, 3, 3, 3, 3]]), observing: [], continuing: cache, in: workspace) { _ in
    }
    cache.truncate(0, to: 3)
    var found: [[Float]] = []
    try model.run(
      TokenBatch([[7, 1, 4]], from: [3]), observing: [.residPost(1)], continuing: cache, in: workspace
    ) { view in found = (0..<3).map { Array(view[$0]) } }
    #expect(found.count == 3)
    for (index, row) in found.enumerated() {
      #expect(sameBits(row, whole.row(3 + index, at: .residPost(1)).map { Array($0) }))
    }
  }
}
