import ProbeMath

extension HookedTransformer {
  /// Scores over the vocabulary for the token that follows each sequence, `[sequence, dVocab]`.
  ///
  /// The vocabulary is projected for the last rows alone, unless a hook acts on the logits themselves.
  ///
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head, `.badInput` for an empty
  ///   sequence, and as ``run(_:observing:hooks:continuing:in:_:)``.
  public func nextTokenLogits(
    of batch: TokenBatch, hooks: [Hook] = [], in workspace: Workspace
  ) throws -> Tensor {
    guard config.masking == .causal, let unembedding = Unembedding(config, weights, in: workspace) else {
      throw ModelError(
        .unsupported, at: name, "the next token needs a causal model with a head over the vocabulary")
    }
    let rows = (0..<batch.sequenceCount).map { batch.rows(of: $0) }
    if let empty = rows.firstIndex(where: { $0.isEmpty }) {
      throw ModelError(.badInput, at: "sequence \(empty)", "nothing follows an empty sequence")
    }
    let logits = HookPoint(.logits)
    let last =
      hooks.contains { $0.point == logits }
      ? logits
      : weights.finalNorm != nil ? HookPoint(.finalNormalized) : .residPost(config.nLayers - 1)
    var ends: [Float] = []
    try run(batch, observing: [last], hooks: hooks, in: workspace) { view in
      for rows in rows { ends.append(contentsOf: view[rows.upperBound - 1]) }
    }
    guard last != logits, !rows.isEmpty else { return Tensor([rows.count, config.dVocab], ends) }
    let scores = ends.withUnsafeBufferPointer { ends in
      ends.baseAddress.map { stream in
        Array(
          UnsafeBufferPointer(
            start: unembedding.logits(of: stream, rows: rows.count), count: rows.count * config.dVocab))
      }
    }
    return Tensor([rows.count, config.dVocab], scores ?? [])
  }
}
