import ProbeMath

extension TransformerConfig {
  /// Bytes of scratch memory that the workspace of one thread takes for a batch.
  ///
  /// The buffers of ``Workspace`` that a pass fills on its way, each as large as the batch needs it. A buffer that only some
  /// families use counts when this one does; tables of rotary positions and the like are left out, as too small.
  ///
  /// - Parameters:
  ///   - lengths: tokens of each sequence of the batch.
  ///   - points: what the pass shows; it ends behind the last of them.
  public func workspaceBytes(lengths: [Int], observing points: Set<HookPoint>) -> Int {
    let tokens = lengths.reduce(0, +)
    let (queries, keys) = (nHeads * dHead, nKeyValueHeads * dHead)
    let sites = Set(points.map { $0.site })
    // Stream, normed stream; queries and z; keys and values.
    var width = 2 * dModel + 2 * queries + 2 * keys
    width += mlp == .none ? 0 : mlp == .gated ? 2 * dMLP : dMLP
    let hasBranch = !sites.isDisjoint(with: [.attnOut, .mlpOut, .result, .posEmbed, .tokenTypeEmbed])
    if hasBranch || blockOrder == .branchNorm || blockOrder == .sandwichNorm { width += dModel }
    if let dEmbedding { width += dEmbedding }
    if sites.contains(.result) { width += nHeads * dModel }
    if sites.contains(.logits) { width += dVocab + (headActivation == nil ? 0 : dModel) }
    var values = tokens * width
    values += lengths.reduce(0) {
      $0 + KeyValueSlot.count(capacity: KeyValueSlot.capacity(for: $1), self)
    }
    values += AttentionMixing.scratchCount(longest: lengths.max() ?? 0, self)
    let scores = lengths.reduce(0) { $0 + (masking == .causal ? $1 * ($1 + 1) / 2 : $1 * $1) } * nHeads
    values += (sites.contains(.attnScores) ? scores : 0) + (sites.contains(.pattern) ? scores : 0)
    values += Product.scratchCount(rows: tokens, inputs: max(dModel, mlp == .none ? 0 : dMLP))
    return values * MemoryLayout<Float>.stride
  }
}
