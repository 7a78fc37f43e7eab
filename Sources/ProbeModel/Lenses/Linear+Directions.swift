import ProbeMath

/// Directions in what a map gives, as directions in what it reads.
extension Linear {
  /// The weights of one output: what `input · column + bias` of that output multiplies by, `[inputs]`.
  func column(_ output: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: inputs) { buffer, count in
      if let base = buffer.baseAddress { packed.copyColumn(output, to: base) }
      count = inputs
    }
  }

  /// d · Wᵀ: for every direction d over the outputs the one over the inputs with x · (d · Wᵀ) == (x · W) · d.
  ///
  /// - Parameter directions: `[direction, outputs]`.
  /// - Returns: `[direction, inputs]`.
  func pulledBack(_ directions: Tensor) -> Tensor { BLAS.multiply(directions, matrix, transposeB: true) }
}

extension TransformerConfig {
  /// Directions behind a norm as directions before it, once its scale is frozen: n(x) · d == x · d′ / scale + bias · d.
  ///
  /// d′ = gain ⊙ d, and of a LayerNorm minus the mean of that, since (x − mean(x)) · v == x · (v − mean(v)).
  func pulledBack(_ directions: Tensor, through norm: Norm) -> Tensor {
    var result = directions
    let width = directions.width
    for row in 0..<directions.rows {
      let range = row * width..<(row + 1) * width
      if let gain = norm.gain {
        for (column, index) in range.enumerated() { result.elements[index] *= gain.pointer[column] }
      }
      if case .layerNorm = normalization {
        let mean = result.elements[range].reduce(0.0) { $0 + Double($1) } / Double(width)
        for index in range { result.elements[index] -= Float(mean) }
      }
    }
    return result
  }
}

/// Σ a · b, summed in double precision.
func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
  // Four sums, so that an addition need not wait for the one before it.
  var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0)
  var index = 0
  while index + 4 <= count {
    first += Double(a[index]) * Double(b[index])
    second += Double(a[index + 1]) * Double(b[index + 1])
    third += Double(a[index + 2]) * Double(b[index + 2])
    fourth += Double(a[index + 3]) * Double(b[index + 3])
    index += 4
  }
  while index < count {
    first += Double(a[index]) * Double(b[index])
    index += 1
  }
  return first + second + third + fourth
}
