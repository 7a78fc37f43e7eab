import ProbeMath
import Testing

@testable import ProbeModel

/// Scores for the token that follows.
@Suite struct NextTokenTests {
  @Test(arguments: ["llama-gqa", "gpt2", "gemma2", "gptj"])
  func theyAreTheLastRowsOfTheLogits(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let logits = HookPoint(.logits)
    let hooks = [Hook.zero(HookPoint(.z, layer: 0))]
    for hooks in [[], hooks, hooks + [Hook.zero(logits, at: Selection(positions: .at([0])))]] {
      let next = try model.nextTokenLogits(of: cleanBatch, hooks: hooks, in: model.makeWorkspace())
      let all = try model.values(logits, cleanBatch, hooks)
      #expect(next.shape == [2, model.config.dVocab])
      // A row's bits depend on its own sequence alone.
      #expect(sameBits(next.elements, Array(all[row: 4] + all[row: 7])))
    }
    let zero = try model.nextTokenLogits(of: cleanBatch, hooks: [.zero(logits)], in: model.makeWorkspace())
    #expect(zero.elements.allSatisfy { $0 == 0 })
  }

  @Test func whatHasNoNextTokenIsRefused() throws {
    for name in ["bert", "bert-mlm"] {
      let model = try Fixture(name: name).model()
      let error = try modelError { try model.nextTokenLogits(of: cleanBatch, in: model.makeWorkspace()) }
      #expect(error.reason == .unsupported)
      #expect(error.problem == "next tokens need a causal model with a head over the vocabulary")
    }
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.nextTokenLogits(of: TokenBatch([[1], []]), in: model.makeWorkspace())
    }
    #expect(error.reason == .badInput && error.location == "sequence 1")
    #expect(try model.nextTokenLogits(of: TokenBatch([]), in: model.makeWorkspace()).count == 0)
  }
}
