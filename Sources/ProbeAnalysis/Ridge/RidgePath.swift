import ProbeMath

/// Ridge regression on one training part, at every strength from one factorisation:
///
///     minimise (1/n) Σ wᵢ|yᵢ − Wzᵢ − b|² + λ‖W‖²,   z = (x − mean)/scale,   the bias unpenalised
///
/// with n the sum of weights. scikit-learn's `Ridge(alpha)` on the same standardised features is the same problem at
/// alpha = nλ, and `RidgeClassifier` is, on targets ±1. With (1/n)ZᵀZ = Σ Λ_k v_k v_kᵀ and C = (1/n)(Y − ȳ)ᵀZ,
///
///     W(λ) = Σ_k C v_k v_kᵀ / (Λ_k + λ),   b = ȳ
///
/// (Hastie, Tibshirani & Friedman 2009, eq. 3.47). With fewer items than features the eigenvectors come from the
/// items' own products ZZᵀ, and there are at most n of them.
public struct RidgePath {
  /// Eigenvalues below this share of the largest are float32 rounding: their directions get no weight.
  private static let negligible: Float = 3e-7

  /// The shift and scale of features, from the training part only.
  public let standardizer: Standardizer
  /// Λ, rising: the variances of the standardised features along their principal directions.
  public let eigenvalues: [Float]
  /// ȳ, length t: the biases.
  public let targetMeans: [Double]
  /// v_k as rows, `[r, d]`.
  private let directions: FloatBuffer
  /// C v_k, `[t, r]`.
  private let covariances: FloatBuffer

  /// W in standardised coordinates, `[t, d]`, at one strength.
  public struct Solution: Sendable {
    /// λ.
    public let strength: Double
    /// W, `[t, d]`.
    public let weights: Tensor
    /// b, length t.
    public let bias: [Float]
  }

  /// The path from moments of the training part: the cheap way when items outnumber features.
  ///
  /// - Parameter origin: of the moments (``FoldMoments/origin``).
  public init(
    _ moments: FoldMoments.Moments, origin: [Float], scaling: Standardizer.Scaling = .perFeature
  ) {
    let equations = StandardisedMoments(moments, origin: origin, scaling: scaling)
    let d = equations.width
    let directions = equations.gram()
    var values = [Float](repeating: 0, count: d)
    let converged = LAPACK.symmetricEigen(directions.pointer, n: d, values: &values)
    precondition(converged, "RidgePath: the eigendecomposition did not converge; features must be finite")
    let cross = equations.cross()
    let covariances = FloatBuffer(count: equations.outputs * d)
    BLAS.gemm(
      m: equations.outputs, n: d, k: d, cross.pointer, lda: d, directions.pointer, ldb: d, transposeB: true,
      covariances.pointer, ldc: d)
    standardizer = equations.standardizer
    eigenvalues = values.map { max($0, 0) }
    targetMeans = equations.targetMeans
    self.directions = directions
    self.covariances = covariances
  }

  /// The path from the rows themselves: the cheap way when features outnumber items.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`.
  ///   - targets: `[items, t]`.
  ///   - rows: the training part.
  ///   - weights: weight of each item; 1 unless said otherwise.
  public init(
    _ features: Tensor, targets: Tensor, rows: [Int], weights: [Double]? = nil,
    scaling: Standardizer.Scaling = .perFeature
  ) {
    precondition(!rows.isEmpty, "RidgePath: no rows to learn from")
    let (d, n, t) = (features.width, rows.count, targets.width)
    let training = WeightedRows(features, targets: targets, rows: rows, weights: weights, scaling: scaling)
    let z = training.features
    let vectors = FloatBuffer(count: n * n)
    BLAS.gemm(
      m: n, n: n, k: d, z.pointer, lda: d, z.pointer, ldb: d, transposeB: true, vectors.pointer, ldc: n,
      alpha: Float(1 / training.total))
    var values = [Float](repeating: 0, count: n)
    let converged = LAPACK.symmetricEigen(vectors.pointer, n: n, values: &values)
    precondition(converged, "RidgePath: the eigendecomposition did not converge; features must be finite")
    standardizer = training.standardizer
    eigenvalues = values.map { max($0, 0) }
    targetMeans = training.targetMeans
    // v_k = Zᵀu_k / √(nΛ_k), and C v_k = √(Λ_k/n) (Y − ȳ)ᵀu_k.
    directions = FloatBuffer(count: n * d)
    covariances = FloatBuffer(count: t * n)
    BLAS.gemm(
      m: n, n: d, k: n, vectors.pointer, lda: n, z.pointer, ldb: d, directions.pointer, ldc: d)
    BLAS.gemm(
      m: t, n: n, k: n, training.targets.pointer, lda: t, transposeA: true, vectors.pointer, ldb: n,
      transposeB: true, covariances.pointer, ldc: n)
    for k in 0..<n {
      let root = (Float(training.total) * eigenvalues[k]).squareRoot()
      let inverse = eigenvalues[k] > Self.negligible * (eigenvalues.last ?? 0) ? 1 / root : 0
      for j in 0..<d { directions.pointer[k * d + j] *= inverse }
      for c in 0..<t { covariances.pointer[c * n + k] *= root / Float(training.total) }
    }
  }

  /// Effective degrees of freedom at a strength: Σ Λ_k / (Λ_k + λ).
  public func degreesOfFreedom(_ strength: Double) -> Double {
    Self.degreesOfFreedom(eigenvalues, strength)
  }

  static func degreesOfFreedom(_ eigenvalues: [Float], _ strength: Double) -> Double {
    eigenvalues.reduce(0) { $0 + Double($1) / (Double($1) + strength) }
  }

  /// The solutions at several strengths, in their order.
  public func solutions(_ strengths: [Double]) -> [Solution] {
    precondition(
      strengths.allSatisfy { $0 > 0 && $0.isFinite }, "RidgePath: strengths \(strengths) must be positive")
    let (r, d, t) = (eigenvalues.count, standardizer.width, targetMeans.count)
    let shrunk = FloatBuffer(count: strengths.count * t * r)
    let floor = Self.negligible * (eigenvalues.last ?? 0)
    for (place, strength) in strengths.enumerated() {
      for c in 0..<t {
        let out = shrunk.pointer + (place * t + c) * r
        for k in 0..<r where eigenvalues[k] > floor {
          out[k] = covariances.pointer[c * r + k] / (eigenvalues[k] + Float(strength))
        }
      }
    }
    return strengths.enumerated().map { place, strength in
      var weights = Tensor([t, d])
      weights.elements.withUnsafeMutableBufferPointer { weights in
        if let weights = weights.baseAddress {
          BLAS.gemm(
            m: t, n: d, k: r, shrunk.pointer + place * t * r, lda: r, directions.pointer, ldb: d, weights,
            ldc: d)
        }
      }
      return Solution(strength: strength, weights: weights, bias: targetMeans.map { Float($0) })
    }
  }
}

extension RidgePath {
  /// Principal directions of the training part, by falling variance, and ridge weights along them.
  struct Components {
    /// Λ.
    let variances: [Float]
    /// Unit vectors in standardised coordinates, `[r, d]`.
    let directions: Tensor
    /// w_k of each output, `[t, r]`.
    let weights: Tensor
  }

  /// The components from the leading one, with weights at one strength.
  func leadingComponents(strength: Double) -> Components {
    let (r, d, t) = (eigenvalues.count, standardizer.width, targetMeans.count)
    var rows = Tensor([r, d])
    var weights = Tensor([t, r])
    let floor = Self.negligible * (eigenvalues.last ?? 0)
    for k in 0..<r {
      let source = r - 1 - k
      for j in 0..<d { rows.elements[k * d + j] = directions.pointer[source * d + j] }
      guard eigenvalues[source] > floor else { continue }
      for c in 0..<t {
        weights[c, k] = covariances.pointer[c * r + source] / (eigenvalues[source] + Float(strength))
      }
    }
    return Components(variances: eigenvalues.reversed(), directions: rows, weights: weights)
  }
}

/// Standardised features and centred targets of some rows, each times the root of its weight.
struct WeightedRows {
  let standardizer: Standardizer
  /// Σ w.
  let total: Double
  let targetMeans: [Double]
  /// `[n, d]`.
  let features: FloatBuffer
  /// `[n, t]`.
  let targets: FloatBuffer

  init(
    _ source: Tensor, targets y: Tensor, rows: [Int], weights: [Double]?, scaling: Standardizer.Scaling
  ) {
    let (d, n, t) = (source.width, rows.count, y.width)
    let own = rows.map { weights?[$0] ?? 1 }
    let total = own.reduce(0, +)
    precondition(total > 0, "ridge: no weight to learn from")
    let standardizer =
      weights == nil
      ? Standardizer(fitting: source, rows: rows, scaling: scaling)
      : Self.weighted(source, rows, own, scaling)
    features = FloatBuffer(count: n * d)
    targets = FloatBuffer(count: n * t)
    standardizer.apply(source, rows: rows, to: features.pointer, stride: d)
    targetMeans = (0..<t).map { c in
      rows.indices.reduce(0) { $0 + own[$1] * Double(y[rows[$1], c]) } / total
    }
    for i in 0..<n {
      let root = Float(own[i].squareRoot())
      for c in 0..<t { targets.pointer[i * t + c] = root * (y[rows[i], c] - Float(targetMeans[c])) }
      if weights != nil { for j in 0..<d { features.pointer[i * d + j] *= root } }
    }
    self.standardizer = standardizer
    self.total = total
  }

  private static func weighted(
    _ source: Tensor, _ rows: [Int], _ weights: [Double], _ scaling: Standardizer.Scaling
  ) -> Standardizer {
    let d = source.width
    let total = weights.reduce(0, +)
    let origin = source[row: rows[0]].map { Double($0) }
    var sums = [Double](repeating: 0, count: d)
    var squares = sums
    for (row, weight) in zip(rows, weights) {
      for j in 0..<d {
        let value = Double(source[row, j]) - origin[j]
        sums[j] += weight * value
        squares[j] += weight * value * value
      }
    }
    return Standardizer(
      means: (0..<d).map { origin[$0] + sums[$0] / total },
      variances: (0..<d).map { squares[$0] / total - (sums[$0] / total) * (sums[$0] / total) },
      scaling: scaling)
  }
}
