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
    let reader = try VocabularyReader(causal: self, for: "next tokens", in: workspace)
    let rows = (0..<batch.sequenceCount).map { batch.rows(of: $0) }
    if let empty = rows.firstIndex(where: { $0.isEmpty }) {
      throw ModelError(.badInput, at: "sequence \(empty)", "nothing follows an empty sequence")
    }
    var scores: [Float] = []
    scores.reserveCapacity(rows.count * config.dVocab)
    try reader.eachRow(rows.map { $0.upperBound - 1 }, of: batch, hooks: hooks) { scores += $1 }
    return Tensor([rows.count, config.dVocab], scores)
  }

  /// The last point before the head: the stream behind the final norm, where there is one.
  var pointBeforeHead: HookPoint {
    weights.finalNorm != nil ? HookPoint(.finalNormalized) : .residPost(config.nLayers - 1)
  }
}
