/// The shape of a product `[rows, inputs] · [inputs, outputs]`.
public struct ProductShape: Sendable, Hashable, Codable {
  /// Rows of the left matrix: tokens of a batch.
  public let rows: Int
  /// Width of the left matrix.
  public let inputs: Int
  /// Width of the right matrix.
  public let outputs: Int

  /// A shape; all sizes are positive.
  public init(rows: Int, inputs: Int, outputs: Int) {
    precondition(rows > 0 && inputs > 0 && outputs > 0, "ProductShape: \(rows) × \(inputs) × \(outputs)")
    (self.rows, self.inputs, self.outputs) = (rows, inputs, outputs)
  }

  /// Floating-point operations of one product, a multiply-add being two.
  public var operations: Double { 2 * Double(rows) * Double(inputs) * Double(outputs) }
}

/// How fast matrix products of given shapes run.
public enum ProductRate {
  /// Floating-point operations a second of ``BLAS/gemm(m:n:k:_:lda:transposeA:_:ldb:transposeB:_:ldc:alpha:beta:)`` on one
  /// thread, with the right matrix stored `[outputs, inputs]` as checkpoints have it.
  ///
  /// - Parameters:
  ///   - shape: the product.
  ///   - seconds: about how long a round takes; one product at least.
  ///   - rounds: the best counts.
  public static func blas(_ shape: ProductShape, seconds: Double = 0.05, rounds: Int = 3) -> Double {
    let (a, b) = (filled(shape.rows * shape.inputs), filled(shape.inputs * shape.outputs))
    let c = FloatBuffer(count: shape.rows * shape.outputs)
    return best(of: rounds, operations: shape.operations, seconds: seconds) {
      BLAS.gemm(
        m: shape.rows, n: shape.outputs, k: shape.inputs, a.pointer, lda: shape.inputs, b.pointer,
        ldb: shape.inputs, transposeB: true, c.pointer, ldc: shape.outputs)
    }
  }

  /// The same of ``Product``, the forward pass's own, with the right matrix packed before.
  public static func packed(_ shape: ProductShape, seconds: Double = 0.05, rounds: Int = 3) -> Double {
    let a = filled(shape.rows * shape.inputs)
    let weights = filled(shape.inputs * shape.outputs)
    let c = FloatBuffer(count: shape.rows * shape.outputs)
    let matrix = PackedMatrix(
      Tensor(
        [shape.inputs, shape.outputs],
        Array(UnsafeBufferPointer(start: weights.pointer, count: weights.count))))
    let product = Product(team: Team(1))
    return best(of: rounds, operations: shape.operations, seconds: seconds) {
      product(a.pointer, stride: shape.inputs, rows: shape.rows, Product.Factor(matrix, into: c.pointer))
    }
  }

  /// The same on `threads` threads at once, each with a product of its own: what they do together.
  ///
  /// By the threads' own clocks: other work on the machine makes it slower only by the caches that it takes.
  public static func packed(
    _ shape: ProductShape, threads: Int, seconds: Double = 0.05, rounds: Int = 3
  ) -> Double {
    precondition(threads > 0, "ProductRate: \(threads) threads")
    return concurrently(threads) { _ in packed(shape, seconds: seconds, rounds: rounds) }.reduce(0, +)
  }

  /// Operations a second of `work`, which does `operations` of them on the calling thread, by that thread's clock: the best of
  /// `rounds` after one that warms up.
  public static func best(
    of rounds: Int, operations: Double, seconds: Double = 0, _ work: () throws -> Void
  ) rethrows -> Double {
    func time(_ repeats: Int) throws -> Double {
      let start = threadSeconds()
      for _ in 0..<repeats { try work() }
      return max((threadSeconds() - start) / Double(repeats), 1e-9)
    }
    let first = try time(1)
    let repeats = max(1, Int(min(seconds / first, 1e6)))
    var fastest = Double.infinity
    for _ in 0..<max(rounds, 1) { fastest = min(fastest, try time(repeats)) }
    return operations / fastest
  }

  /// Values without structure: zeros or equal values would draw less power, and run at a higher clock.
  private static func filled(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    var state: UInt32 = 0x9e37_79b9
    for index in 0..<count {
      state = state &* 1_664_525 &+ 1_013_904_223
      buffer.pointer[index] = Float(state >> 8) * 0x1p-24 - 0.5
    }
    return buffer
  }
}
