import ProbeMath

extension LinearProbeFindings.Question {
  /// The probe that the validation part chose.
  var best: LinearProbeFindings.Layer { layers[chosen] }

  /// What a headline shows.
  var headline: ProbeMetric { target.headline }

  /// What points are chosen by.
  var selection: ProbeMetric { target.selection }

  /// The metrics of this kind of target.
  var ownMetrics: [ProbeMetric] { best.test.map { $0.metric } }

  /// Metrics of which the difference to each baseline is measured.
  var comparedMetrics: [ProbeMetric] { Self.compared(target) }

  static func compared(_ target: ProbeTarget.Kind) -> [ProbeMetric] {
    switch target {
    case .classes: [.accuracy, .auroc]
    case .number, .ordinal: [.r2, .mae]
    case .cyclic: [.angularError]
    }
  }

  var measurements: [Measurement] {
    layers.indices.map { index in
      var found = Collected(notApplicable: elsewhere)
      for estimate in layers[index].test { found.add(estimate.metric.rawValue, estimate) }
      addProcedure(index, to: &found)
      addPermutation(index, to: &found)
      addControl(index, to: &found)
      addComparison(index, to: &found)
      if index == chosen {
        company.add(to: &found)
      } else {
        for metric in ProbeCompany.metrics {
          found.notApplicable[metric.name] = "measured at the chosen point only"
        }
      }
      return Measurement(
        label: label, point: layers[index].point.name, isBest: index == chosen, metrics: found.metrics,
        notApplicable: found.notApplicable, mutants: index == chosen ? mutants : nil)
    }
  }

  /// Metrics of the other kind of target.
  private var elsewhere: [String: String] {
    let own = Set(ownMetrics)
    let reason =
      target == .classes
      ? "the label has classes, no numbers" : "it is no metric of a target of this kind (\(target.rawValue))"
    return Dictionary(
      uniqueKeysWithValues: ProbeMetric.allCases.filter { !own.contains($0) }.map { ($0.rawValue, reason) })
  }

  private func addProcedure(_ index: Int, to found: inout Collected) {
    found.add(
      "procedure", index == chosen ? procedure.value?.headline : layers[index].procedure,
      procedure.reason ?? "cross-validation was not made")
    found.add(
      "procedure_\(selection.rawValue)", index == chosen ? procedure.value?.merit : nil,
      procedure.reason ?? "the procedure chooses its point itself: it is measured as a whole")
    for metric in [ProbeMetric.auroc, .r2, .angularError] where metric != selection {
      found.notApplicable["procedure_\(metric.rawValue)"] = elsewhere[metric.rawValue] ?? ""
    }
  }

  private func addPermutation(_ index: Int, to found: inout Collected) {
    guard let permutation = permutation.value, let here = layers[index].permutation else {
      found.notApplicable["p_value"] = self.permutation.reason ?? "no permutation test was made"
      return
    }
    // All items take part in it, whatever their part of the split.
    found.metrics["p_value"] = Measurement.Value(
      value: index == chosen ? permutation.best : here.adjusted, lower: nil, upper: nil,
      n: parts.reduce(0) { $0 + $1.items }, groups: parts.reduce(0) { $0 + $1.groups }, chance: nil)
  }

  private func addControl(_ index: Int, to found: inout Collected) {
    let reason = control.reason ?? "no control task was made"
    found.add("selectivity", layers[index].control?.selectivity, reason)
    found.add("control", layers[index].control?.test, reason)
  }

  private func addComparison(_ index: Int, to found: inout Collected) {
    let baseline = baselines.first { $0.name == LogProbabilityBaseline.textName }
    for metric in ProbeMetric.compared {
      let name = "\(metric.rawValue)_over_log_probability"
      found.add(
        name, index == chosen ? baseline?.difference.first { $0.metric == metric } : nil,
        !comparedMetrics.contains(metric)
          ? elsewhere[metric.rawValue] ?? ""
          : index != chosen
            ? "only the chosen point is compared with the log-probability"
            : baseline?.reason ?? "the log-probability was not measured")
    }
  }
}

extension ProbeMetric {
  /// Metrics that are compared with baselines, of any kind of target.
  static let compared: [ProbeMetric] = [.accuracy, .auroc, .r2, .mae, .angularError]
}

/// Metrics of one place under their names, and why some are missing.
struct Collected {
  var metrics: [String: Measurement.Value] = [:]
  var notApplicable: [String: String]

  /// Adds an estimate, or the reason why there is none.
  mutating func add(_ name: String, _ estimate: MetricEstimate?, _ reason: String = "it was not measured") {
    guard let estimate else {
      notApplicable[name] = reason
      return
    }
    metrics[name] = Measurement.Value(estimate)
  }
}

extension Measurement.Value {
  init(_ estimate: MetricEstimate) {
    self.init(
      value: estimate.value, lower: estimate.interval?.lower, upper: estimate.interval?.upper,
      n: estimate.items,
      groups: estimate.groups, chance: estimate.chance)
  }
}
