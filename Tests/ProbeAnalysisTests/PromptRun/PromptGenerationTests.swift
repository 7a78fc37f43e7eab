import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// Prompts that go on, with interventions at work.
@Suite struct PromptGenerationTests {
  private func generated(
    _ prompts: [String] = ["in 12"], _ settings: Generation = Generation(maxTokens: 6),
    _ change: (inout PromptRun) throws -> Void = { _ in }
  ) throws -> [PromptRun.Outcome.Generated] {
    var run = PromptRun(prompts)
    run.generation = settings
    try change(&run)
    return try run.outcome(on: PromptRunTests.model()).prompts.compactMap { $0.generated }
  }

  private func ids(_ continuation: PromptRun.Outcome.Continuation?) -> [Int]? {
    continuation?.tokens.map { $0.token.id }
  }

  private func target(_ text: String, _ kind: Intervention.Kind = .patch) throws -> Intervention {
    Intervention(kind, at: try HookTarget(parsing: text))
  }

  /// Against the slowest way: a whole run for every token, and the highest logit.
  @Test func greedyTokensAreThoseOfWholeRuns() throws {
    let model = try PromptRunTests.model()
    let tokenizer = try #require(model.tokenizer)
    let hook = Hook.zero(HookPoint(.z, layer: 1), at: Selection(heads: .only([2])))
    let found = try generated(["in 12", "the theory"]) {
      $0.interventions = [try target("attn.z.1#2", .zero)]
    }
    for (prompt, outcome) in zip(["in 12", "the theory"], found) {
      for (hooks, continuation) in [([], outcome.before), ([hook], try #require(outcome.after))] {
        var ids = try tokenizer.encode(prompt: prompt)
        for token in continuation.tokens {
          let logits = try model.nextTokenLogits(
            of: TokenBatch([ids]), hooks: hooks, in: model.makeWorkspace()
          ).elements
          let highest = try #require(logits.max())
          #expect(logits.firstIndex(of: highest) == token.token.id)
          let sum = logits.reduce(0.0) { $0 + exp(Double($1)) }
          // Here the sum is in float64, there in float32 with 2⁻²⁴ a term.
          #expect(
            abs(token.logProbability - (Double(highest) - log(sum))) <= 1e-5 * max(1, Double(abs(highest))))
          ids.append(token.token.id)
        }
        #expect(continuation.ending == "maxTokens" && continuation.tokens.count == 6)
      }
    }
  }

  /// With every row of the first stream replaced, the prompt is the source; so is what comes after it.
  @Test func aPromptThatIsPatchedWhollyGoesOnAsItsSource() throws {
    let patched = try generated(["in 12", "is 5"], Generation(maxTokens: 8)) {
      $0.sources = ["in 34", "is 1"]
      $0.interventions = [try target("resid_pre.0")]
    }
    let sources = try generated(["in 34", "is 1"], Generation(maxTokens: 8))
    #expect(patched.map { ids($0.after) } == sources.map { ids($0.before) })
    #expect(patched.map { ids($0.before) } != patched.map { ids($0.after) })
    for (after, source) in zip(patched, sources) {
      // The same bits.
      #expect(after.after?.tokens.map { $0.logProbability } == source.before.tokens.map { $0.logProbability })
    }
  }

  /// A source has no tokens that correspond to generated ones: −1 is the prompt's last token throughout.
  @Test func whatComesFromASourceActsOnThePromptAlone() throws {
    func after(_ target: String) throws -> [[Int]?] {
      // Prompts of four and of five tokens.
      try generated(["in 12", "in 123"], Generation(maxTokens: 5)) {
        $0.sources = ["in 34", "in 345"]
        $0.interventions = [try self.target(target)]
      }.map { ids($0.after) }
    }
    let last = try after("resid_post.0@-1")
    let fixed = try zip(["resid_post.0@3", "resid_post.0@4"], 0...).map { target, prompt in
      try generated([["in 12", "in 123"][prompt]], Generation(maxTokens: 5)) {
        $0.sources = [["in 34", "in 345"][prompt]]
        $0.interventions = [try self.target(target)]
      }.map { ids($0.after) }
    }
    #expect(last == fixed.flatMap { $0 })
  }

  @Test func whatHasNoEffectDrawsTheSameTokens() throws {
    let sampling = Generation(.sampled(try Sampling(temperature: 1.5, topK: 40, seed: 5)), maxTokens: 12)
    let same = try generated(["in 12"], sampling) {
      $0.sources = ["in 12"]
      $0.interventions = [try target("blocks.*.attn.hook_z"), try Intervention(freezingPatterns: "*")]
    }
    #expect(ids(same[0].before) == ids(same[0].after))
    let drawn = try (UInt64(0)..<8).map { seed in
      let sampling = try Sampling(temperature: 1.5, seed: seed)
      return ids(try generated(["in 12"], Generation(.sampled(sampling), maxTokens: 12))[0].before)
    }
    #expect(Set(drawn).count > 1)
  }

  @Test func promptsTogetherAreThoseAlone() throws {
    let prompts = ["in 12", "the theory", "is 5"]
    let together = try generated(prompts).map { ids($0.before) }
    let alone = try prompts.flatMap { try generated([$0]).map { ids($0.before) } }
    #expect(together == alone)
  }

  /// The token that is chosen first, made a stop token.
  @Test func aStopTokenEndsTheText() throws {
    let first = try #require(ids(try generated()[0].before)?.first)
    let stopped = try generated(["in 12"], Generation(maxTokens: 6, stopTokens: [first]))[0].before
    #expect(ids(stopped) == [first] && stopped.ending == "stopToken")
  }

  /// Wherever a text is parted, its parts join again.
  @Test func aContinuationsTextIsWhatItAdds() throws {
    let tokenizer = try #require(try PromptRunTests.model().tokenizer)
    let ids = try tokenizer.encode(prompt: "in 12 the theory is 5")
    let whole = try tokenizer.decode(ids)
    for cut in 0...ids.count {
      let (prompt, rest) = (Array(ids[..<cut]), Array(ids[cut...]))
      #expect(try tokenizer.decode(prompt) + tokenizer.text(of: rest, after: prompt) == whole)
    }
    #expect(try tokenizer.text(of: [], after: ids) == "")
  }

  /// Where keys cannot be kept, a source of the prompt's length does not fit the later steps.
  @Test func sourcesAreRefusedWhereEveryStepRunsAllTokens() throws {
    let model = try HookedTransformer.open(PromptRunTests.models + "/llama-rope-dynamic")
    let tokenizer = try #require(try PromptRunTests.model().tokenizer)
    let generation = try PromptGeneration(model, Generation(maxTokens: 2), tokenizer)
    let error = #expect(throws: SpecError.self) {
      try generation.outcomes(
        of: TokenBatch([[1, 2]]), hooks: [], interventions: [try target("resid_post.0")],
        in: model.makeWorkspace())
    }
    #expect(error?.reason == .notApplicable)
    #expect(
      error?.description.hasPrefix(
        "llama-rope-dynamic: patch does not act while tokens are generated: this model's rotary frequencies")
        == true)
  }
}
