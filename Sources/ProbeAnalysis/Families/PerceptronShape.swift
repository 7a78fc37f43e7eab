import ProbeMath

/// Sizes of a multi-layer perceptron's layers, inputs and outputs included, and where its parameters lie:
///
///     a₀ = x,   a_l = max(0, W_l a_{l−1} + b_l),   logits = W_L a_{L−1} + b_L
///
/// Parameters are W₁ `[out, in]`, b₁, W₂, b₂, … in one block.
struct PerceptronShape: Sendable, Codable, Equatable {
  let sizes: [Int]

  init(_ sizes: [Int]) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "PerceptronShape: sizes \(sizes)")
    self.sizes = sizes
  }

  /// Number of layers with parameters.
  var layers: Int { sizes.count - 1 }
  var outputs: Int { sizes[sizes.count - 1] }
  var parameterCount: Int { offset(layers) }

  /// First parameter of a layer: its weights, and behind them its biases.
  func offset(_ layer: Int) -> Int { (0..<layer).reduce(0) { $0 + (sizes[$1] + 1) * sizes[$1 + 1] } }
  func biasOffset(_ layer: Int) -> Int { offset(layer) + sizes[layer] * sizes[layer + 1] }

  /// Fills `activations[1…]`, `[rows, size]` each, from `activations[0]`; the last are the logits.
  func forward(
    _ parameters: UnsafePointer<Float>, rows: Int, _ activations: [UnsafeMutablePointer<Float>]
  ) {
    for layer in 0..<layers {
      let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
      let out = activations[layer + 1]
      BLAS.gemm(
        m: rows, n: outputs, k: inputs, activations[layer], lda: inputs, parameters + offset(layer),
        ldb: inputs,
        transposeB: true, out, ldc: outputs)
      let bias = parameters + biasOffset(layer)
      let isHidden = layer + 1 < layers
      for row in 0..<rows {
        let values = out + row * outputs
        for j in 0..<outputs { values[j] += bias[j] }
        if isHidden { for j in 0..<outputs { values[j] = max(values[j], 0) } }
      }
    }
  }

  /// The gradient of all parameters. On entry the last activations hold the loss's gradient by the logits; the others
  /// are used up.
  func backward(
    _ parameters: UnsafePointer<Float>, rows: Int, _ activations: [UnsafeMutablePointer<Float>],
    scratch: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    for layer in (0..<layers).reversed() {
      let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
      let delta = activations[layer + 1]
      BLAS.gemm(
        m: outputs, n: inputs, k: rows, delta, lda: outputs, transposeA: true, activations[layer],
        ldb: inputs,
        gradient + offset(layer), ldc: inputs)
      let bias = gradient + biasOffset(layer)
      bias.update(repeating: 0, count: outputs)
      for row in 0..<rows { for j in 0..<outputs { bias[j] += delta[row * outputs + j] } }
      guard layer > 0 else { break }
      BLAS.gemm(
        m: rows, n: inputs, k: outputs, delta, lda: outputs, parameters + offset(layer), ldb: inputs, scratch,
        ldc: inputs)
      let values = activations[layer]
      for i in 0..<rows * inputs { values[i] = values[i] > 0 ? scratch[i] : 0 }
    }
  }
}
