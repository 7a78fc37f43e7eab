extension TransformerConfig {
  /// Floating-point operations of a forward pass over sequences of these lengths, a multiply-add being two.
  ///
  /// Counts what every implementation must multiply: the projections, q · k and pattern · v of visible keys, the MLP, and
  /// the unembedding when `logits`. Norms, softmax and activations are left out, as is usual.
  ///
  /// - Parameter lengths: tokens of each sequence.
  public func operations(lengths: [Int], logits: Bool) -> Double {
    operations(lengths: lengths, observing: [logits ? HookPoint(.logits) : .residPost(nLayers - 1)])
  }

  /// Floating-point operations, counted as above, of a pass that shows these points: it ends behind the last of them, and
  /// `hook_result` costs its products head by head as well.
  public func operations(lengths: [Int], observing points: Set<HookPoint>) -> Double {
    let tokens = Double(lengths.reduce(0, +))
    let reach = points.map {
      ($0.layer ?? ($0.site.order < HookPoint.Site.residPre.order ? -1 : nLayers), $0.site)
    }
    guard let last = reach.map({ $0.0 }).max(), last >= 0 else { return 0 }
    var sum = 0.0
    for layer in 0...last where layer < nLayers {
      let seen = reach.filter { $0.0 == layer }.map { stage($0.1) }
      sum += operations(lengths, tokens, layer: layer, upTo: layer < last ? .mlpOut : seen.max() ?? .read)
    }
    let results = points.count { $0.site == .result }
    sum += Double(results) * tokens * Double(nHeads * dHead * dModel)
    if points.contains(HookPoint(.logits)) { sum += tokens * Double(dEmbedding ?? dModel) * Double(dVocab) }
    return 2 * sum
  }

  /// What of a block has been multiplied.
  private enum Stage: Int, Comparable {
    case read, projected, mixed, attentionOut, mlpIn, mlpOut

    static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
  }

  /// What must have been multiplied for a site to be seen.
  private func stage(_ site: HookPoint.Site) -> Stage {
    switch site {
    case .embed, .posEmbed, .tokenTypeEmbed, .residPre, .finalScale, .finalNormalized, .logits: .read
    case .ln1Scale, .ln1Normalized: blockOrder == .postNorm ? .attentionOut : .read
    case .q, .k, .v, .qNormalized, .kNormalized, .rotQ, .rotK: .projected
    case .attnScores, .pattern, .z, .result: .mixed
    case .ln1PostInput, .ln1PostScale, .attnOut, .residMid: .attentionOut
    case .ln2Scale, .ln2Normalized:
      switch blockOrder {
      case .postNorm: .mlpOut
      case .parallel: .mixed
      default: .attentionOut
      }
    case .mlpPre, .mlpPreLinear, .mlpPost: .mlpIn
    case .ln2PostInput, .ln2PostScale, .mlpOut, .residPost: .mlpOut
    }
  }

  /// Multiply-adds of a block up to a stage.
  private func operations(_ lengths: [Int], _ tokens: Double, layer: Int, upTo stage: Stage) -> Double {
    let (model, heads) = (Double(dModel), Double(nHeads * dHead))
    let inputs =
      switch mlp {
      case .none: 0.0
      case .plain: 1.0
      case .gated: 2.0
      }
    var sum = 0.0
    if stage >= .projected { sum += tokens * model * (heads + 2 * Double(nKeyValueHeads * dHead)) }
    if stage >= .mixed {
      let window = window(layer: layer)
      sum += 2 * heads * lengths.reduce(0.0) { $0 + Double(visiblePairs($1, window: window)) }
    }
    if stage >= .attentionOut { sum += tokens * heads * model }
    if stage >= .mlpIn { sum += tokens * inputs * model * Double(dMLP) }
    if stage >= .mlpOut, mlp != .none { sum += tokens * model * Double(dMLP) }
    return sum
  }

  /// Pairs of a query and a key that it sees.
  private func visiblePairs(_ length: Int, window: Int?) -> Int {
    let hidden = window.map { max(0, length - $0) } ?? 0
    let cut = hidden * (hidden + 1) / 2
    return (masking == .causal ? length * (length + 1) / 2 : length * length) - cut
  }

  /// The products of one block, and of the unembedding when there is one, by what they compute.
  public func productShapes(logits: Bool) -> [(name: String, inputs: Int, outputs: Int)] {
    var shapes = [
      ("q, k, v", dModel, (nHeads + 2 * nKeyValueHeads) * dHead), ("attention out", nHeads * dHead, dModel),
    ]
    switch mlp {
    case .none: break
    case .plain: shapes += [("MLP in", dModel, dMLP), ("MLP out", dMLP, dModel)]
    case .gated: shapes += [("MLP gate, up", dModel, 2 * dMLP), ("MLP out", dMLP, dModel)]
    }
    if logits { shapes.append(("unembedding", dEmbedding ?? dModel, dVocab)) }
    return shapes.map { (name: $0.0, inputs: $0.1, outputs: $0.2) }
  }
}
