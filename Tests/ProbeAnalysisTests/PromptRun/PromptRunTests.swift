import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// Prompts with and without interventions, on a tiny model that has a tokenizer.
@Suite struct PromptRunTests {
  static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/models").path

  static func model() throws -> HookedTransformer {
    try HookedTransformer.open(models + "/llama-gguf-f32/model.gguf")
  }

  /// Prompts of four tokens each.
  private let prompt = "in 12"
  private let source = "in 34"

  private func run(_ change: (inout PromptRun) throws -> Void = { _ in }) throws -> PromptRun.Outcome {
    var run = PromptRun([prompt])
    try change(&run)
    return try run.outcome(on: Self.model())
  }

  @Test func aPlainRunShowsTheDistribution() throws {
    let model = try Self.model()
    let outcome = try run {
      ($0.top, $0.answer, $0.against) = (96, "5", "th")
    }
    let shown = try #require(outcome.prompts.first)
    let batch = TokenBatch([shown.tokens.map { $0.id }])
    let logits = try #require(try model.activations(of: batch, at: [HookPoint(.logits)])[HookPoint(.logits)])
    let last = logits[row: logits.rows - 1].map { Double($0) }
    let sum = last.reduce(0) { $0 + exp($1) }
    #expect(shown.next.count == 96 && shown.next.map { $0.before.rank } == Array(1...96))
    for change in shown.next {
      // The same float32 logits; both sums are in float64.
      #expect(abs(change.before.probability - exp(last[change.token.id]) / sum) <= 1e-12)
      #expect(change.before.logit == last[change.token.id])
      #expect(change.after == nil && change.effect == nil)
    }
    #expect(abs(shown.next.reduce(0) { $0 + $1.before.probability } - 1) <= 1e-9)
    let answer = try #require(shown.answer)
    let against = try #require(shown.against)
    #expect(answer.tokenCount == 1 && answer.change.token.text == "5")
    #expect(shown.logitDifference?.before == answer.change.before.logit - against.change.before.logit)
    #expect(shown.divergence == nil && outcome.interventions.isEmpty)
  }

  /// The whole stream at the last position decides the next token.
  @Test func aPatchedEndIsTheSourcesEnd() throws {
    let patched = try run {
      $0.sources = [source]
      $0.interventions = [Intervention(.patch, at: try HookTarget(parsing: "resid_post.2@-1"))]
      $0.top = 96
    }
    let other = try run {
      ($0.prompts, $0.top) = ([source], 96)
    }
    let expected = Dictionary(uniqueKeysWithValues: other.prompts[0].next.map { ($0.token.id, $0.before) })
    for change in patched.prompts[0].next {
      let (after, own) = (try #require(change.after), try #require(expected[change.token.id]))
      #expect(after.rank == own.rank && after.logit == own.logit)
      #expect(change.effect == after.logProbability - change.before.logProbability)
    }
    #expect(try #require(patched.prompts[0].divergence) > 0)
    #expect(patched.interventions.map { $0.points } == [["blocks.2.hook_resid_post"]])
  }

  @Test func patchingFromItselfHasNoEffect() throws {
    let outcome = try run {
      $0.sources = [prompt]
      $0.interventions = [Intervention(.patch, at: try HookTarget(parsing: "blocks.*.attn.hook_z"))]
      ($0.answer, $0.against) = ("1", "2")
    }
    let shown = outcome.prompts[0]
    #expect(shown.next.allSatisfy { $0.effect == 0 } && shown.divergence == 0)
    #expect(shown.logitDifference?.effect == 0)
  }

  /// The direction of two texts is the difference of their last activations, by hand.
  @Test func steeringAddsTheDifferenceOfTheTexts() throws {
    let model = try Self.model()
    let point = HookPoint.residPost(1)
    let tokenizer = try #require(model.tokenizer)
    func end(_ text: String) throws -> [Float] {
      let values = try #require(try model.activations(of: tokenizer.encode(text).ids, at: [point])[point])
      return Array(values[row: values.rows - 1])
    }
    let vector = zip(try end("the theory"), try end("is 1")).map { $0 - $1 }
    let batch = TokenBatch([try tokenizer.encode(prompt).ids])
    let hook = Hook.add(
      point, Tensor([vector.count], vector), coefficient: -2.5, at: Selection(positions: .at([-1])))
    let expected = try model.nextTokenLogits(of: batch, hooks: [hook], in: model.makeWorkspace())
    let outcome = try run {
      $0.interventions = [try Intervention(steering: "resid_post.1@-1=-2.5*\"the theory\" - \"is 1\"")]
      $0.top = 96
    }
    for change in outcome.prompts[0].next {
      // The two texts are run together here and apart above: the same bits.
      #expect(change.after?.logit == Double(expected.elements[change.token.id]))
    }
  }

  /// A head's part of a direction of the whole row is projected out of that head.
  @Test func directionsOfRowsAreCutIntoHeads() throws {
    let whole = try run {
      $0.interventions = [try Intervention(projectingOut: "attn.z.1#0..3=\"the theory\"")]
    }
    let one = try run {
      $0.interventions = try (0..<4).map { try Intervention(projectingOut: "attn.z.1#\($0)=\"the theory\"") }
    }
    #expect(whole.prompts[0].next.map { $0.after?.logit } == one.prompts[0].next.map { $0.after?.logit })
    #expect(try #require(whole.prompts[0].divergence) > 0)
  }

  @Test func meansGoOverReferencesElseSourcesElsePrompts() throws {
    func logits(_ change: (inout PromptRun) throws -> Void) throws -> [Double] {
      let outcome = try run {
        $0.interventions = [Intervention(.mean, at: try HookTarget(parsing: "blocks.1.hook_mlp_out"))]
        try change(&$0)
      }
      return outcome.prompts[0].next.compactMap { $0.after?.logit }
    }
    let (own, other) = (try logits { _ in }, try logits { $0.sources = [source] })
    #expect(own == (try logits { $0.references = [prompt] }))
    #expect(other == (try logits { $0.references = [source] }) && own != other)
    #expect(other == (try logits { ($0.sources, $0.references) = ([prompt], [source]) }))
  }

  @Test func frozenPatternsComeFromTheSource() throws {
    let model = try Self.model()
    let outcome = try run {
      $0.sources = [source]
      $0.interventions = [try Intervention(freezingPatterns: "0..1")]
    }
    #expect(outcome.interventions[0].points == ["blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern"])
    let tokenizer = try #require(model.tokenizer)
    let points = (0..<2).map { HookPoint(.pattern, layer: $0) }
    let run = try model.activations(of: tokenizer.encode(source).ids, at: points)
    let expected = try model.nextTokenLogits(
      of: TokenBatch([try tokenizer.encode(prompt).ids]),
      hooks: (0..<2).map { .freezePattern(layer: $0, from: run) }, in: model.makeWorkspace())
    for change in outcome.prompts[0].next {
      #expect(change.after?.logit == Double(expected.elements[change.token.id]))
    }
  }

  @Test func eachPromptHasItsOwnSource() throws {
    let outcome = try run {
      ($0.prompts, $0.sources) = ([prompt, "the theory"], [source, "the theory"])
      $0.interventions = [Intervention(.patch, at: try HookTarget(parsing: "resid_post.0"))]
    }
    #expect(try #require(outcome.prompts[0].divergence) > 0)
    #expect(outcome.prompts[1].divergence == 0)
  }

  @Test func whatCannotBeRunIsRefused() throws {
    func error(_ change: (inout PromptRun) throws -> Void) -> SpecError? {
      #expect(throws: SpecError.self) { try run(change) }
    }
    #expect(error { $0.prompts = [] }?.description == "prompt: there is none")
    #expect(error { $0.prompts = [""] }?.description == "prompt \"\": it has no token")
    #expect(error { $0.top = 0 }?.description == "top: expected at least 1, found 0")
    #expect(error { $0.sources = ["a", "b"] }?.problem == "2 sources for 1 prompts")
    #expect(error { $0.against = "a" }?.location == "answer")
    #expect(error { $0.answer = "" }?.description == "answer \"\": it has no token")
    let noSource = error {
      $0.interventions = [Intervention(.patch, at: try HookTarget(parsing: "resid_post.0"))]
    }
    #expect(noSource?.location == "source")
    let noTokenizer = #expect(throws: SpecError.self) {
      try PromptRun(["a"]).outcome(on: HookedTransformer.open(Self.models + "/llama-gqa"))
    }
    #expect(noTokenizer?.description == "llama-gqa: the checkpoint has no tokenizer, so it reads no prompts")
    // A steering that overflows leaves no distribution.
    let overflow = #expect(throws: ModelError.self) {
      try run { $0.interventions = [try Intervention(steering: "resid_post.2=3e38*\"is 1\"")] }
    }
    #expect(overflow?.location == "prompt 1, after the interventions" && overflow?.reason == .nonFinite)
  }
}
