import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Log-probabilities of tokens: the definition on small models, a reference implementation on a real one.
@Suite struct LogProbabilityTests {
  /// The last four: a bias in the head, a cap on the logits, a projection before the head, no final norm.
  @Test(arguments: [
    "llama-gqa", "llama-mha", "gpt2", "llama-gguf-mixed", "llama-bare", "gptj", "gemma2", "opt-postnorm",
    "probe-no-norm",
  ])
  func theyAreTheLogSoftmaxOfTheLogits(_ name: String) throws {
    let model = try Fixture(name: name).model()
    guard model.has(HookPoint(.logits)) else { return }
    // More targets than one block of rows holds, and out of order.
    var random = RandomStream(seed: 6, "log-probabilities")
    let (width, longest) = (model.config.dVocab, model.config.nContext)
    let batch = TokenBatch(
      [50, 1, 0, 64, 7, 64, 64, 60, 64, 64].map { length in
        (0..<min(length, longest)).map { _ in random.index(below: width) }
      })
    let positions = batch.positions
    let targets = (0..<batch.rowCount).filter { positions[$0] > 0 }.reversed().map { $0 }
    let found = try model.logProbabilities(of: targets, in: batch, workspace: model.makeWorkspace())
    let logits = try #require(try Observations(model, batch, at: [HookPoint(.logits)])[HookPoint(.logits)])
    try #require(found.count == targets.count && targets.count > 256)
    for (target, value) in zip(targets, found) {
      let row = logits[(target - 1) * width..<target * width].map { Double($0) }
      let top = row.max() ?? 0
      let expected = row[Int(batch.tokens[target])] - top - log(row.reduce(0) { $0 + exp($1 - top) })
      // The logarithm of a sum of exponentials in float32, against Double.
      #expect(abs(value - expected) <= 1e-5 * max(1, abs(expected)))
      #expect(value < 0)
    }
  }

  @Test func probabilitiesOfAllTokensSumToOne() throws {
    let model = try Fixture(name: "gpt2").model()
    let batch = TokenBatch((0..<96).map { [3, 14, $0] })
    let targets = (0..<96).map { $0 * 3 + 2 }
    let found = try model.logProbabilities(of: targets, in: batch, workspace: model.makeWorkspace())
    #expect(abs(found.reduce(0) { $0 + exp($1) } - 1) <= 1e-5)
  }

  @Test func noTargetsGiveNoNumbers() throws {
    let model = try Fixture(name: "gpt2").model()
    #expect(
      try model.logProbabilities(of: [], in: TokenBatch([[1, 2]]), workspace: model.makeWorkspace()).isEmpty)
    #expect(try model.logProbabilities(of: [], in: TokenBatch([]), workspace: model.makeWorkspace()).isEmpty)
  }

  @Test func anEncoderHasNone() throws {
    let model = try Fixture(name: "bert").model()
    let error = try modelError {
      try model.logProbabilities(of: [1], in: TokenBatch([[1, 2]]), workspace: model.makeWorkspace())
    }
    #expect(error.reason == .unsupported && error.location == "bert")
    #expect(error.problem == "log-probabilities need a causal model with a head over the vocabulary")
  }

  @Test func badTokensAreRefusedHereToo() throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.logProbabilities(of: [1], in: TokenBatch([[1, 96]]), workspace: model.makeWorkspace())
    }
    #expect(error.reason == .badInput && error.location == "sequence 0, position 1")
  }

  /// Golden values of Hugging Face transformers, float32, from the same GGUF, with BOS (id 1) before the text.
  @Test(
    .enabled(if: RealModel.smollm2.isTested),
    arguments: [(" Sofia", -1.2049704790115356), (" Bucharest", -5.6222311817109585)])
  func smolLM2KnowsTheCapitalAsTheReferenceDoes(_ answer: String, _ expected: Double) throws {
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    let tokenizer = try #require(model.tokenizer)
    let (before, text) = ("The capital of Bulgaria is", "The capital of Bulgaria is\(answer).")
    let start = try tokenizer.encode(before, sentinel: .none).ids.count
    let ids = try tokenizer.encode(text, sentinel: .none).ids
    let batch = TokenBatch([[1] + ids])
    // After BOS and the beginning, up to the full stop.
    let targets = Array(start + 1..<ids.count)
    let found = try model.logProbabilities(of: targets, in: batch, workspace: model.makeWorkspace())
    // The activations agree within 1e-3 (docs/numerics.md), and so do sums of a few logits.
    #expect(abs(found.reduce(0, +) - expected) <= 1e-3, "\(found)")
  }
}
