import COpenBLAS

/// Matrix products: the only place that calls BLAS.
///
/// OpenBLAS is loaded with the best kernels for this CPU (`COpenBLAS`) and runs on one thread. Parallelism is ours, one
/// level up: independent layers, folds and repetitions each run on their own thread (``concurrently(_:_:)``), which needs
/// no barrier inside a product and makes the bits of a result independent of the number of threads. The forward pass
/// multiplies with kernels of its own (``Product``).
public enum BLAS {
  /// The kernel family OpenBLAS runs, such as `SkylakeX` or `Haswell`.
  public static var kernelFamily: String { library.corename().map { String(cString: $0) } ?? "unknown" }
  /// The library's version and build options.
  public static var configuration: String { library.config().map { String(cString: $0) } ?? "unknown" }

  /// Loads OpenBLAS and LAPACKE.
  ///
  /// Programs call this once at their door; a product computed before loads them too, and traps without them.
  ///
  /// - Throws: ``UnavailableError`` when a library is missing.
  public static func load() throws(UnavailableError) {
    if case .failure(let error) = loading { throw error }
  }

  /// A system library that is needed and not installed.
  public struct UnavailableError: Error, CustomStringConvertible {
    /// What is missing and how to get it.
    public let description: String
  }

  private static let loading: Result<probe_openblas, UnavailableError> = {
    var error: UnsafePointer<CChar>?
    if let table = probe_openblas_load(&error) { return .success(table.pointee) }
    let reason = error.map { String(cString: $0) } ?? "unknown reason"
    return .failure(
      UnavailableError(
        description: "OpenBLAS cannot be loaded: \(reason). Install libopenblas-dev and liblapacke-dev"))
  }()

  static let library: probe_openblas = {
    switch loading {
    case .success(let table): return table
    case .failure(let error): preconditionFailure(error.description)
    }
  }()

  /// C = alpha · op(A) · op(B) + beta · C for row-major matrices; op(A) is `[m, k]`, op(B) `[k, n]`, C `[m, n]`.
  ///
  /// `lda`, `ldb`, `ldc` are row strides in values (of the matrices as they lie in memory). With beta = 0, C is
  /// overwritten whatever it holds.
  @inline(__always)
  public static func gemm(
    m: Int, n: Int, k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    _ c: UnsafeMutablePointer<Float>, ldc: Int,
    alpha: Float = 1, beta: Float = 0
  ) {
    guard m > 0, n > 0 else { return }
    guard k > 0 else { return scale(c, rows: m, columns: n, stride: ldc, by: beta) }
    let library = library
    if m == 1, !transposeA {
      // One row is a matrix–vector product: gemv streams B once instead of packing it.
      library.sgemv(
        CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, Int32(transposeB ? n : k),
        Int32(transposeB ? k : n), alpha, b, Int32(ldb), a, 1, beta, c, 1)
      return
    }
    library.sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m),
      Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  /// What a product over nothing leaves: beta · C. BLAS's own answer differs between gemv and gemm.
  private static func scale(
    _ c: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, by beta: Float
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        c[row * stride + column] = beta == 0 ? 0 : beta * c[row * stride + column]
      }
    }
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
