import ProbeMath

/// The affine map that takes a label out of activations so that no linear read-out finds it, and changes them as little
/// as possible (LEACE).
///
///     r(x) = x − P (x − μ),   P = W⁺ P_{WΣ_xz} W,   W = (Σ_xx^{1/2})⁺,   z one-hot classes
///
/// P_A is the orthogonal projection onto A's columns. On the items it was fitted on, Cov(r(x), z) = 0: no linear
/// classifier does better than the class shares there. On other items a refit stays above chance by an amount of order
/// d/n (``ErasureCheck``), and the guarantee is linear: an MLP may still read the label.
///
/// It is computed as P = left · right from W² = Σ_xx⁺ and W⁺WΣ_xz = Σ_xz: with Σ_zx Σ_xx⁺ Σ_xz = Q S² Qᵀ, left =
/// Σ_xz Q S⁻¹ and right = S⁻¹ Qᵀ Σ_zx Σ_xx⁺. All in float64. Eigenvalues of Σ_xx below max(d, n) · 2⁻⁵² of the largest
/// count as zero, so that constant features and fewer items than features will do.
///
/// Reference: Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff & Biderman, "LEACE: Perfect linear concept erasure in
/// closed form", NeurIPS 2023.
public struct LinearEraser: Sendable, Codable, Equatable {
  /// Number of features d.
  public let width: Int
  /// Rank k of P: at most one less than the classes that occur; 0 where features and label are uncorrelated.
  public let rank: Int
  /// Items it was fitted on.
  public let items: Int
  /// Rank of Σ_xx.
  public let featureRank: Int
  /// μ, `[d]`.
  public let mean: [Double]
  /// `[d, k]`, row-major: what is subtracted.
  public let left: [Double]
  /// `[k, d]`, row-major: what reads the label.
  public let right: [Double]

  /// Fits on some rows.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`.
  ///   - labels: class index of each item.
  ///   - rows: the rows to fit on; all, unless said otherwise.
  /// - Throws: ``StudyError`` `.notFinite` for a feature that is NaN or infinite.
  public init(
    features: Tensor, labels: [Int], classCount: Int, rows: [Int]? = nil
  ) throws(StudyError) {
    let rows = rows ?? Array(labels.indices)
    precondition(!rows.isEmpty, "LinearEraser: no rows")
    precondition(
      rows.allSatisfy { (0..<classCount).contains(labels[$0]) }, "LinearEraser: a label is no class")
    var moments = ErasureMoments(width: features.width, classCount: classCount)
    moments.add(features, labels: labels, rows: rows)
    try self.init(moments)
  }

  /// Fits on moments that were added up.
  ///
  /// - Throws: ``StudyError`` `.notFinite` when a feature was NaN or infinite.
  public init(_ moments: ErasureMoments) throws(StudyError) {
    let (d, k) = (moments.width, moments.counts.count)
    let cross = moments.crossCovariance
    let mean = moments.mean
    guard let spectrum = Spectrum(moments.covariance, n: d, items: moments.count) else {
      let feature = mean.firstIndex { !$0.isFinite }
      throw StudyError(
        .notFinite, at: feature.map { "feature \($0)" } ?? "features",
        "The covariance of the features has no eigenvalues: \(feature.map { "feature \($0)" } ?? "a feature") is NaN "
          + "or infinite in some item. Capture in bfloat16 or float32 if float16 overflowed.")
    }
    let solved = (0..<k).flatMap { spectrum.pseudoInverse(times: Array(cross[$0 * d..<($0 + 1) * d])) }
    // Σ_zx Σ_xx⁺ Σ_xz
    var inner = [Double](repeating: 0, count: k * k)
    for a in 0..<k { for b in 0...a { inner[a * k + b] = Self.dot(cross, a, solved, b, width: d) } }
    var squares = [Double](repeating: 0, count: k)
    let present = moments.counts.count(where: { $0 > 0 })
    var (left, right, rank) = ([Double](), [Double](), 0)
    if LAPACK.symmetricEigenDouble(&inner, values: &squares, n: k) {
      // One-hot columns sum to 1: of the classes that occur, one column follows from the others.
      let kept = (0..<k).suffix(max(present - 1, 0)).filter {
        squares[$0] > 1e-13 * squares[k - 1] && squares[$0] > 0
      }
      rank = kept.count
      let combine = { (matrix: [Double], index: Int, j: Int) -> Double in
        (0..<k).reduce(0) { $0 + inner[index * k + $1] * matrix[$1 * d + j] } / squares[index].squareRoot()
      }
      left = (0..<d).flatMap { j in kept.map { combine(cross, $0, j) } }
      right = kept.flatMap { index in (0..<d).map { combine(solved, index, $0) } }
    }
    (width, items, featureRank, self.mean) = (d, moments.count, spectrum.rank, mean)
    (self.rank, self.left, self.right) = (rank, left, right)
  }

  private static func dot(_ x: [Double], _ a: Int, _ y: [Double], _ b: Int, width d: Int) -> Double {
    var sum = 0.0
    for j in 0..<d { sum += x[a * d + j] * y[b * d + j] }
    return sum
  }

  // MARK: Use

  /// r(x) of the given rows (all, unless said otherwise) of `features`, `[rows, d]`; only the result is rounded to float32.
  public func erase(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    precondition(features.width == width, "LinearEraser: \(features.width) features, fitted on \(width)")
    var erased = rows.map { features.selecting(rows: $0) } ?? features
    guard rank > 0 else { return erased }
    let (d, k) = (width, rank)
    let count = erased.rows
    var parts = [Double](repeating: 0, count: k)
    erased.elements.withUnsafeMutableBufferPointer { x in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          for row in 0..<count {
            for c in 0..<k {
              var sum = 0.0
              for j in 0..<d { sum += right[c * d + j] * (Double(x[row * d + j]) - mean[j]) }
              parts[c] = sum
            }
            for j in 0..<d {
              var change = 0.0
              for c in 0..<k { change += left[j * k + c] * parts[c] }
              x[row * d + j] = Float(Double(x[row * d + j]) - change)
            }
          }
        }
      }
    }
    return erased
  }

  /// The eraser as float32 matrices for an intervention, r(x) = x − left · (right · (x − mean)): `mean` `[d]`, `left`
  /// `[d, k]`, `right` `[k, d]`.
  public var tensors: [String: Tensor] {
    [
      "mean": Tensor([width], mean.map { Float($0) }), "left": Tensor([width, rank], left.map { Float($0) }),
      "right": Tensor([rank, width], right.map { Float($0) }),
    ]
  }

  /// ‖Cov(x, z)‖ of some rows before and after erasure, as Frobenius norms: what the guarantee is about on the rows it
  /// was fitted on, and what is left of it on others.
  public func residual(_ features: Tensor, labels: [Int], classCount: Int, rows: [Int]) -> Residual {
    var before = ErasureMoments(width: width, classCount: classCount)
    before.add(features, labels: labels, rows: rows)
    var after = ErasureMoments(width: width, classCount: classCount)
    after.add(erase(features, rows: rows), labels: rows.map { labels[$0] }, rows: Array(rows.indices))
    return Residual(before: before.crossNorm, after: after.crossNorm)
  }

  /// How much covariance with the label there was, and is.
  public struct Residual: Sendable, Codable, Equatable {
    /// ‖Cov(x, z)‖.
    public let before: Double
    /// ‖Cov(r(x), z)‖.
    public let after: Double
    /// after / before; 0 where there was none before.
    public var ratio: Double { before > 0 ? after / before : 0 }
  }
}

/// Eigenvalues and eigenvectors of a covariance.
private struct Spectrum {
  /// Above the tolerance, with their vectors.
  private let values: [Double]
  private let vectors: [Double]
  private let n: Int

  /// Number of eigenvalues that are not zero.
  var rank: Int { values.count }

  /// nil where the matrix, of which the lower triangle is read, has none.
  init?(_ matrix: [Double], n: Int, items: Int) {
    var vectors = matrix
    var values = [Double](repeating: 0, count: n)
    guard matrix.allSatisfy({ $0.isFinite }), LAPACK.symmetricEigenDouble(&vectors, values: &values, n: n)
    else {
      return nil
    }
    let tolerance = Double(max(n, items)) * Double.ulpOfOne * max(values[n - 1], 0)
    let first = values.firstIndex { $0 > tolerance } ?? n
    self.n = n
    self.values = Array(values[first...])
    self.vectors = Array(vectors[(first * n)...])
  }

  /// M⁺ · x
  func pseudoInverse(times x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: n)
    vectors.withUnsafeBufferPointer { v in
      for (index, value) in values.enumerated() {
        var part = 0.0
        for j in 0..<n { part += v[index * n + j] * x[j] }
        part /= value
        for j in 0..<n { result[j] += part * v[index * n + j] }
      }
    }
    return result
  }
}
