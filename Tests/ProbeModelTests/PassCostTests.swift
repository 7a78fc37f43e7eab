import Testing

@testable import ProbeModel

/// Operations of a pass, against the weights that are there: every matrix outside the embeddings takes part once a token.
@Suite struct PassCostTests {
  @Test(arguments: ["llama-gqa", "gpt2", "bert", "gptj", "mistral", "qwen3"])
  func everyWeightIsMultipliedOnceAToken(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let config = model.config
    let matrices = model.checkpoint.tensors.values.filter { tensor in
      tensor.shape.count == 2
        && !["embed", "wte", "wpe", "lm_head", "pooler"].contains { tensor.name.contains($0) }
    }
    let weights = matrices.reduce(0) { $0 + $1.count }
    let lengths = [3, 12]
    var pairs = 0
    for layer in 0..<config.nLayers {
      for length in lengths {
        for query in 0..<length {
          let first = max(0, query + 1 - (config.window(layer: layer) ?? .max))
          pairs += (config.masking == .causal ? query + 1 : length) - first
        }
      }
    }
    let expected = 2 * 15 * weights + 4 * pairs * config.nHeads * config.dHead
    #expect(config.operations(lengths: lengths, logits: false) == Double(expected))
    let head = 2 * 15 * config.dModel * config.dVocab
    #expect(config.operations(lengths: lengths, logits: true) == Double(expected + head))
  }

  /// The same maps as shapes of products.
  @Test(arguments: ["llama-gqa", "gpt2", "bert", "qwen3"])
  func productShapesAreThoseOfABlock(_ name: String) throws {
    let config = try Fixture(name: name).model().config
    let products = config.productShapes(logits: false).reduce(0) { $0 + 2 * $1.inputs * $1.outputs }
    #expect(
      Double(products * config.nLayers) + Double(4 * config.nLayers * config.nHeads * config.dHead)
        == config.operations(lengths: [1], logits: false))
    #expect(config.productShapes(logits: true).last?.outputs == config.dVocab)
  }
}
