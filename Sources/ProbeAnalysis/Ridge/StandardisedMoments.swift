import ProbeMath

/// The normal equations of ridge regression on one training part, in standardised coordinates z = (x − mean)/scale:
///
///     A = (1/n) Σ zzᵀ,   C = (1/n) Σ (y − ȳ)zᵀ,   W = C (A + λI)⁻¹
struct StandardisedMoments {
  let standardizer: Standardizer
  /// 1/scale, and 0 for a feature that does not vary.
  let inverse: [Double]
  /// The mean, relative to the moments' origin.
  let shift: [Double]
  /// ȳ, length t.
  let targetMeans: [Double]
  private let moments: FoldMoments.Moments

  var width: Int { shift.count }
  var outputs: Int { targetMeans.count }

  /// - Parameter origin: of the moments.
  init(_ moments: FoldMoments.Moments, origin: [Float], scaling: Standardizer.Scaling) {
    precondition(moments.weight > 0, "ridge: no items to learn from")
    let n = moments.weight
    self.moments = moments
    let shift = moments.sums.map { $0 / n }
    let variances = shift.indices.map { max(0, moments.squares[$0] / n - shift[$0] * shift[$0]) }
    let standardizer = Standardizer(
      means: zip(origin, shift).map { Double($0) + $1 }, variances: variances, scaling: scaling)
    // A feature that is constant in this part only: what is left of its variance is the rounding of its square.
    inverse = shift.indices.map { j in
      let size = max(abs(shift[j]), abs(Double(standardizer.mean[j])))
      return variances[j].squareRoot() > 1e-6 * size ? 1 / Double(standardizer.scale[j]) : 0
    }
    self.standardizer = standardizer
    self.shift = shift
    targetMeans = moments.targetSums.map { $0 / n }
  }

  /// A + λI, `[d, d]`; the lower triangle only.
  func gram(strength: Double = 0) -> FloatBuffer {
    let d = width
    let gram = FloatBuffer(count: d * d)
    let n = moments.weight
    moments.gram.withUnsafeBufferPointer { source in
      shift.withUnsafeBufferPointer { shift in
        inverse.withUnsafeBufferPointer { inverse in
          for i in 0..<d {
            for j in 0..<i {
              gram.pointer[i * d + j] = Float(
                (Double(source[i * d + j]) / n - shift[i] * shift[j]) * inverse[i] * inverse[j])
            }
            // The diagonal from float64 sums: it is what λ is measured against.
            let variance = max(0, moments.squares[i] / n - shift[i] * shift[i])
            gram.pointer[i * d + i] = Float(variance * inverse[i] * inverse[i] + strength)
          }
        }
      }
    }
    return gram
  }

  /// C, `[t, d]`.
  func cross() -> FloatBuffer {
    let d = width
    let cross = FloatBuffer(count: outputs * d)
    let scale = inverse.map { Float($0 / moments.weight) }
    let offset = (0..<d).map { Float(shift[$0] * inverse[$0]) }
    moments.cross.withUnsafeBufferPointer { source in
      scale.withUnsafeBufferPointer { scale in
        offset.withUnsafeBufferPointer { offset in
          for c in 0..<outputs {
            let mean = Float(targetMeans[c])
            for j in 0..<d { cross.pointer[c * d + j] = source[c * d + j] * scale[j] - mean * offset[j] }
          }
        }
      }
    }
    return cross
  }
}
