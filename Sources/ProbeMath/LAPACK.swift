import COpenBLAS

/// Factorisations of dense matrices: with ``BLAS``, the only place that calls LAPACK.
///
/// Matrices are square and symmetric, or rows × columns in row-major order, in caller-owned float32 memory.
public enum LAPACK {
  /// Cholesky factor of a symmetric positive definite `[n, n]` matrix, in place; reads and writes the lower
  /// triangle of the row-major matrix (`matrix[i, j]`, j ≤ i).
  ///
  /// - Returns: false when the matrix is not positive definite; its contents are then unspecified.
  public static func cholesky(_ matrix: UnsafeMutablePointer<Float>, n: Int) -> Bool {
    guard n > 0 else { return true }
    // Row-major lower is column-major upper: asking for the latter spares LAPACKE a transposed copy.
    return BLAS.library.spotrf(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), Int32(n), matrix, Int32(n)) == 0
  }

  /// Solves A · x = b for `count` right-hand sides, one a row of `[count, n]`, in place, from A's factor.
  public static func choleskySolve(
    _ factor: UnsafePointer<Float>, n: Int, _ rightHandSides: UnsafeMutablePointer<Float>, count: Int
  ) {
    guard n > 0, count > 0 else { return }
    if count == 1 {
      // Two triangular solves by hand: potrs takes the blocked route, which costs more than it saves here.
      BLAS.library.strsv(
        CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, Int32(n), factor, Int32(n), rightHandSides, 1)
      BLAS.library.strsv(
        CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(n), factor, Int32(n), rightHandSides, 1)
      return
    }
    _ = BLAS.library.spotrs(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), Int32(n), Int32(count), factor, Int32(n), rightHandSides,
      Int32(n))
  }

  /// Eigenvalues of a symmetric `[n, n]` matrix, rising, of which the lower triangle is read (`matrix[i, j]`, j ≤ i).
  ///
  /// With `vectors`, row k of the matrix becomes the unit eigenvector of `values[k]`; without, its contents are
  /// unspecified afterwards. `values` receives n numbers. Divide and conquer (Cuppen 1981; LAPACK's `ssyevd`).
  ///
  /// - Returns: false when the iteration did not converge, as on a NaN.
  public static func symmetricEigen(
    _ matrix: UnsafeMutablePointer<Float>, n: Int, values: UnsafeMutablePointer<Float>, vectors: Bool = true
  ) -> Bool {
    guard n > 0 else { return true }
    // Row-major lower is column-major upper, and LAPACK's columns are our rows.
    return BLAS.library.ssyevd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: vectors ? "V" : "N")), CChar(UInt8(ascii: "U")), Int32(n), matrix,
      Int32(n), values) == 0
  }

  /// X = L · Qᵀ for a row-major `[rows, columns]` matrix with rows ≤ columns, in place.
  ///
  /// Afterwards the lower triangle of the first `rows` columns is L, and the rest holds Q's reflectors for
  /// ``applyQ(_:scales:rows:columns:_:)``. `scales` receives `rows` values. Householder, so any rank will do.
  public static func lowerTriangular(
    _ matrix: UnsafeMutablePointer<Float>, scales: UnsafeMutablePointer<Float>, rows: Int, columns: Int
  ) {
    precondition(rows <= columns, "lowerTriangular: \(rows) rows exceed \(columns) columns")
    // Seen column by column, the rows of X are the columns of Xᵀ = Q · R, and R = Lᵀ.
    _ = BLAS.library.sgeqrf(LAPACK_COL_MAJOR, Int32(columns), Int32(rows), matrix, Int32(columns), scales)
  }

  /// Q · u for vectors of `columns` values, one a row of `[count, columns]`, in place; values beyond `rows` are
  /// to be zero on entry.
  public static func applyQ(
    _ factors: UnsafePointer<Float>, scales: UnsafePointer<Float>, rows: Int, columns: Int,
    _ vectors: UnsafeMutablePointer<Float>, count: Int
  ) {
    _ = BLAS.library.sormqr(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(columns), Int32(count),
      Int32(rows), factors, Int32(columns), scales, vectors, Int32(columns))
  }
}

extension BLAS {
  /// C += alpha · Aᵀ · A, lower triangle of the row-major `[n, n]` matrix C only; A is `[rows, n]` with row stride `lda`.
  public static func addGram(
    rows: Int, n: Int, _ a: UnsafePointer<Float>, lda: Int, _ c: UnsafeMutablePointer<Float>, alpha: Float = 1
  ) {
    guard rows > 0, n > 0 else { return }
    BLAS.library.ssyrk(
      CblasRowMajor, CblasLower, CblasTrans, Int32(n), Int32(rows), alpha, a, Int32(lda), 1, c, Int32(n))
  }

  /// y = A · x, or y += alpha · Aᵀ · x with `transpose`, for a row-major `[rows, columns]` matrix.
  @inline(__always)
  public static func gemv(
    rows: Int, columns: Int, _ a: UnsafePointer<Float>, lda: Int, transpose: Bool = false,
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, alpha: Float = 1, beta: Float = 0
  ) {
    guard rows > 0, columns > 0 else { return }
    BLAS.library.sgemv(
      CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), alpha, a, Int32(lda),
      x, 1, beta, y, 1)
  }
}
