import COpenBLAS

/// Matrix products: the only place that calls BLAS.
///
/// OpenBLAS runs on one thread here. Parallelism is ours, one level up: independent batches, sequences, layers
/// and folds each run on their own thread (``concurrently(_:_:)``), which needs no barrier inside a product and
/// makes the bits of a result independent of the number of threads.
public enum BLAS {
  /// The kernel family OpenBLAS chose for this CPU, such as `SkylakeX` or `Haswell`.
  public static var kernelFamily: String { String(cString: openblas_get_corename()) }
  /// The library's version and build options.
  public static var configuration: String { String(cString: openblas_get_config()) }

  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// C = alpha · op(A) · op(B) + beta · C for row-major matrices; op(A) is `[m, k]`, op(B) `[k, n]`, C `[m, n]`.
  ///
  /// `lda`, `ldb`, `ldc` are row strides in values (of the matrices as they lie in memory).
  @inline(__always)
  public static func gemm(
    m: Int, n: Int, k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    _ c: UnsafeMutablePointer<Float>, ldc: Int,
    alpha: Float = 1, beta: Float = 0
  ) {
    guard m > 0, n > 0 else { return }
    singleThreaded
    if m == 1, !transposeA {
      // One row is a matrix–vector product: gemv streams B once instead of packing it.
      cblas_sgemv(
        CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, Int32(transposeB ? n : k),
        Int32(transposeB ? k : n), alpha, b, Int32(ldb), a, 1, beta, c, 1)
      return
    }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m),
      Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  /// op(A) · op(B) for matrices held as tensors.
  public static func multiply(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
  ) -> Tensor {
    let (m, k) = transposeA ? (a.width, a.rows) : (a.rows, a.width)
    let (inner, n) = transposeB ? (b.width, b.rows) : (b.rows, b.width)
    precondition(k == inner, "multiply: \(a.shape) × \(b.shape): inner dimensions \(k) and \(inner) differ")
    var product = Tensor([m, n])
    product.elements.withUnsafeMutableBufferPointer { c in
      a.elements.withUnsafeBufferPointer { a in
        b.elements.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          gemm(
            m: m, n: n, k: k, a, lda: transposeA ? m : k, transposeA: transposeA, b, ldb: transposeB ? k : n,
            transposeB: transposeB, c, ldc: n)
        }
      }
    }
    return product
  }
}
