import COpenBLAS

extension LAPACK {
  /// Eigenvalues, ascending, and eigenvectors of a symmetric row-major `[n, n]` matrix in float64, in place.
  ///
  /// Reads the lower triangle. Afterwards row i of the matrix is the unit eigenvector of `values[i]`.
  ///
  /// - Returns: false when the iteration does not converge, as with values that are not finite; contents are then
  ///   unspecified.
  public static func symmetricEigenDouble(
    _ matrix: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>, n: Int
  ) -> Bool {
    guard n > 0 else { return true }
    // Row-major lower is column-major upper, and column-major eigenvectors are row-major rows: no transposed copy.
    return BLAS.library.dsyevd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), Int32(n), matrix, Int32(n), values
    )
      == 0
  }
}

extension BLAS {
  /// C += Aᵀ · A in float64, lower triangle of the row-major `[n, n]` matrix C only; A is `[rows, n]`.
  public static func addGramDouble(
    rows: Int, n: Int, _ a: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>
  ) {
    guard rows > 0, n > 0 else { return }
    BLAS.library.dsyrk(
      CblasRowMajor, CblasLower, CblasTrans, Int32(n), Int32(rows), 1, a, Int32(n), 1, c, Int32(n))
  }
}
