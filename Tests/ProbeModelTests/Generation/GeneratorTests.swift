import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Models that go on from prompts.
@Suite struct GeneratorTests {
  static let causal = LogitLensTests.headed.filter { (try? $0.model().config.masking) == .causal }
  static let prompts = [[5, 17, 30, 3], [21], [33, 33, 8, 22, 22, 9, 1, 20, 20]]

  struct Greedy: Decodable {
    let prompts: [[Int]]
    let continuations: [[Int]]
    let log_probabilities: [[Float]]

    static func read() throws -> [String: Greedy] {
      let file = Fixture.root.appendingPathComponent("generation/greedy.json")
      return try JSONDecoder().decode([String: Greedy].self, from: Data(contentsOf: file))
    }
  }

  /// Golden tokens of Hugging Face's `generate(do_sample=False)`; all prompts together here, one by one there.
  @Test(arguments: ["gpt2", "llama-gqa", "gpt-neox", "gemma2", "bloom"])
  func greedyTokensAreTheReferences(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let golden = try #require(Greedy.read()[name])
    let found = try Generator(model, Generation(maxTokens: 16)).generate(
      golden.prompts, in: model.makeWorkspace())
    #expect(found.map { $0.tokens } == golden.continuations)
    #expect(found.allSatisfy { $0.ending == .maxTokens })
    for (mine, expected) in zip(found, golden.log_probabilities) {
      // Parity of tiny fixtures (docs/numerics.md).
      #expect(largestDifference(mine.logProbabilities.map { Float($0) }, expected) <= 5e-5)
    }
  }

  /// Every generated token is the best of a plain run over all before it, and its ln p is the teacher-forced one.
  @Test(arguments: causal)
  func everyTokenIsThePlainRunsBest(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let found = try Generator(model, Generation(maxTokens: 6)).generate(
      Self.prompts, in: model.makeWorkspace())
    let forced = try model.logProbabilities(
      of: zip(Self.prompts, found).map { PromptedContinuation(prompt: $0, continuation: $1.tokens) },
      workspace: model.makeWorkspace())
    for (prompt, continuation) in zip(Self.prompts, found) {
      let tokens = prompt + continuation.tokens
      let logits = try #require(
        try model.activations(of: tokens, at: [HookPoint(.logits)])[HookPoint(.logits)])
      for (index, token) in continuation.tokens.enumerated() {
        // Where frequencies depend on the length, the rows of a longer sequence are others.
        guard !Self.turnsByLength(model) else { continue }
        let row = logits[row: prompt.count + index - 1]
        #expect(row[row.startIndex + token] == row.max(), "token \(index)")
      }
    }
    guard !Self.turnsByLength(model) else { return }
    for (continuation, values) in zip(found, forced) {
      // A row's bits do not depend on what runs beside it.
      #expect(continuation.logProbabilities == values.tokens)
    }
  }

  /// Keys and values that are kept change nothing, bit for bit: greedy and drawn, with hooks and without, in every
  /// family.
  @Test(arguments: causal)
  func aCacheChangesNoBit(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let sampled = Generation.Choice.sampled(try Sampling(temperature: 1.5, topK: 30, seed: 5))
    let width = model.config.dModel
    // What a hook does to a row depends on where it stands and what it holds.
    let steer = Hook(.residPost(0)) { view in
      let positions = view.batch.positions
      for row in 0..<view.batch.rowCount where positions[row].isMultiple(of: 3) {
        for column in 0..<width { view[row][column] *= column.isMultiple(of: 2) ? 1.5 : 0.5 }
      }
    }
    let ban = Hook(HookPoint(.logits)) { view in
      for row in 0..<view.batch.rowCount { view[row][3] = -.infinity }
    }
    for (choice, hooks) in [(.greedy, []), (.greedy, [steer]), (sampled, [ban])]
      as [(Generation.Choice, [Hook])]
    {
      let settings = Generation(choice, maxTokens: 8, stopTokens: [2])
      let kept = try Generator(model, settings)
      let anew = try Generator(model, settings, usesCache: false)
      #expect(kept.usesCache != Self.turnsByLength(model) && !anew.usesCache)
      let workspace = model.makeWorkspace()
      let (found, expected) = try (
        kept.generate(Self.prompts, hooks: hooks, in: workspace),
        anew.generate(Self.prompts, hooks: hooks, in: workspace)
      )
      #expect(found == expected)
    }
  }

  /// Whether a token more can turn all queries and keys otherwise.
  static func turnsByLength(_ model: HookedTransformer) -> Bool {
    guard case .rotary(let rotary) = model.config.positions else { return false }
    return Set((1...64).map { rotary.frequencyKey(length: $0) }).count > 1
  }

  @Test func aStopTokenEndsAPromptAndOnlyThat() throws {
    let (model, golden) = (
      try Fixture(name: "gpt-neox").model(), try #require(Greedy.read()["gpt-neox"])
    )
    // 28 is the third token of the second prompt's continuation.
    try #require(golden.continuations[1][2] == 28)
    let found = try Generator(model, Generation(maxTokens: 16, stopTokens: [28])).generate(
      golden.prompts, in: model.makeWorkspace())
    #expect(found[1].tokens == Array(golden.continuations[1].prefix(3)) && found[1].ending == .stopToken)
    #expect(found[0].tokens == golden.continuations[0] && found[0].ending == .maxTokens)
    #expect(found[1].logProbabilities.count == 3)
  }

  @Test func aFullContextEndsAPrompt() throws {
    let model = try Fixture(name: "gpt2").model()
    let prompts = [Array(repeating: 3, count: 62), [5, 6]]
    let found = try Generator(model, Generation(maxTokens: 5)).generate(prompts, in: model.makeWorkspace())
    // Sequences of 62, 63 and 64 tokens fit into a context of 64; what follows the last is known, and no more.
    #expect(found[0].tokens.count == 3 && found[0].ending == .contextFull)
    #expect(found[1].tokens.count == 5 && found[1].ending == .maxTokens)
    let error = try modelError {
      try Generator(model, Generation(maxTokens: 5)).generate(
        [[1], Array(repeating: 3, count: 65)], in: model.makeWorkspace())
    }
    #expect(error.location == "sequence 1" && error.problem == "65 tokens, the context holds 64")
  }

  /// The same seed gives the same tokens; a prompt's do not depend on the others.
  @Test func samplesDependOnTheSeedAndThePlaceAlone() throws {
    let model = try Fixture(name: "llama-gqa").model()
    func sample(_ seed: UInt64, _ prompts: [[Int]]) throws -> [[Int]] {
      let sampling = try Sampling(temperature: 1.3, topK: 60, topP: 0.98, typical: 0.97, seed: seed)
      return try Generator(model, Generation(.sampled(sampling), maxTokens: 12)).generate(
        prompts, in: model.makeWorkspace()
      ).map { $0.tokens }
    }
    let first = try sample(1, Self.prompts)
    #expect(try sample(1, Self.prompts) == first)
    #expect(try sample(2, Self.prompts) != first)
    #expect(try sample(1, [Self.prompts[0]]) == [first[0]])
    #expect(try sample(1, [[9, 9], Self.prompts[1]])[1] == first[1])
    // The same prompt twice draws twice.
    let twice = try sample(1, [Self.prompts[0], Self.prompts[0]])
    #expect(twice[0] != twice[1])
  }

  /// A hook acts in every step: a banned token never comes, a steered model says what it is steered to.
  @Test func hooksActInEveryStep() throws {
    let model = try Fixture(name: "gpt2").model()
    let plain = try Generator(model, Generation(maxTokens: 8)).generate(
      Self.prompts, in: model.makeWorkspace())
    let banned = Set(plain.flatMap { $0.tokens })
    let ban = Hook(HookPoint(.logits)) { view in
      for row in 0..<view.batch.rowCount {
        for token in banned { view[row][token] = -.infinity }
      }
    }
    let others = try Generator(model, Generation(maxTokens: 8)).generate(
      Self.prompts, hooks: [ban], in: model.makeWorkspace())
    #expect(others.allSatisfy { $0.tokens.count == 8 && banned.isDisjoint(with: $0.tokens) })
    let direction = try #require(model.weights.unembedding).column(44)
    let steer = Hook(.residPost(2)) { view in
      for row in 0..<view.batch.rowCount {
        for column in direction.indices { view[row][column] += 100 * direction[column] }
      }
    }
    let steered = try Generator(model, Generation(maxTokens: 4)).generate(
      Self.prompts, hooks: [steer], in: model.makeWorkspace())
    let forced = try model.logProbabilities(
      of: [PromptedContinuation(prompt: Self.prompts[0], continuation: steered[0].tokens)], hooks: [steer],
      workspace: model.makeWorkspace())
    #expect(steered != plain)
    #expect(steered[0].logProbabilities == forced[0].tokens)
  }

  @Test func tokensAreToldAsTheyCome() throws {
    let model = try Fixture(name: "llama-gqa").model()
    var told: [[Int]] = [[], [], []]
    let found = try Generator(model, Generation(maxTokens: 4)).generate(
      Self.prompts, in: model.makeWorkspace()
    ) { told[$0].append($1) }
    #expect(told == found.map { $0.tokens })
    struct Enough: Error {}
    #expect(throws: Enough.self) {
      try Generator(model, Generation(maxTokens: 4)).generate([[1]], in: model.makeWorkspace()) { _, _ in
        throw Enough()
      }
    }
  }

  @Test func nothingAskedForIsNothingDone() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let none = try Generator(model, Generation(maxTokens: 0)).generate([[1]], in: model.makeWorkspace())
    #expect(none.count == 1 && none[0].tokens.isEmpty && none[0].ending == .maxTokens)
    #expect(try Generator(model, Generation(maxTokens: 3)).generate([], in: model.makeWorkspace()).isEmpty)
  }

  @Test func whatCannotGoOnIsRefused() throws {
    for name in ["bert", "bert-mlm", "t5-encoder"] {
      let model = try Fixture(name: name).model()
      let error = try modelError { try Generator(model, Generation(maxTokens: 1)) }
      #expect(error.reason == .unsupported && error.location == name)
      #expect(error.problem == "generated tokens need a causal model with a head over the vocabulary")
    }
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try Generator(model, Generation(maxTokens: 1)).generate([[1], []], in: model.makeWorkspace())
    }
    #expect(error.reason == .badInput && error.location == "prompt 1")
    #expect(error.problem == "has no tokens: there is nothing to go on from")
  }

  @Test func checkpointsSayWhereATextEnds() throws {
    #expect(try Fixture(name: "gpt2").model().stopTokens() == [2])
  }
}
