import Foundation
import ProbeMath
import ProbeModel

extension HealthCheck {
  /// Which kernels run, and how fast against what the machine's arithmetic can do, on one thread.
  ///
  /// A large product decides (512 × 1024 · 1024 × 1024, whatever the model), once by OpenBLAS, which probes and statistics
  /// use, and once by the forward pass's own kernels. Below 55% of the measured peak, OpenBLAS runs kernels for another CPU,
  /// forced by the environment or because it does not know this one. The model's own figures are told, not judged: small
  /// matrices are slower. Times never make a model unhealthy. They are of the thread's own clock: other programs' shares of
  /// the CPU do not count.
  static let kernels = HealthCheck(
    "kernels", claim: "matrix products run at 55% or more of the machine's peak", readsActivations: false
  ) { patient in
    let speed = try KernelSpeed(patient.model)
    let forced = KernelSpeed.forcingVariables(ProcessInfo.processInfo.environment)
    let family = BLAS.kernelFamily
    let isFast = min(speed.blas, speed.product) >= KernelSpeed.leastShare * speed.peak
    return CheckResult(
      isFast ? .ok : .warning,
      found:
        "\(KernelSpeed.caution)peak \(speed.peak.gigaflops) GFLOP/s a thread: forward pass \(speed.share(speed.forward)),"
        + " its products \(speed.share(speed.product)), OpenBLAS (\(family)) \(speed.share(speed.blas))"
        + (forced.isEmpty ? "" : "; \(forced.joined(separator: ", "))"),
      expected: "large products at 55% or more of the measured float32 peak",
      advice: isFast ? "" : speed.advice(family: family, forced: forced),
      figures: speed.figures, details: speed.table)
  }
}

extension Double {
  /// Operations a second as GFLOP/s.
  fileprivate var gigaflops: String { (self * 1e-9).brief }
}

/// What was measured, in floating-point operations a second on one thread.
struct KernelSpeed {
  let peak: Double
  /// A large product by OpenBLAS, and by the engine.
  let blas: Double
  let product: Double
  /// The model's forward pass.
  let forward: Double
  /// The model's own products, by the engine.
  let products: [(name: String, shape: ProductShape, rate: Double)]

  init(peak: Double, blas: Double, product: Double) {
    (self.peak, self.blas, self.product, forward, products) = (peak, blas, product, product, [])
  }

  init(_ model: HookedTransformer) throws {
    peak = ArithmeticPeak.measure()
    let large =
      Self.isDebug
      ? ProductShape(rows: 32, inputs: 128, outputs: 128)
      : ProductShape(rows: 512, inputs: 1024, outputs: 1024)
    (blas, product) = (ProductRate.blas(large), ProductRate.packed(large))
    products = model.config.productShapes(logits: false).map { name, inputs, outputs in
      let shape = ProductShape(rows: large.rows, inputs: inputs, outputs: outputs)
      return (name, shape, ProductRate.packed(shape))
    }
    forward = try Self.forwardRate(model)
  }

  /// Kernels for the CPU reach 60 to 85% (less while others fill its caches), those of an older family 20 to 45%.
  static let leastShare = 0.55

  /// A rate as a share of the peak.
  func share(_ rate: Double) -> String { String(format: "%.0f%%", 100 * rate / peak) }

  /// Sequences of up to 128 tokens, as many as take about a quarter of a second and 512 rows at most.
  private static func forwardRate(_ model: HookedTransformer) throws -> Double {
    guard let last = model.hookPoints.last else { return 0 }
    let hasLogits = last.site == .logits
    let length = min(128, model.config.nContext)
    let one = model.config.operations(lengths: [length], logits: hasLogits)
    let count = isDebug ? 1 : max(1, min(512 / length, Int(25e9 / one)))
    var stream = RandomStream(seed: 0, "doctor", "speed")
    let batch = TokenBatch(
      (0..<count).map { _ in (0..<length).map { _ in stream.index(below: model.config.dVocab) } })
    let workspace = model.makeWorkspace()
    return try ProductRate.best(of: 3, operations: one * Double(count)) {
      try model.run(batch, observing: [last], in: workspace) { _ in }
    }
  }

  var figures: [CheckResult.Figure] {
    [
      .init("peak", peak * 1e-9, unit: "GFLOP/s"), .init("large product", product * 1e-9, unit: "GFLOP/s"),
      .init("large product by OpenBLAS", blas * 1e-9, unit: "GFLOP/s"),
      .init("forward pass", forward * 1e-9, unit: "GFLOP/s"),
    ]
  }

  var table: DetailTable {
    DetailTable(
      ["product", "rows", "inputs", "outputs", "GFLOP/s", "of the peak"],
      products.map { name, shape, rate in
        [
          .text(name), .number(Double(shape.rows)), .number(Double(shape.inputs)),
          .number(Double(shape.outputs)),
          .number(rate * 1e-9), .number(rate / peak),
        ]
      })
  }

  /// Variables that choose kernels, blocking or threads, as `NAME=value`.
  static func forcingVariables(_ environment: [String: String]) -> [String] {
    ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"]
      .compactMap { name in environment[name].map { "\(name)=\($0)" } }
  }

  /// Without optimization the figures mean nothing, and large products take minutes.
  static var isDebug: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// What a debug build must say of its figures.
  static var caution: String { isDebug ? "debug build, figures mean nothing: " : "" }

  func advice(family: String, forced: [String]) -> String {
    guard blas < Self.leastShare * peak else {
      return "The engine's own kernels are slow on this CPU: report this with its name"
    }
    guard
      let first = forced.first(where: { $0.hasPrefix("OPENBLAS_CORETYPE") || $0.hasPrefix("OPENBLAS_L2") })
    else {
      return
        "OpenBLAS takes this CPU for one that runs \(family) kernels: try a newer OpenBLAS, or name a family in"
        + " OPENBLAS_CORETYPE"
    }
    return "The environment forces slower kernels of OpenBLAS: unset \(first.prefix { $0 != "=" })"
  }
}
