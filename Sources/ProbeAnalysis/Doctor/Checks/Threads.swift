import ProbeModel

extension HealthCheck {
  /// The number of threads changes no bit: the samples on one thread, and on two and three.
  static let threads = HealthCheck(
    "threads", claim: "one thread gives the bits that several give"
  ) { patient in
    let (model, batch) = (patient.model, patient.batch)
    let points = ComparedPoints.of(model)
    func run(threads: Int) throws -> ActivationCache {
      try model.activations(of: batch, at: points, in: model.makeWorkspace(threads: threads))
    }
    let alone = try run(threads: 1)
    var comparison = ActivationComparison()
    for threads in [2, 3] {
      comparison.compare(
        alone, rows: 0..<batch.rowCount, with: try run(threads: threads), from: 0, at: points)
    }
    return comparison.result(
      "1 thread = 2 = 3", advice: "Threads disturb each other: report this with the model's config.json")
  }
}
