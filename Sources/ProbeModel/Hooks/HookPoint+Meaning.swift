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
    case .q: "queries as projected, before norm and rotary positions"
    case .k: "keys as projected, before norm and rotary positions"
    case .v: "values"
    case .qNormalized: "queries after their norm, before rotary positions"
    case .kNormalized: "keys after their norm, before rotary positions"
    case .rotQ: "queries, after rotary positions"
    case .rotK: "keys, after rotary positions"
    case .attnScores: "attention scores (scaled, capped, with positional bias), of visible keys only"
    case .pattern: "softmax of the scores over visible keys"
    case .z: "values weighted by the pattern"
    case .result: "each head's contribution to the stream, without the output bias"
    case .ln1PostInput: "attention's output before the norm on the branch"
    case .ln1PostScale: "√(variance + ε) of the norm on attention's branch"
    case .attnOut: "what attention adds to the stream"
    case .residMid: "residual stream between attention and MLP"
    case .ln2Scale: "√(variance + ε) of the MLP's norm"
    case .ln2Normalized: "output of the MLP's norm, gain and bias included"
    case .mlpPre: "MLP before its activation function; of a gated MLP, the gate"
    case .mlpPreLinear: "linear branch of a gated MLP"
    case .mlpPost: "what the MLP's output matrix reads"
    case .ln2PostInput: "the MLP's output before the norm on the branch"
    case .ln2PostScale: "√(variance + ε) of the norm on the MLP's branch"
    case .mlpOut: "what the MLP adds to the stream"
    case .residPost: "residual stream leaving the block"
    case .finalScale: "√(variance + ε) of the final norm"
    case .finalNormalized: "output of the final norm, gain and bias included"
    case .logits: "scores over the vocabulary"
    }
  }

  /// What a model is like that lacks the point, for error messages.
  var absence: String {
    switch self {
    case .logits: "this checkpoint has no head that scores the vocabulary"
    case .posEmbed: "its positions are not added to the embedding"
    case .tokenTypeEmbed: "it has no token types"
    case .rotQ, .rotK: "its queries and keys are not turned"
    case .qNormalized, .kNormalized: "its queries and keys have no norm"
    case .ln1Scale, .ln1Normalized: "its attention reads the stream without a norm"
    case .ln2Scale, .ln2Normalized: "its MLP has no norm of its own"
    case .ln1PostInput, .ln1PostScale, .ln2PostInput, .ln2PostScale: "there is no norm on its branches"
    case .residMid: "attention and MLP are added at once, or there is no MLP"
    case .mlpPre, .mlpPost, .mlpOut: "it has no MLPs"
    case .mlpPreLinear: "its MLPs have no gate"
    case .finalScale, .finalNormalized: "no norm follows its last block"
    case .embed, .residPre, .q, .k, .v, .attnScores, .pattern, .z, .result, .attnOut, .residPost:
      "every model has it"
    }
  }

  /// Names of the axes of one sequence's activations. `head` counts query heads, `keyValueHead` key–value heads;
  /// `visibleKey` is an axis whose length depends on the position.
  public var axes: [String] {
    switch self {
    case .ln1Scale, .ln2Scale, .ln1PostScale, .ln2PostScale, .finalScale: ["position", "1"]
    case .q, .qNormalized, .rotQ, .z: ["position", "head", "dHead"]
    case .k, .v, .kNormalized, .rotK: ["position", "keyValueHead", "dHead"]
    case .attnScores, .pattern: ["position", "head", "visibleKey"]
    case .result: ["position", "head", "dModel"]
    case .mlpPre, .mlpPreLinear, .mlpPost: ["position", "dMLP"]
    case .logits: ["position", "dVocab"]
    case .embed, .posEmbed, .tokenTypeEmbed, .residPre, .ln1Normalized, .ln1PostInput, .ln2PostInput,
      .attnOut, .residMid, .ln2Normalized,
      .mlpOut, .residPost, .finalNormalized:
      ["position", "dModel"]
    }
  }
}
