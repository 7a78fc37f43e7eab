import ProbeMath

/// A fitted ridge regression of activations.
///
///     outputs = W · ((x − mean)/scale) + b
///
/// What outputs mean is ``target``'s to say. Fit one with ``RidgeProbeFitter``.
public struct RidgeProbe: Sendable, Codable, Equatable {
  /// What is predicted.
  public let target: RidgeTarget
  /// The shift and scale that training rows fixed.
  public let standardizer: Standardizer
  /// W, in standardised coordinates: `[t, d]`.
  public let weights: Tensor
  /// b, length t.
  public let bias: [Float]
  /// λ of the penalty λ‖W‖².
  public let strength: Double

  /// Number of features.
  public var width: Int { standardizer.width }

  /// Fitted target columns of the given rows of `features` (all, unless said otherwise): `[rows, t]`.
  public func outputs(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    precondition(features.width == width, "RidgeProbe: \(features.width) features, fitted on \(width)")
    return standardizer.outputs(features, rows: rows ?? Array(0..<features.rows), weights, bias)
  }

  /// Scores of the classes, `[rows, K]`: the fitted ±1 targets. They rank and separate like log-odds, and are none.
  ///
  /// - Precondition: ``target`` is classes.
  public func scores(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    guard case .classes = target else { preconditionFailure("RidgeProbe: scores of \(target)") }
    let outputs = outputs(features, rows: rows)
    return outputs.width > 1
      ? outputs : Tensor([outputs.rows, 2], outputs.elements.flatMap { [-$0, $0] })
  }

  /// The predicted value of the given rows of `features`: class index, number, level index or place on the cycle.
  public func predict(_ features: Tensor, rows: [Int]? = nil) -> [Double] {
    target.values(outputs(features, rows: rows))
  }

  /// Outputs of several probes of one fit, such as a path over strengths, by one product: `[rows, t]` each.
  ///
  /// - Precondition: all probes have the same standardizer and target.
  public static func outputs(of probes: [RidgeProbe], _ features: Tensor, rows: [Int]? = nil) -> [Tensor] {
    guard let first = probes.first else { return [] }
    precondition(
      probes.allSatisfy { $0.standardizer == first.standardizer && $0.target == first.target },
      "RidgeProbe: outputs of probes of different fits")
    let rows = rows ?? Array(0..<features.rows)
    let t = first.bias.count
    let stacked = Tensor([probes.count * t, first.width], probes.flatMap { $0.weights.elements })
    let all = first.standardizer.outputs(features, rows: rows, stacked, probes.flatMap { $0.bias }).elements
    return probes.indices.map { place in
      var own = [Float]()
      own.reserveCapacity(rows.count * t)
      for row in rows.indices {
        let start = (row * probes.count + place) * t
        own.append(contentsOf: all[start..<start + t])
      }
      return Tensor([rows.count, t], own)
    }
  }
}

extension Standardizer {
  /// W · z + b of the given rows, `[rows, outputs]`, with W `[outputs, d]`.
  func outputs(_ features: Tensor, rows: [Int], _ weights: Tensor, _ bias: [Float]) -> Tensor {
    let count = weights.rows
    var outputs = Tensor([rows.count, count])
    // A block of standardised rows stays in cache between its making and its use.
    let blockRows = min(max(16, 131_072 / max(width, 1)), max(rows.count, 1))
    let block = FloatBuffer(count: blockRows * width)
    outputs.elements.withUnsafeMutableBufferPointer { out in
      weights.elements.withUnsafeBufferPointer { weights in
        guard let out = out.baseAddress, let weights = weights.baseAddress else { return }
        for start in stride(from: 0, to: rows.count, by: blockRows) {
          let chunk = rows[start..<min(start + blockRows, rows.count)]
          apply(features, rows: chunk, to: block.pointer, stride: width)
          BLAS.gemm(
            m: chunk.count, n: count, k: width, block.pointer, lda: width, weights, ldb: width,
            transposeB: true, out + start * count, ldc: count)
        }
        for row in rows.indices { for c in 0..<count { out[row * count + c] += bias[c] } }
      }
    }
    return outputs
  }
}
