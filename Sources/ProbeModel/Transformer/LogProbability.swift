import CKernels

extension HookedTransformer {
  /// ln p(token | the tokens before it in its sequence) for the rows in `targets`.
  ///
  /// The vocabulary is projected only where a target needs it, a block of rows at a time, so that the memory does not
  /// grow with the batch.
  ///
  /// - Parameters:
  ///   - targets: rows of the batch, each behind another row of the same sequence: of a sequence that goes on from a
  ///     position, too, the first row of the batch has its predecessor elsewhere.
  ///   - batch: what to run.
  ///   - hooks: interventions.
  ///   - workspace: scratch memory of this thread.
  /// - Returns: one log-probability a target, in nats, in the order of `targets`.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head.
  public func logProbabilities(
    of targets: [Int], in batch: TokenBatch, hooks: [Hook] = [], workspace: Workspace
  ) throws -> [Double] {
    let reader = try VocabularyReader(causal: self, for: "log-probabilities", in: workspace)
    let firstRows = Set(batch.starts)
    precondition(
      targets.allSatisfy { $0 < batch.rowCount && !firstRows.contains($0) },
      "logProbabilities: a target beyond \(batch.rowCount) rows, or the first row of a sequence")
    var results = [Double](repeating: 0, count: targets.count)
    guard !targets.isEmpty else { return results }
    try reader.eachRow(targets.map { $0 - 1 }, of: batch, hooks: hooks) { index, scores in
      guard let base = scores.baseAddress else { return }
      let score = scores[Int(batch.tokens[targets[index]])]
      results[index] = Double(score - probe_log_sum_exp(base, scores.count))
    }
    return results
  }
}
