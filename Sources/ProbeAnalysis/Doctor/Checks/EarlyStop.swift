import ProbeModel

extension HealthCheck {
  /// A pass stops after the last point that is observed, and leaves out what nobody reads. What it does compute is what the
  /// full pass computes: some points, each observed alone, against a run that observes everything.
  static let earlyStop = HealthCheck(
    "early-stop", claim: "a point observed alone is what a full run shows"
  ) { patient in
    let (model, batch) = (patient.model, patient.batch)
    let points = ComparedPoints.of(model)
    let full = try model.activations(of: batch, at: points)
    var comparison = ActivationComparison()
    let (middle, last) = (model.config.nLayers / 2, model.config.nLayers - 1)
    let alone = points.filter { point in
      point.layer == nil || point.layer == middle
        || point.site == .residPost && [0, last].contains(point.layer)
    }
    for point in alone {
      let stopped = try model.activations(of: batch, at: [point])
      comparison.compare(stopped, rows: 0..<batch.rowCount, with: full, from: 0, at: [point])
    }
    return comparison.result(
      "\(alone.count) points observed alone = together",
      advice: "What is observed changes what is computed: report this with the model's config.json")
  }
}
