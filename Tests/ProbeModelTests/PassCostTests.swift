import ProbeMath
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

  /// Every weight matrix takes part where the pass comes to it, by the reference implementations' order of modules.
  @Test func aPassCostsWhatItHasComeTo() throws {
    let config = try Fixture(name: "llama-gqa").model().config
    let (model, heads, keys) = (
      config.dModel, config.nHeads * config.dHead, config.nKeyValueHeads * config.dHead
    )
    let lengths = [3, 12]
    let pairs = (3 * 4 + 12 * 13) / 2
    func count(_ points: HookPoint...) -> Double {
      config.operations(lengths: lengths, observing: Set(points))
    }
    let projected = 2 * 15 * model * (heads + 2 * keys)
    let mixed = projected + 4 * pairs * heads
    let attention = mixed + 2 * 15 * heads * model
    let opened = attention + 4 * 15 * model * config.dMLP
    let block = opened + 2 * 15 * config.dMLP * model
    #expect(count() == 0)
    #expect(count(HookPoint(.embed)) == 0)
    #expect(count(HookPoint(.ln1Normalized, layer: 0)) == 0)
    for site in [HookPoint.Site.q, .v, .rotK] {
      #expect(count(HookPoint(site, layer: 0)) == Double(projected))
    }
    for site in [HookPoint.Site.pattern, .z] { #expect(count(HookPoint(site, layer: 0)) == Double(mixed)) }
    for site in [HookPoint.Site.attnOut, .residMid, .ln2Normalized] {
      #expect(count(HookPoint(site, layer: 0)) == Double(attention))
    }
    #expect(count(HookPoint(.mlpPost, layer: 0)) == Double(opened))
    #expect(count(.residPost(0)) == Double(block))
    #expect(count(HookPoint(.z, layer: 1), .residPost(0)) == Double(block + mixed))
    #expect(count(HookPoint(.result, layer: 0)) == Double(attention))
    #expect(count(HookPoint(.result, layer: 0), .residPost(0)) == Double(block + attention - mixed))
    let whole = config.nLayers * block
    #expect(count(HookPoint(.finalNormalized)) == Double(whole))
    #expect(count(HookPoint(.logits), .residPost(0)) == Double(whole + 2 * 15 * model * config.dVocab))
  }

  @Test(arguments: [
    "llama-gqa", "gpt2", "bert", "gptj", "gpt-neox", "phi", "olmo2", "gemma2", "opt-postnorm",
  ])
  func noPointCostsLessThanOneThatIsSeenBefore(_ name: String) throws {
    let model = try Fixture(name: name).model()
    var seen: [HookPoint] = []
    try model.run(TokenBatch([[1, 2, 3]]), observing: Set(model.hookPoints), in: model.makeWorkspace()) {
      seen.append($0.point)
    }
    // `hook_result` adds products of its own.
    let costs = seen.filter { $0.site != .result }
      .map { model.config.operations(lengths: [3], observing: [$0]) }
    #expect(costs == costs.sorted() && (costs.last ?? 0) > 0)
  }

  /// Against the buffers that a pass really leaves in its workspace.
  @Test(
    arguments: ["llama-gqa", "gpt2", "bert", "gptj", "gpt-neox", "olmo2", "gemma2", "probe-attention-only"],
    [HookPoint.Site.z, .attnOut, .residPost, .pattern, .result])
  func aWorkspaceTakesWhatIsSaid(_ name: String, site: HookPoint.Site) throws {
    let model = try Fixture(name: name).model()
    let lengths = [12, 30]
    let points = Set((0..<model.config.nLayers).map { HookPoint(site, layer: $0) })
    let workspace = model.makeWorkspace()
    try model.run(
      TokenBatch(lengths.map { Array(repeating: 3, count: $0) }), observing: points, in: workspace
    ) { _ in }
    let found = workspace.buffers.reduce(0) { $0 + ($1?.count ?? 0) } * 4
    let inputs = max(model.config.dModel, model.config.mlp == .none ? 0 : model.config.dMLP)
    let products = Product.scratchCount(rows: 42, inputs: inputs) * 4
    let said = model.config.workspaceBytes(lengths: lengths, observing: points) - products
    #expect(abs(said - found) <= found / 10, "said \(said), found \(found)")
  }
}
