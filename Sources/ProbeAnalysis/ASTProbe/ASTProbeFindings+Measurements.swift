import Foundation

extension ASTProbeFindings {
  /// One measurement a layer: F1; at the best layer every metric, the differences to competitors, and the smallest rank.
  public var measurements: [Measurement] {
    layers.indices.map { index in
      let layer = layers[index]
      var metrics = index == best ? bestMetrics : Self.values(layer.test)
      metrics["orthogonality"] = Measurement.Value(
        value: layer.orthogonality, lower: nil, upper: nil, n: audit.train, groups: audit.trainGroups,
        chance: nil)
      let absent = ASTProbeAnalysis.metrics.map { $0.name }.filter { metrics[$0] == nil }
      return Measurement(
        label: nil, point: layer.point.name, isBest: index == best, metrics: metrics,
        notApplicable: Dictionary(
          uniqueKeysWithValues: absent.map {
            ($0, index == best ? reason($0) : "it is measured at the best layer alone")
          }))
    }
  }

  /// The best layer's subspace.
  public var files: [FittedFile] { subspace.map { [FittedFile(name: "subspace", parts: $0.parts)] } ?? [] }

  private func reason(_ metric: String) -> String {
    metric == "smallest_rank" ? ranks.reason ?? "" : "the spec asks for no such competitor, or leaves it out"
  }

  private var bestMetrics: [String: Measurement.Value] {
    var metrics = Self.values(test)
    for baseline in baselines {
      metrics["f1_over_\(baseline.kind.rawValue)"] = Self.value(baseline.difference, chance: 0)
    }
    if let ranks = ranks.value {
      metrics["smallest_rank"] = Measurement.Value(
        value: Double(ranks.smallest), lower: nil, upper: nil, n: audit.validation,
        groups: audit.validationGroups,
        chance: nil)
    }
    return metrics
  }

  private static func values(_ estimates: [TreeEstimate]) -> [String: Measurement.Value] {
    Dictionary(uniqueKeysWithValues: estimates.map { ($0.metric.name, value($0, chance: nil)) })
  }

  private static func value(_ estimate: TreeEstimate, chance: Double?) -> Measurement.Value {
    Measurement.Value(
      value: estimate.value, lower: estimate.interval?.lower, upper: estimate.interval?.upper,
      n: estimate.snippets,
      groups: estimate.groups, chance: chance)
  }
}
