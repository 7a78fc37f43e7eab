import CKernels

extension HookedTransformer {
  /// ln p(token | the tokens before it in its sequence) for the rows in `targets`.
  ///
  /// The vocabulary is projected only where a target needs it, a block of rows at a time, so that the memory does not
  /// grow with the batch.
  ///
  /// - Parameters:
  ///   - targets: rows of the batch, each of which must have a token before it in its sequence.
  /// - Returns: one log-probability a target, in nats, in the order of `targets`.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head.
  public func logProbabilities(
    of targets: [Int], in batch: TokenBatch, workspace: Workspace
  ) throws -> [Double] {
    guard config.masking == .causal, let unembedding = Unembedding(config, weights, in: workspace) else {
      throw ModelError(
        .unsupported, at: name, "log-probabilities need a causal model with a head over the vocabulary")
    }
    let positions = batch.positions
    precondition(
      targets.allSatisfy { positions[$0] > 0 }, "logProbabilities: the first token has no probability")
    var results: [Double] = []
    results.reserveCapacity(targets.count)
    // Each block packs the whole vocabulary's matrix anew: few large blocks.
    let block = 256
    let last =
      weights.finalNorm != nil
      ? HookPoint(.finalNormalized) : HookPoint(.residPost, layer: config.nLayers - 1)
    try run(batch, observing: [last], in: workspace) { view in
      guard let stream = view.values.baseAddress else { return }
      let rows = workspace.buffer(.branch, block * config.dModel)
      for start in stride(from: 0, to: targets.count, by: block) {
        let part = targets[start..<min(start + block, targets.count)]
        for (index, target) in part.enumerated() {
          (rows + index * config.dModel).update(
            from: stream + (target - 1) * config.dModel, count: config.dModel)
        }
        let logits = unembedding.logits(of: rows, rows: part.count)
        for (index, target) in part.enumerated() {
          let row = logits + index * config.dVocab
          results.append(Double(row[Int(batch.tokens[target])] - probe_log_sum_exp(row, config.dVocab)))
        }
      }
    }
    return results
  }
}
