import CKernels

/// The way from the stream behind the last norm to the scores over the vocabulary: what every reader of logits takes.
struct Unembedding {
  private let config: TransformerConfig
  private let transform: HeadTransform?
  private let linear: Linear
  private let workspace: Workspace

  /// nil for a model without a head.
  init?(_ config: TransformerConfig, _ weights: TransformerWeights, in workspace: Workspace) {
    guard let linear = weights.unembedding else { return nil }
    (self.config, self.linear, self.workspace) = (config, linear, workspace)
    transform = weights.headTransform
  }

  /// `[rows, dVocab]` in the workspace.
  func logits(of stream: UnsafePointer<Float>, rows: Int) -> UnsafeMutablePointer<Float> {
    var stream = stream
    if let transform {
      let target = workspace.buffer(.head, rows * transform.dense.outputs)
      transform.dense.apply(stream, into: target, rows: rows)
      config.headActivation?.apply(target, count: rows * transform.dense.outputs)
      if let norm = transform.norm { config.normalize(norm, target, into: target, scale: nil, rows: rows) }
      stream = UnsafePointer(target)
    }
    let logits = workspace.buffer(.logits, rows * config.dVocab)
    linear.apply(stream, into: logits, rows: rows)
    if let cap = config.logitSoftCap { probe_soft_cap(logits, rows * config.dVocab, 1, cap) }
    return logits
  }
}
