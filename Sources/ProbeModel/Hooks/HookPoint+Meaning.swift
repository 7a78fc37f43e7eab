extension HookPoint.Site {
  /// What lies there, in one phrase; `docs/hook-points.md` is made of it.
  public var meaning: String {
    switch self {
    case .embed: "token embedding"
    case .posEmbed: "learned position embedding that is added to the stream"
    case .tokenTypeEmbed: "token-type embedding that is added to the stream"
    case .residPre: "residual stream entering the block"
    case .ln1Scale: "√(variance + ε) of attention's norm"
    case .ln1Normalized: "output of attention's norm, gain and bias included"
    case .q: "queries, before rotary positions"
    case .k: "keys, before rotary positions"
    case .v: "values"
    case .rotQ: "queries, after rotary positions"
    case .rotK: "keys, after rotary positions"
    case .attnScores: "scaled attention scores, of visible keys only"
    case .pattern: "softmax of the scores over visible keys"
    case .z: "values weighted by the pattern"
    case .result: "each head's contribution to the stream, without the output bias"
    case .attnOut: "what attention adds to the stream"
    case .residMid: "residual stream between attention and MLP"
    case .ln2Scale: "√(variance + ε) of the MLP's norm"
    case .ln2Normalized: "output of the MLP's norm, gain and bias included"
    case .mlpPre: "MLP before its activation function; of a gated MLP, the gate"
    case .mlpPreLinear: "linear branch of a gated MLP"
    case .mlpPost: "what the MLP's output matrix reads"
    case .mlpOut: "what the MLP adds to the stream"
    case .residPost: "residual stream leaving the block"
    case .finalScale: "√(variance + ε) of the final norm"
    case .finalNormalized: "output of the final norm, gain and bias included"
    case .logits: "scores over the vocabulary"
    }
  }

  /// Names of the axes of one sequence's activations. `head` counts query heads, `keyValueHead` key–value heads;
  /// `visibleKey` is an axis whose length depends on the position.
  public var axes: [String] {
    switch self {
    case .ln1Scale, .ln2Scale, .finalScale: ["position", "1"]
    case .q, .rotQ, .z: ["position", "head", "dHead"]
    case .k, .v, .rotK: ["position", "keyValueHead", "dHead"]
    case .attnScores, .pattern: ["position", "head", "visibleKey"]
    case .result: ["position", "head", "dModel"]
    case .mlpPre, .mlpPreLinear, .mlpPost: ["position", "dMLP"]
    case .logits: ["position", "dVocab"]
    case .embed, .posEmbed, .tokenTypeEmbed, .residPre, .ln1Normalized, .attnOut, .residMid, .ln2Normalized,
      .mlpOut, .residPost, .finalNormalized:
      ["position", "dModel"]
    }
  }
}
