import ProbeMath
import Testing

@testable import ProbeModel

/// What a run refuses, and batches at the edge.
@Suite struct RunInputTests {
  private func run(
    _ model: HookedTransformer, _ sequences: [[Int]], at points: [HookPoint], hooks: [Hook] = []
  ) throws -> Observations {
    try Observations(model, TokenBatch(sequences), at: points, hooks: hooks)
  }

  @Test(arguments: [-1, 96, 97, Int(Int32.max), 1 << 31, (1 << 32) + 5, Int.max, Int.min])
  func aTokenOutsideTheVocabularyIsRefused(_ token: Int) throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError { try run(model, [[1, 2], [], [3, 95, token]], at: [.residPost(0)]) }
    #expect(error.reason == .badInput && error.location == "sequence 2, position 2")
    let shown = Int(Int32(clamping: token))
    #expect(error.problem == "token id \(shown) is outside the vocabulary of 96")
  }

  @Test(arguments: Fixture.kinds)
  func theContextIsTheLongestSequence(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let (point, context) = (HookPoint.residPost(model.config.nLayers - 1), model.config.nContext)
    let full = (0..<context).map { $0 % 96 }
    #expect(try run(model, [full], at: [point])[point]?.allSatisfy { $0.isFinite } == true)
    let error = try modelError { try run(model, [[1], full + [1]], at: [point]) }
    #expect(error.reason == .badInput && error.location == "sequence 1")
    #expect(error.problem == "\(context + 1) tokens, the context holds \(context)")
  }

  @Test(arguments: [
    HookPoint.residPost(3), HookPoint(.rotQ, layer: 0), HookPoint(.tokenTypeEmbed),
    HookPoint(.mlpPreLinear, layer: 1),
    HookPoint.residPost(.max),
  ])
  func aPointTheModelDoesNotHaveIsRefused(_ point: HookPoint) throws {
    let model = try Fixture(name: "gpt2").model()
    #expect(!model.has(point) && model.rowShape(of: point) == nil)
    for error in [
      try modelError { try run(model, [[1]], at: [.residPost(0), point]) },
      try modelError { try run(model, [[1]], at: [.residPost(0)], hooks: [Hook(point) { _ in }]) },
    ] {
      #expect(error.reason == .unknownHook && error.location == point.name)
      #expect(error.problem.hasPrefix("this model (GPT-2") && error.problem.contains(" has no such point"))
      #expect(error.advice.contains("probe hooks"))
    }
  }

  @Test func thereIsNothingToSeeInAnEmptyBatch() throws {
    let model = try Fixture(name: "llama-gqa").model()
    for sequences in [[], [[]], [[], []]] as [[[Int]]] {
      #expect(try run(model, sequences, at: model.hookPoints).order.isEmpty)
    }
    #expect(try model.activations(of: [], at: [.residPost(0)]).points.isEmpty)
    #expect(try run(model, [[1]], at: []).order.isEmpty)
  }

  @Test(arguments: Fixture.kinds)
  func anEmptySequenceIsNoRow(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let with = try run(model, [[], [1, 2, 3], [], [4], []], at: model.hookPoints)
    let without = try run(model, [[1, 2, 3], [4]], at: model.hookPoints)
    for point in model.hookPoints { #expect(sameBits(with[point], without[point]), "\(point)") }
    let batch = TokenBatch([[], [1, 2, 3], [], [4], []])
    try model.run(batch, observing: [.residPost(0)], in: model.makeWorkspace()) { view in
      #expect(view.tensor(sequence: 0).shape == [0, 32] && view.tensor(sequence: 3).shape == [1, 32])
    }
  }

  @Test func batchesCountTheirRows() {
    let batch = TokenBatch([[7, 8], [], [9]])
    #expect(batch.sequenceCount == 3 && batch.rowCount == 3 && batch.longest == 2)
    #expect(batch.starts == [0, 2, 2, 3] && batch.tokens == [7, 8, 9] && batch.positions == [0, 1, 0])
    #expect(TokenBatch([]).longest == 0 && TokenBatch([]).sequenceCount == 0)
  }
}
