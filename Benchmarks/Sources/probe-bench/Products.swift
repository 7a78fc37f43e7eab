import ArgumentParser
import ProbeMath

/// The machine's float32 arithmetic, and matrix products by the forward pass's kernels and by BLAS on one thread.
struct Products: ParsableCommand {
  @Option(help: "Threads whose arithmetic peak is measured.")
  var threads = 2
  @Option(help: "Rows of the left matrix; several times.")
  var rows: [Int] = [1024]
  @Option(help: "The right matrix as INPUTSxOUTPUTS; several times.")
  var weights: [Weights]

  struct Weights: ExpressibleByArgument {
    let inputs: Int
    let outputs: Int

    init?(argument: String) {
      let sizes = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sizes.count == 2, let inputs = sizes[0], let outputs = sizes[1], inputs > 0, outputs > 0 else {
        return nil
      }
      (self.inputs, self.outputs) = (inputs, outputs)
    }
  }

  /// Rates are floating-point operations a second, a multiply-add being two.
  struct Rates: Encodable {
    let threads: Int
    /// Of all threads together.
    let peak: Double
    let peakOfOneThread: Double
    let products: [Rate]
  }

  /// Of one product, on one thread.
  struct Rate: Encodable {
    let rows: Int
    let inputs: Int
    let outputs: Int
    let packed: Double
    let blas: Double
  }

  func validate() throws {
    guard threads > 0, rows.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("threads and rows are 1 or more")
    }
  }

  func run() throws {
    let products = rows.flatMap { rows in
      weights.map { weights in
        let shape = ProductShape(rows: rows, inputs: weights.inputs, outputs: weights.outputs)
        return Rate(
          rows: rows, inputs: weights.inputs, outputs: weights.outputs, packed: ProductRate.packed(shape),
          blas: ProductRate.blas(shape))
      }
    }
    try emit(
      Rates(
        threads: threads, peak: ArithmeticPeak.measure(threads: threads),
        peakOfOneThread: ArithmeticPeak.measure(), products: products))
  }
}
