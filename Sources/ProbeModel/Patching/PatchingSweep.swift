import ProbeMath

/// Activation patching at every place of a grid: each prompt runs once with its own activations, and then once more for
/// every layer and position, or layer and head, with the activations of another prompt there.
///
/// What a patch cannot reach is not computed again: the blocks before its layer, and the positions before the first
/// value that it changes, whose keys and values are kept (``KeyValueCache``). Patches of one layer run packed together.
/// Every number equals, bit for bit, that of a whole run with the patch in it.
///
/// Source: Meng et al. 2022 (arXiv:2202.05262), "causal tracing"; Wang et al. 2022 (arXiv:2211.00593) for heads.
public struct PatchingSweep: Sendable {
  /// Along what a layer's patches lie, besides the layers.
  public enum Places: String, Sendable, CaseIterable {
    /// A patch is one position, with all heads.
    case positions
    /// A patch is one head, at all positions.
    case heads
  }

  /// A prompt, the one that its patches come from, and the two tokens whose logits are compared.
  public struct Pair: Sendable, Equatable {
    /// The tokens that run.
    public var prompt: [Int]
    /// The tokens that patches are taken from; as many.
    public var source: [Int]
    /// The token whose logit counts for.
    public var answer: Int
    /// The token whose logit counts against.
    public var against: Int

    /// A pair from its parts.
    public init(prompt: [Int], source: [Int], answer: Int, against: Int) {
      (self.prompt, self.source, self.answer, self.against) = (prompt, source, answer, against)
    }
  }

  /// Where in a block patches act.
  public var site: HookPoint.Site
  /// Along what they lie.
  public var places: Places
  /// The blocks; nil for all.
  public var layers: Range<Int>?

  /// A sweep over `places` of every block's `site`.
  public init(_ site: HookPoint.Site, over places: Places, layers: Range<Int>? = nil) {
    (self.site, self.places, self.layers) = (site, places, layers)
  }

  /// Prompts whose tokens run side by side; more only take memory.
  private static let tokensTogether = 1024

  /// Runs the sweep.
  ///
  /// - Parameter workspace: scratch memory, and the threads to use.
  /// - Throws: ``ModelError`` `.unknownHook` for a site that the model does not have, `.unsupported` for one that cannot be
  ///   patched so or a model without a head, `.badInput` for a pair whose lengths differ or whose tokens are not the
  ///   model's.
  public func run(
    _ model: HookedTransformer, _ pairs: [Pair], in workspace: Workspace
  ) throws -> PatchingEffects {
    let layers = try check(model, pairs)
    let width =
      places == .heads ? model.config.headCount(of: site) : pairs.map { $0.prompt.count }.max() ?? 0
    var effects = PatchingEffects(site: site, layers: layers, places: width, pairs: pairs.count)
    var start = 0
    while start < pairs.count {
      var (end, tokens) = (start, 0)
      while end < pairs.count, end == start || tokens + pairs[end].prompt.count <= Self.tokensTogether {
        tokens += pairs[end].prompt.count
        end += 1
      }
      let part = try SweepPart(self, model, Array(pairs[start..<end]), layers, in: workspace)
      effects.set(start..<end, prompt: part.promptDifferences, source: part.sourceDifferences)
      for layer in layers {
        for (patch, difference) in try part.run(layer) {
          effects.set(layer: layer, place: patch.place, pair: start + patch.pair, difference)
        }
      }
      start = end
    }
    return effects
  }

  /// The blocks to sweep over.
  private func check(_ model: HookedTransformer, _ pairs: [Pair]) throws -> Range<Int> {
    let all = 0..<model.config.nLayers
    let layers = layers ?? all
    guard !site.isScale else {
      throw ModelError(
        .unsupported, at: site.rawValue, "a norm's scale can be observed, not changed",
        advice: "Patch what the norm reads or gives")
    }
    guard site.isInBlock, places == .positions || model.config.headCount(of: site) > 0 else {
      throw ModelError(
        .unsupported, at: site.rawValue, "cannot be patched over \(places.rawValue)",
        advice: "Heads are apart at q, k, v, z, result, the scores and the pattern of `attn`")
    }
    guard places == .heads || !site.isRagged else {
      throw ModelError(.unsupported, at: site.rawValue, "rows of different widths are patched by head only")
    }
    guard layers.lowerBound >= 0, layers.upperBound <= all.upperBound else {
      throw ModelError(.badInput, at: "layers \(layers)", "the model has the blocks \(all)")
    }
    try model.requireHead()
    for (index, pair) in pairs.enumerated() {
      let location = "pair \(index)"
      guard pair.prompt.count == pair.source.count, !pair.prompt.isEmpty else {
        throw ModelError(
          .badInput, at: location,
          "the prompt has \(pair.prompt.count) tokens, its source \(pair.source.count)",
          advice: "Patches go position by position: both need the same number, at least one")
      }
      for token in [pair.answer, pair.against] where token < 0 || token >= model.config.dVocab {
        throw ModelError(
          .badInput, at: location, "token id \(token) is outside the vocabulary of \(model.config.dVocab)")
      }
    }
    return layers
  }
}

extension TransformerConfig {
  /// Heads that a row at `site` is divided into; 0 where there are none.
  func headCount(of site: HookPoint.Site) -> Int { site.hasHeads ? rowShape(of: site)[0] : 0 }
}
