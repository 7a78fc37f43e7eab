import ProbeMath
import Testing

@testable import ProbeModel

extension Fixture {
  /// One of every way of building a block: norms before, after and around, in parallel, windows, biases on scores.
  static let blockKinds =
    [
      "llama-gqa", "gpt2", "bert", "gemma2", "olmo2", "gptj", "bloom", "mistral", "qwen3", "opt-postnorm",
      "t5-encoder", "probe-full", "phi",
    ].map { Fixture(name: $0) }
}

extension HookedTransformer {
  /// The last point of a run: logits, or the end of the stream.
  var lastPoint: HookPoint {
    has(HookPoint(.logits)) ? HookPoint(.logits) : .residPost(config.nLayers - 1)
  }

  /// The values at the end of a run.
  func ending(_ batch: TokenBatch, _ hooks: [Hook] = []) throws -> [Float] {
    try #require(try activations(of: batch, at: [lastPoint], hooks: hooks)[lastPoint]).elements
  }

  /// The values at one point.
  func values(_ point: HookPoint, _ batch: TokenBatch, _ hooks: [Hook] = []) throws -> Tensor {
    try #require(try activations(of: batch, at: [point], hooks: hooks)[point])
  }
}

/// Two prompts of one length and one more, and the same with other tokens.
let cleanBatch = TokenBatch([[1, 2, 3, 4, 5], [7, 8, 9]])
let corruptedBatch = TokenBatch([[5, 6, 7, 8, 9], [9, 1, 2]])
