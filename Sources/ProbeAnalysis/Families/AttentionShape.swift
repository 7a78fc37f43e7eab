import Foundation
import ProbeMath

/// Attention pooling with a linear read-out, H heads over positions t:
///
///     a_ht = softmax_t(q_h · x_t),   logit_k = Σ_h Σ_t a_ht (w_hk · x_t) + b_k
///
/// The read-out of the pooled vector is the pooled read-out, so one product of all positions with the H(1 + K) vectors
/// q and w is all that touches the data. Parameters are q `[H, d]`, w `[H · K, d]`, b `[K]` in one block.
struct AttentionShape: Sendable, Codable, Equatable {
  let width: Int
  let heads: Int
  let outputs: Int

  /// Vectors that positions are multiplied with.
  var columns: Int { heads * (1 + outputs) }
  var biasOffset: Int { columns * width }
  var parameterCount: Int { biasOffset + outputs }

  /// Projections `[positions, columns]` of contiguous rows.
  func project(
    _ parameters: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, positions: Int,
    into projections: UnsafeMutablePointer<Float>
  ) {
    BLAS.gemm(
      m: positions, n: columns, k: width, rows, lda: width, parameters, ldb: width, transposeB: true,
      projections, ldc: columns)
  }

  /// Replaces the first H columns of one sequence's projections, the scores, by attention; writes the logits.
  func pool(
    _ parameters: UnsafePointer<Float>, _ projections: UnsafeMutablePointer<Float>, positions: Int,
    logits: UnsafeMutablePointer<Float>
  ) {
    for k in 0..<outputs { logits[k] = parameters[biasOffset + k] }
    for head in 0..<heads {
      var top = -Float.infinity
      for t in 0..<positions { top = max(top, projections[t * columns + head]) }
      var total: Float = 0
      for t in 0..<positions {
        let e = exp(projections[t * columns + head] - top)
        projections[t * columns + head] = e
        total += e
      }
      for t in 0..<positions {
        let attention = projections[t * columns + head] / total
        projections[t * columns + head] = attention
        let values = projections + t * columns + heads + head * outputs
        for k in 0..<outputs { logits[k] += attention * values[k] }
      }
    }
  }

  /// Replaces one sequence's pooled projections by the loss's gradient by them, from its gradient by the logits.
  func backward(
    _ projections: UnsafeMutablePointer<Float>, positions: Int, logitGradient: UnsafePointer<Float>
  ) {
    for head in 0..<heads {
      // ∂/∂score_t = a_t (g · v_t − Σ_s a_s g · v_s)
      var mean: Float = 0
      for t in 0..<positions {
        let values = projections + t * columns + heads + head * outputs
        var gain: Float = 0
        for k in 0..<outputs { gain += logitGradient[k] * values[k] }
        mean += projections[t * columns + head] * gain
      }
      for t in 0..<positions {
        let values = projections + t * columns + heads + head * outputs
        let attention = projections[t * columns + head]
        var gain: Float = 0
        for k in 0..<outputs {
          gain += logitGradient[k] * values[k]
          values[k] = attention * logitGradient[k]
        }
        projections[t * columns + head] = attention * (gain - mean)
      }
    }
  }
}
