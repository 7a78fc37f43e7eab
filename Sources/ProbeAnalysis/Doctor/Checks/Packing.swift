import ProbeModel

extension HealthCheck {
  /// A sequence's activations do not depend on what it is packed with: all samples in one batch against each alone.
  static let packing = HealthCheck(
    "packing", claim: "a sequence packed with others gives what it gives alone"
  ) { patient in
    let (model, batch) = (patient.model, patient.batch)
    let points = ComparedPoints.of(model)
    let packed = try model.activations(of: batch, at: points)
    var comparison = ActivationComparison()
    for (index, sample) in patient.samples.enumerated() {
      let alone = try model.activations(of: sample.tokens, at: points)
      comparison.compare(packed, rows: batch.rows(of: index), with: alone, from: 0, at: points)
    }
    return comparison.result(
      "\(batch.sequenceCount) sequences packed = each alone",
      advice: "Sequences of a batch disturb each other: report this with the model's config.json")
  }
}

/// The points that runs are compared at: every kind of place, in no more memory than a run with a cache takes.
enum ComparedPoints {
  /// Ends of the blocks, what is after them, and what attention does in the first, middle and last block.
  static func of(_ model: HookedTransformer) -> [HookPoint] {
    let layers = Set([0, model.config.nLayers / 2, model.config.nLayers - 1])
    return model.hookPoints.filter { point in
      switch point.site {
      case .residPost: true
      case .result: false
      default: point.layer.map { layers.contains($0) } ?? true
      }
    }
  }
}
