import Foundation
import ProbeMath

/// A fitted linear classifier of activations.
///
///     logits = W · ((x − mean) / scale) + b
///
/// With two classes there is one row in W, and its logit is the log-odds of class 1; with K > 2 classes there are K
/// rows and class probabilities are their softmax. Fit one with ``LogisticProbeFitter``.
public struct LinearProbe: Sendable, Codable, Equatable {
  /// Names of the classes, by class index.
  public let classes: [String]
  /// The shift and scale that training rows fixed.
  public let standardizer: Standardizer
  /// W, in standardised coordinates: `[1, d]` for two classes, `[K, d]` for more.
  public let weights: Tensor
  /// b, one value per row of ``weights``.
  public let bias: [Float]
  /// λ of the penalty (λ/2)‖W‖².
  public let strength: Double
  /// What the optimiser did. ``Fit/converged`` false is for a report to show, not an error.
  public let fit: Fit

  /// What the optimiser did.
  public struct Fit: Sendable, Codable, Equatable {
    /// Number of training items.
    public let items: Int
    /// The objective at the solution.
    public let objective: Double
    /// Norm of the objective's gradient at the solution, relative to that at W = 0.
    public let relativeGradient: Double
    /// Iterations taken, from the solution of the next stronger strength where several were fitted.
    public let iterations: Int
    /// How the minimisation ended.
    public let ending: LBFGS.Ending

    /// Whether the gradient reached its tolerance.
    public var converged: Bool { ending == .converged }
  }

  /// Number of features.
  public var width: Int { standardizer.width }

  /// The direction in activation space along which the log-odds of `index` rise fastest: W / scale, not normalised.
  ///
  /// For K > 2 it is the class's row minus the mean of the other rows. Adding ε times it to an activation raises the
  /// log-odds of two classes by ε‖direction‖².
  public func direction(towards index: Int) -> [Float] {
    precondition(classes.indices.contains(index), "direction: class \(index) of \(classes.count)")
    let rows = weights.rows
    return (0..<width).map { j in
      if rows == 1 { return (index == 1 ? 1 : -1) * weights[0, j] / standardizer.scale[j] }
      var others: Float = 0
      for c in 0..<rows where c != index { others += weights[c, j] }
      return (weights[index, j] - others / Float(rows - 1)) / standardizer.scale[j]
    }
  }

  /// Logits of the given rows of `features` (all, unless said otherwise): `[rows, 1]` or `[rows, K]`.
  public func logits(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    precondition(features.width == width, "LinearProbe: \(features.width) features, fitted on \(width)")
    let rows = rows ?? Array(0..<features.rows)
    let outputs = weights.rows
    var logits = Tensor([rows.count, outputs])
    // A block of standardised rows stays in cache between its making and its use.
    let blockRows = max(16, 65_536 / max(width, 1))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, min(blockRows, rows.count) * width)) {
      block in
      guard let block = block.baseAddress else { return }
      logits.elements.withUnsafeMutableBufferPointer { out in
        weights.elements.withUnsafeBufferPointer { weights in
          guard let out = out.baseAddress, let weights = weights.baseAddress else { return }
          var start = 0
          while start < rows.count {
            let count = min(blockRows, rows.count - start)
            standardizer.apply(features, rows: rows[start..<start + count], to: block, stride: width)
            BLAS.gemm(
              m: count, n: outputs, k: width, block, lda: width, weights, ldb: width, transposeB: true,
              out + start * outputs, ldc: outputs)
            start += count
          }
          for row in rows.indices { for c in 0..<outputs { out[row * outputs + c] += bias[c] } }
        }
      }
    }
    return logits
  }

  /// Log-odds of every class, log p / (1 − p), of the given rows of `features`: `[rows, K]`.
  public func scores(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    let logits = logits(features, rows: rows)
    let classCount = classes.count
    if logits.width == 1 {
      return Tensor([logits.rows, 2], logits.elements.flatMap { [-$0, $0] })
    }
    var scores = logits
    for row in 0..<logits.rows {
      let z = (0..<classCount).map { Double(logits[row, $0]) }
      let top = z.indices.max { z[$0] < z[$1] } ?? 0
      let total = z.reduce(0) { $0 + exp($1 - z[top]) }
      for c in z.indices {
        // Σ over the other classes; by subtraction except for the top class, where that would cancel.
        let others =
          c == top
          ? z.indices.reduce(0) { $1 == top ? $0 : $0 + exp(z[$1] - z[top]) } : total - exp(z[c] - z[top])
        scores[row, c] = Float(z[c] - z[top] - log(max(others, 1e-300)))
      }
    }
    return scores
  }
}
