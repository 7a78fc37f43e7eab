import ProbeMath

/// A covariance matrix with enough on its diagonal to be inverted.
struct RidgedCovariance {
  private var factor: [Float]
  private let width: Int

  /// Factors `covariance` (lower triangle, `[d, d]`) + `ridge` · mean diagonal · I; the ridge grows tenfold where
  /// rounding leaves the sum indefinite.
  init(_ covariance: [Float], width: Int, ridge: Float) {
    self.width = width
    var trace = 0.0
    for j in 0..<width { trace += Double(covariance[j * width + j]) }
    let unit = trace > 0 ? Float(trace / Double(width)) : 1
    var share = trace > 0 ? ridge : 1
    factor = covariance
    for _ in 0..<10 {
      factor = covariance
      for j in 0..<width { factor[j * width + j] += share * unit }
      let isDefinite = factor.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { LAPACK.cholesky($0, n: width) } ?? true
      }
      if isDefinite { return }
      share = max(share * 10, 1e-7)
    }
    // Not reached with finite values; the identity says nothing and does no harm.
    for j in 0..<width { for k in 0..<width { factor[j * width + k] = j == k ? 1 : 0 } }
  }

  /// Replaces `count` vectors, one a row, by the matrix's inverse times each.
  func solve(_ vectors: inout [Float], count: Int) {
    vectors.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { LAPACK.choleskySolve(factor, n: width, base, count: count) }
    }
  }
}
