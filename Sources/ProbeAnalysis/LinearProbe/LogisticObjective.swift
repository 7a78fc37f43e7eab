import Foundation
import ProbeMath

/// The penalised logistic loss of one data set, for ``LBFGS``:
///
///     F(W, b) = (1/n) Σᵢ wᵢ · (−ln p(yᵢ | xᵢ)) + (λ/2)‖W‖²
///
/// Parameters are `[outputs, width]` with the bias last in each row; the feature matrix carries a last column of
/// ones for it. Data and products are float32, sums over items float64.
///
/// The preconditioner (``CurvaturePreconditioner``) is one product of the data with itself and a Cholesky factor; it
/// replaces the hundred passes over the data that plain L-BFGS needs.
final class LogisticObjective: SmoothObjective {
  private let items: Int
  private let width: Int
  private let outputs: Int
  private let classCount: Int
  private let features: FloatBuffer
  private let stride: Int
  private let labels: [Int32]
  private let weights: [Double]?
  private let blockRows: Int

  /// λ; changing it calls for ``refreshFactor()``.
  var strength: Double

  private let parameters: FloatBuffer
  private let blockGradient: FloatBuffer
  private let logits: FloatBuffer
  private let curvature: CurvaturePreconditioner

  var parameterCount: Int { outputs * width }

  /// - Parameters:
  ///   - features: `items` rows at distance `stride`, `width` values each, the last of them 1.
  ///   - labels: class indices.
  init(
    features: FloatBuffer, items: Int, width: Int, stride: Int, labels: [Int32], classCount: Int,
    weights: [Double]?, strength: Double
  ) {
    self.features = features
    self.items = items
    self.width = width
    self.stride = stride
    self.labels = labels
    self.classCount = classCount
    self.weights = weights
    self.strength = strength
    outputs = classCount == 2 ? 1 : classCount
    // 200 KB of rows: read once from memory for the logits, again from cache for the gradient.
    blockRows = min(items, max(32, 49_152 / stride))
    // Rows padded with zeros like the features': products over whole cache lines are a fifth faster.
    parameters = FloatBuffer(count: outputs * stride)
    blockGradient = FloatBuffer(count: outputs * stride)
    logits = FloatBuffer(count: 2 * blockRows * outputs)
    curvature = CurvaturePreconditioner(
      features: features, items: items, width: width, stride: stride, outputs: outputs)
  }

  // MARK: - Value and gradient

  func evaluate(_ point: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>) -> Double {
    for output in 0..<outputs {
      let row = parameters.pointer + output * stride
      for j in 0..<width { row[j] = Float(point[output * width + j]) }
    }
    for i in 0..<parameterCount { gradient[i] = 0 }
    var loss = 0.0
    var start = 0
    while start < items {
      let rows = min(blockRows, items - start)
      let block = features.pointer + start * stride
      loss += outputs == 1 ? binary(block, start, rows) : multinomial(block, start, rows)
      for output in 0..<outputs {
        let sums = blockGradient.pointer + output * stride
        for j in 0..<width { gradient[output * width + j] += Double(sums[j]) }
      }
      start += rows
    }
    let scale = 1 / Double(items)
    var squares = 0.0
    for output in 0..<outputs {
      let base = output * width
      for j in 0..<width - 1 {
        let w = point[base + j]
        squares += w * w
        gradient[base + j] = gradient[base + j] * scale + strength * w
      }
      gradient[base + width - 1] *= scale
    }
    return loss * scale + 0.5 * strength * squares
  }

  /// Loss of some rows; leaves their gradient in `blockGradient`.
  private func binary(_ block: UnsafePointer<Float>, _ start: Int, _ rows: Int) -> Double {
    let z = logits.pointer
    let e = z + blockRows
    let spread = curvature.spread.pointer
    BLAS.gemv(rows: rows, columns: stride, block, lda: stride, parameters.pointer, z)
    for i in 0..<rows { e[i] = -abs(z[i]) }
    exponential(e, count: rows)
    var loss = 0.0
    // Π (1 + e) instead of Σ ln(1 + e): factors lie in (1, 2], so 512 of them fit a float64.
    var product = 1.0
    for i in 0..<rows {
      let item = start + i
      let positive = labels[item] == 1
      let small = e[i]
      let p = z[i] >= 0 ? 1 / (1 + small) : small / (1 + small)
      let residual = positive ? (z[i] >= 0 ? -small / (1 + small) : -1 / (1 + small)) : p
      let linear = Double(max(positive ? -z[i] : z[i], 0))
      spread[item] = small / ((1 + small) * (1 + small))
      if let weights {
        loss += weights[item] * (linear + log1p(Double(small)))
        e[i] = residual * Float(weights[item])
        spread[item] *= Float(weights[item])
      } else {
        loss += linear
        product *= 1 + Double(small)
        if i & 511 == 511 {
          loss += log(product)
          product = 1
        }
        e[i] = residual
      }
    }
    BLAS.gemv(rows: rows, columns: stride, block, lda: stride, transpose: true, e, blockGradient.pointer)
    return loss + log(product)
  }

  private func multinomial(_ block: UnsafePointer<Float>, _ start: Int, _ rows: Int) -> Double {
    let z = logits.pointer
    let k = outputs
    let spread = curvature.spread.pointer
    BLAS.gemm(
      m: rows, n: k, k: stride, block, lda: stride, parameters.pointer, ldb: stride, transposeB: true, z,
      ldc: k)
    var loss = 0.0
    for i in 0..<rows {
      let row = z + i * k
      var top = row[0]
      for c in 1..<k where row[c] > top { top = row[c] }
      for c in 0..<k { row[c] -= top }
      loss -= (weights?[start + i] ?? 1) * Double(row[Int(labels[start + i])])
    }
    exponential(z, count: rows * k)
    var product = 1.0
    for i in 0..<rows {
      let item = start + i
      let row = z + i * k
      var total: Float = 0
      for c in 0..<k { total += row[c] }
      let weight = Float(weights?[item] ?? 1)
      let inverse = 1 / total
      for c in 0..<k {
        let p = row[c] * inverse
        row[c] = p * weight
        spread[c * items + item] = p * (1 - p) * weight
      }
      row[Int(labels[item])] -= weight
      if let weights {
        loss += weights[item] * log(Double(total))
      } else {
        product *= Double(total)
        if product > 1e250 {
          loss += log(product)
          product = 1
        }
      }
    }
    BLAS.gemm(
      m: k, n: stride, k: rows, z, lda: k, transposeA: true, block, ldb: stride, blockGradient.pointer,
      ldc: stride)
    return loss + log(product)
  }

  // MARK: - Preconditioner

  func precondition(_ vector: UnsafeMutablePointer<Double>) { curvature.apply(vector) }

  func refreshPreconditioner() -> Bool {
    curvature.refresh(strength: strength)
    return true
  }

  /// Factors the preconditioner anew for the present λ, at the old curvature.
  func refreshFactor() { curvature.factor(strength: strength) }
}
