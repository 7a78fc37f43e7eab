import ProbeMath

/// logits = W · ((x − mean) / scale) + b: what every linear probe is, whatever fitted it.
public struct LinearMap: Sendable, Codable, Equatable {
  /// Shift and scale that training rows fixed.
  public let standardizer: Standardizer
  /// W, in standardised coordinates: `[1, d]` (the log-odds of class 1 of two) or `[K, d]` (of a softmax).
  public let weights: Tensor
  /// b, one value per row of ``weights``.
  public let bias: [Float]

  /// A map from its parts.
  public init(standardizer: Standardizer, weights: Tensor, bias: [Float]) {
    precondition(
      weights.width == standardizer.width && weights.rows == bias.count && !bias.isEmpty,
      "LinearMap: weights \(weights.shape), \(bias.count) biases, \(standardizer.width) features")
    (self.standardizer, self.weights, self.bias) = (standardizer, weights, bias)
  }

  /// Number of features.
  public var width: Int { standardizer.width }

  /// The direction in activation space along which the log-odds of a class rise fastest: W / scale, not normalised.
  ///
  /// With K rows it is the class's row minus the mean of the other rows.
  public func direction(towards index: Int) -> [Float] {
    let rows = weights.rows
    precondition(index >= 0 && index < max(rows, 2), "direction: class \(index) of \(max(rows, 2))")
    return (0..<width).map { j in
      if rows == 1 { return (index == 1 ? 1 : -1) * weights[0, j] / standardizer.scale[j] }
      var others: Float = 0
      for c in 0..<rows where c != index { others += weights[c, j] }
      return (weights[index, j] - others / Float(rows - 1)) / standardizer.scale[j]
    }
  }

  /// Logits of the given rows of `features` (all, unless said otherwise): `[rows, 1]` or `[rows, K]`.
  public func logits(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    precondition(features.width == width, "LinearMap: \(features.width) features, fitted on \(width)")
    return standardizer.outputs(features, rows: rows ?? Array(0..<features.rows), weights, bias)
  }
}
