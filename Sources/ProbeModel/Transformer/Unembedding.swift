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
      workspace.product(
        stream, stride: transform.dense.inputs, rows: rows, transform.dense.factor(into: target))
      config.headActivation?.apply(target, count: rows * transform.dense.outputs)
      if let norm = transform.norm { config.normalize(norm, target, into: target, scale: nil, rows: rows) }
      stream = UnsafePointer(target)
    }
    let width = config.dVocab
    let logits = workspace.buffer(.logits, rows * width)
    workspace.product(stream, stride: linear.inputs, rows: rows, linear.factor(into: logits))
    if let cap = config.logitSoftCap {
      workspace.team.divide(rows, least: 1) {
        probe_soft_cap(logits + $0.lowerBound * width, $0.count * width, 1, cap)
      }
    }
    return logits
  }
}
