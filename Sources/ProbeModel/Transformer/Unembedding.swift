import CKernels
import ProbeMath

/// The way from the stream behind the last norm to the scores over the vocabulary: what every reader of logits takes.
struct Unembedding {
  private let config: TransformerConfig
  private let transform: HeadTransform?
  private let linear: Linear
  private let workspace: Workspace

  /// - Parameters:
  ///   - head: the map to the vocabulary.
  ///   - tokens: the tokens to score, in their order; nil for the whole vocabulary. A column of a product does not depend
  ///     on its neighbours: each score is the same, bit for bit, as in the whole.
  init(
    _ config: TransformerConfig, _ weights: TransformerWeights, _ head: Linear, in workspace: Workspace,
    tokens: [Int]? = nil
  ) {
    (self.config, self.workspace) = (config, workspace)
    linear = tokens.map { head.selecting(outputs: $0) } ?? head
    transform = weights.headTransform
  }

  /// Scores a row.
  var width: Int { linear.outputs }

  /// `[rows, width]` in the workspace.
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

extension Linear {
  /// The map to some of the outputs, in the order given.
  func selecting(outputs: [Int]) -> Linear {
    let columns = FloatBuffer(count: outputs.count * inputs)
    for (index, output) in outputs.enumerated() {
      packed.copyColumn(output, to: columns.pointer + index * inputs)
    }
    let memory = FloatBuffer(count: PackedMatrix.count(inputs: inputs, outputs: outputs.count))
    let matrix = PackedMatrix(inputs: inputs, outputs: outputs.count, memory: memory.pointer, owner: memory) {
      $0.pack(outputs: columns.pointer, stride: inputs, first: 0, count: outputs.count)
    }
    guard let bias else { return Linear(packed: matrix, bias: nil) }
    let values = FloatBuffer(count: outputs.count)
    for (index, output) in outputs.enumerated() { values.pointer[index] = bias.pointer[output] }
    return Linear(
      packed: matrix,
      bias: Weight(pointer: UnsafePointer(values.pointer), shape: [outputs.count], owner: values))
  }
}
