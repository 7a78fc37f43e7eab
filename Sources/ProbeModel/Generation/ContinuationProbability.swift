/// A prompt and what comes after it, as token ids.
public struct PromptedContinuation: Sendable, Equatable {
  /// The tokens that are given.
  public let prompt: [Int]
  /// The tokens whose probability is asked for.
  public let continuation: [Int]
  /// How many bytes of the prompt's text the continuation's first token covers; 0 where text and tokens part at the
  /// same place.
  public let sharedByteCount: Int

  /// Token ids that were made apart.
  public init(prompt: [Int], continuation: [Int], sharedByteCount: Int = 0) {
    (self.prompt, self.continuation) = (prompt, continuation)
    self.sharedByteCount = sharedByteCount
  }
}

/// How probable a model finds a continuation.
public struct ContinuationProbability: Sendable, Equatable {
  /// ln p of each token of the continuation given all before it, in nats.
  public let tokens: [Double]
  /// ln p(continuation | prompt), in nats.
  public var total: Double { tokens.reduce(0, +) }
}

extension HookedTransformer {
  /// Teacher-forced log-probabilities: ln p(continuation | prompt) = Σ ln p(token | prompt, tokens before it).
  ///
  /// One packed run for all; sequence s of its batch, for hooks, is pair s. Only the rows that predict a token of a
  /// continuation are projected to the vocabulary.
  ///
  /// - Returns: one value a pair, in their order; 0 without tokens for an empty continuation.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head, `.badInput` for a
  ///   continuation without anything before it; and what a run throws.
  public func logProbabilities(
    of pairs: [PromptedContinuation], hooks: [Hook] = [], workspace: Workspace
  ) throws -> [ContinuationProbability] {
    for (index, pair) in pairs.enumerated() where pair.prompt.isEmpty && !pair.continuation.isEmpty {
      throw ModelError(
        .badInput, at: "prompt \(index)", "has no tokens: nothing predicts the continuation's first one",
        advice: "Begin with the beginning-of-sequence token")
    }
    let batch = TokenBatch(pairs.map { $0.prompt + $0.continuation })
    let targets = pairs.indices.flatMap { batch.rows(of: $0).suffix(pairs[$0].continuation.count) }
    var values = try logProbabilities(of: targets, in: batch, hooks: hooks, workspace: workspace)[...]
    return pairs.map { pair in
      defer { values = values.dropFirst(pair.continuation.count) }
      return ContinuationProbability(tokens: Array(values.prefix(pair.continuation.count)))
    }
  }
}
