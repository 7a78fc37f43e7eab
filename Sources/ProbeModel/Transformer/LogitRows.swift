extension HookedTransformer {
  /// Shows the scores over the vocabulary of some rows of a batch, in the order of `rows`; others are not projected.
  ///
  /// - Parameters:
  ///   - rows: rows of the batch.
  ///   - batch: what to run.
  ///   - hooks: interventions.
  ///   - cache: what the batch's sequences go on from, one for one; it gets their keys and values.
  ///   - workspace: scratch memory of this thread.
  ///   - body: gets the place in `rows` and `dVocab` scores, valid only during the call.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head; what a run, a hook or
  ///   `body` throws.
  public func eachLogits(
    of rows: [Int], in batch: TokenBatch, hooks: [Hook] = [], continuing cache: KeyValueCache? = nil,
    workspace: Workspace, _ body: (_ index: Int, _ scores: UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    precondition(
      rows.allSatisfy { $0 >= 0 && $0 < batch.rowCount }, "eachLogits: a row beyond \(batch.rowCount)")
    let reader = try VocabularyReader(causal: self, for: "scores over the vocabulary", in: workspace)
    try reader.eachRow(rows, of: batch, hooks: hooks, continuing: cache, body)
  }
}
