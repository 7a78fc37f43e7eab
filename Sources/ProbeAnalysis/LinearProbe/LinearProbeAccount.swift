import ProbeMath
import ProbeModel
import ProbeReport

/// How linear-probe findings read in a report: verdict figures, the curve over layers, the competitors, the tables.
extension LinearProbeAnalysis {
  /// Headline of the first label, a figure for each, and the sections of all.
  public func account(of findings: LinearProbeFindings) -> AnalysisAccount {
    var sections = findings.questions.flatMap { question in
      LinearProbeSections(question, prefix: findings.questions.count > 1 ? "\(id)-\(question.label)" : id).all
    }
    sections.append(normSection(findings.norms))
    return AnalysisAccount(
      headline: findings.questions.first.map { headline($0) } ?? "",
      figures: findings.questions.map { figure($0) },
      sections: sections, warnings: findings.questions.flatMap { warnings($0) })
  }

  /// The first question's answer: how well the probe reads the label, and what it adds to its strongest competitor.
  private func headline(_ question: LinearProbeFindings.Question) -> String {
    let metric = question.headline
    func accuracy(_ metrics: [MetricEstimate]) -> MetricEstimate? { metrics.first { $0.metric == metric } }
    guard let own = accuracy(question.best.test), own.value != nil else {
      return "\(question.label) could not be measured."
    }
    let measure =
      metric == .accuracy ? "\(Estimate(own).text) accuracy" : "\(metric.title) \(Estimate(own).text)"
    let chance = own.chance.map { "; chance is \(Quantity($0, unit: metric.unit).text)" } ?? ""
    let text =
      "A linear probe at \(question.best.point.name) reads \(question.label) with \(measure) on "
      + "\(own.items) test \(question.unit.plural.lowercased()) in \(own.groups) groups\(chance)."
    let competitors = question.baselines.compactMap { baseline in
      accuracy(baseline.test)?.value.map { (baseline: baseline, accuracy: $0) }
    }
    var sentences = text
    let sign: Double = metric.higherIsBetter ? 1 : -1
    if let strongest = competitors.max(by: { sign * $0.accuracy < sign * $1.accuracy }) {
      sentences += comparison(
        "What can be read without any hidden state (\(strongest.baseline.name))", strongest.accuracy,
        accuracy(strongest.baseline.difference), metric)
    }
    for model in question.models {
      guard let reached = accuracy(model.test)?.value else { continue }
      sentences += comparison(
        "The same procedure on \(model.title)", reached, accuracy(model.difference), metric)
    }
    return sentences
  }

  /// What a competitor reaches, and whether the probe's difference to it is clear.
  private func comparison(
    _ name: String, _ reached: Double, _ difference: MetricEstimate?, _ metric: ProbeMetric
  ) -> String {
    let text = " \(name) reaches \(Quantity(reached, unit: metric.unit).text)"
    // The commonest class has no paired difference; that it wins must be said all the same.
    guard let difference else { return text + "." }
    let isClear = difference.interval.map { $0.lower > 0 || $0.upper < 0 } ?? false
    return text + "; the probe's difference to it, \(Estimate(difference).text), is "
      + (isClear ? "" : "not ") + "distinguishable from zero."
  }

  private func figure(_ question: LinearProbeFindings.Question) -> Figure {
    let own = question.best.test.first { $0.metric == question.headline }
    let control =
      question.best.control?.test.value ?? question.shuffled.value?.mean[question.headline.rawValue]
    return Figure(
      "\(question.headline.title), \(question.label)", Estimate(own, control: control),
      detail: "\(question.best.point.name), \(own?.groups ?? 0) test groups")
  }

  private func warnings(_ question: LinearProbeFindings.Question) -> [Warning] {
    var warnings = question.notes.map { Warning("\(question.label): a note on the fit", detail: $0) }
    let failed = question.layers.filter { !$0.converged }
    if !failed.isEmpty {
      warnings.append(
        Warning(
          "\(question.label): \(failed.count) fits did not converge",
          detail: failed.map { $0.point.name }.joined(separator: ", ")))
    }
    for model in question.models where model.isTwin && model.members.count < 3 {
      warnings.append(
        Warning(
          "\(question.label): \(model.name) has \(model.members.count) seed\(model.members.count == 1 ? "" : "s")",
          detail: "Random initialisations differ: three seeds or more show by how much"))
    }
    for baseline in question.baselines {
      guard let reason = baseline.reason else { continue }
      warnings.append(Warning("\(question.label): \(baseline.name) was not measured", detail: reason))
    }
    return warnings
  }

  private func normSection(_ norms: [NormSummary]) -> Section {
    let rows = norms.map { norm in
      Table.Row(
        [
          .code(norm.point.name), .number(Quantity(norm.median, digits: 1)),
          .number(Quantity(norm.largest, digits: 1)),
          .count(norm.outliers),
        ], mark: norm.outliers > 0 ? "outliers" : nil)
    }
    let total = norms.reduce(0) { $0 + $1.outliers }
    return Section(
      id: "\(id)-norms", title: "Norms",
      summary: total == 0
        ? "No captured row is ten times longer than the median row of its point."
        : "\(total) captured rows are more than ten times longer than the median row of their point.",
      blocks: [
        .table(
          Table(
            "Euclidean norm of the captured rows",
            columns: [
              .init("Hook point"), .init("Median"), .init("Largest"),
              .init("Outliers", detail: "over 10 × median"),
            ],
            rows: rows,
            note: "An attention sink would stand out here; sentinel rows are left out."))
      ])
  }
}

extension Estimate {
  /// A metric's estimate with its company; "n/a" where it is undefined.
  init(_ estimate: MetricEstimate?, control: Double? = nil) {
    self.init(
      estimate?.value ?? .nan, lower: estimate?.interval?.lower ?? .nan,
      upper: estimate?.interval?.upper ?? .nan,
      n: estimate?.items ?? 0, chance: estimate.flatMap { $0.metric.higherIsBetter ? $0.chance : nil },
      control: control, unit: estimate?.metric.unit ?? .fraction)
  }
}

extension ProbeMetric {
  /// Shares are written in percent. AUROC by custom is not.
  var unit: Unit { self == .accuracy || self == .balancedAccuracy ? .fraction : .plain }

  /// The name as people write it.
  var title: String {
    switch self {
    case .ofClasses(.accuracy): "Accuracy"
    case .ofClasses(.balancedAccuracy): "Balanced accuracy"
    case .ofClasses(.auroc): "AUROC"
    case .ofClasses(.logLoss): "Log loss"
    case .ofClasses(.brier): "Brier score"
    case .ofNumbers(.r2): "R²"
    case .ofNumbers(.mae): "Mean error"
    case .ofNumbers(.rankCorrelation): "Rank correlation"
    case .ofNumbers(.angularError): "Mean error on the circle"
    }
  }
}
