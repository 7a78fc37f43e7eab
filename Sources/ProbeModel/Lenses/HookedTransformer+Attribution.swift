import ProbeMath

extension HookedTransformer {
  /// Takes logits apart into what each part of the model contributes, in one run of the batch.
  ///
  /// Heads are read where they are narrow: z · (W_O · d) instead of (z · W_O) · d, so that no head's contribution to
  /// the stream (`hook_result`) is ever computed. Where a norm stands on the branch its scale is frozen too.
  ///
  /// - Parameters:
  ///   - targets: logits, or differences of them, at rows of the batch.
  ///   - batch: what to run.
  ///   - parts: how finely.
  ///   - hooks: interventions on what parts compute or write; on the stream itself there is nothing that they could be
  ///     attributed to.
  ///   - workspace: scratch memory of this thread.
  /// - Throws: ``ModelError`` `.unsupported` for a model whose logits are no such sum (post-norm blocks, a head that is
  ///   not linear, no head) and for hooks between the parts and the logits, `.badInput` for a token outside the
  ///   vocabulary; `BLAS.UnavailableError` without OpenBLAS; and what a run throws.
  public func attributions(
    of targets: [LogitTarget], in batch: TokenBatch, by parts: LogitAttribution.Parts = .branches,
    hooks: [Hook] = [], workspace: Workspace
  ) throws -> LogitAttribution {
    precondition(
      targets.allSatisfy { (0..<batch.rowCount).contains($0.row) },
      "attributions: rows beyond \(batch.rowCount)")
    try BLAS.load()
    let head = try LinearHead(self, targets)
    let plan = AttributionPlan(self, parts)
    for hook in hooks where plan.isBehind(hook.point.site) {
      throw ModelError(
        .unsupported, at: hook.point.name,
        "a hook here changes the stream or the logits beside the parts that they are taken apart into",
        advice: "Change what a part computes or writes, such as hook_z, hook_attn_out or hook_mlp_out")
    }
    var sums = AttributionSums(self, head, targets, plan)
    if !targets.isEmpty {
      try run(batch, observing: plan.points, hooks: hooks, in: workspace) { sums.add($0) }
    }
    return sums.finish()
  }
}

/// Which parts there are, and at which points they are read.
struct AttributionPlan {
  let parts: [LogitAttribution.Part]
  let points: Set<HookPoint>
  private let granularity: LogitAttribution.Parts

  init(_ model: HookedTransformer, _ granularity: LogitAttribution.Parts) {
    let (weights, layers) = (model.weights, 0..<model.config.nLayers)
    var parts: [LogitAttribution.Part] = [.embedding]
    var points: [HookPoint] = [HookPoint(.embed), HookPoint(.posEmbed), HookPoint(.tokenTypeEmbed)]
    if weights.embeddingNorm != nil {
      points = [HookPoint(.residPre, layer: 0)]
    } else {
      if weights.positionEmbedding != nil { parts.append(.positionEmbedding) }
      if weights.tokenTypeEmbedding != nil { parts.append(.tokenTypeEmbedding) }
    }
    for layer in layers {
      let block = weights.blocks[layer]
      switch granularity {
      case .branches: parts.append(.attention(layer: layer))
      case .heads:
        parts += (0..<model.config.nHeads).map { .head(layer: layer, head: $0) }
        if block.attention.o.bias != nil || block.ln1Post?.bias != nil {
          parts.append(.attentionBias(layer: layer))
        }
      }
      if block.mlp != nil { parts.append(.mlp(layer: layer)) }
    }
    let attention: [HookPoint.Site] = granularity == .heads ? [.z, .ln1PostScale] : [.attnOut]
    points += layers.flatMap { layer in (attention + [.mlpOut]).map { HookPoint($0, layer: layer) } }
    points.append(HookPoint(.finalScale))
    if weights.finalNorm?.bias != nil { parts.append(.finalNormBias) }
    if weights.unembedding?.bias != nil || weights.headTransform?.dense.bias != nil {
      parts.append(.headBias)
    }
    self.parts = parts
    self.points = Set(points.filter { model.has($0) })
    self.granularity = granularity
  }

  /// Whether a change at `site` reaches the logits past the parts.
  func isBehind(_ site: HookPoint.Site) -> Bool {
    switch site {
    case .residPre, .residMid, .residPost, .finalNormalized, .logits: true
    case .result, .ln1PostInput, .attnOut: granularity == .heads
    default: false
    }
  }
}
