import ProbeMath
import ProbeModel
import ProbeReport

/// The report sections of one label's question.
struct LinearProbeSections {
  let question: LinearProbeFindings.Question
  let prefix: String

  init(_ question: LinearProbeFindings.Question, prefix: String) {
    (self.question, self.prefix) = (question, prefix)
  }

  var all: [Section] {
    [curve, competitors, evidence] + company + [layers] + (question.confusion.isEmpty ? [] : [confusion])
  }

  var best: LinearProbeFindings.Layer { question.best }
  var label: String { question.label }
  var headline: ProbeMetric { question.headline }

  func estimate(_ layer: LinearProbeFindings.Layer, _ metric: ProbeMetric) -> Estimate {
    Estimate(layer.test.first { $0.metric == metric })
  }

  // MARK: Over layers

  private var curve: Section {
    Section(
      id: "\(prefix)-layers", title: "\(label): over layers",
      summary: """
        One probe a point, fitted on training groups. The point was chosen on validation groups; every number here is of \
        test groups, which chose nothing.
        """,
      blocks: (headline == secondMetric ? [headline] : [headline, secondMetric]).map { .curve(chart($0)) })
  }

  /// What points are chosen by, or, where that is the headline, what decides between equals.
  private var secondMetric: ProbeMetric {
    question.selection == headline ? question.target.tieBreaker : question.selection
  }

  private func chart(_ metric: ProbeMetric) -> CurveChart {
    var series = [
      CurveChart.Series(
        question.target == .classes ? "linear probe" : "ridge probe",
        points: question.layers.map { estimate($0, metric) })
    ]
    if metric == headline, question.control.value != nil {
      series.append(.init("control task", points: question.layers.map { Estimate($0.control?.test) }))
    }
    series += question.models.map { model in
      .init(model.name, points: question.layers.map { layer in model.estimate(at: layer.point, metric) })
    }
    return CurveChart(
      "\(metric.title) of \(label) over hook points",
      summary: "Test groups; intervals are 95% by cluster bootstrap over groups.",
      positionTitle: layersTitle, positions: positions, valueTitle: metric.title, unit: metric.unit,
      series: series, references: references(metric),
      mark: .init(question.chosen, label: "chosen on validation"))
  }

  private func references(_ metric: ProbeMetric) -> [ReferenceLine] {
    var references: [ReferenceLine] = []
    if let chance = best.test.first(where: { $0.metric == metric })?.chance {
      references.append(ReferenceLine("chance", chance))
    }
    if let shuffled = question.shuffled.value?.mean[metric.rawValue] {
      references.append(ReferenceLine("shuffled labels", shuffled))
    }
    for baseline in question.baselines where baseline.name.hasPrefix("log p(") {
      guard let value = baseline.test.first(where: { $0.metric == metric })?.value else { continue }
      references.append(ReferenceLine(baseline.name, value))
    }
    return references
  }

  /// Layer numbers when all points are one site over blocks, else short names.
  var positions: [String] {
    isOneSite
      ? question.layers.map { $0.point.layer.map { String($0) } ?? "" }
      : question.layers.map { $0.point.shortName }
  }

  private var isOneSite: Bool {
    Set(question.layers.map { $0.point.site }).count == 1
      && question.layers.allSatisfy { $0.point.layer != nil }
  }

  var layersTitle: String { isOneSite ? "Block (\(best.point.site.rawValue))" : "Hook point" }

  // MARK: Competitors

  private var competitors: Section {
    let probeName = "probe, \(best.point.shortName)"
    var rows = [IntervalChart.Row(probeName, estimate(best, headline), isEmphasized: true)]
    rows += question.baselines.filter { !$0.test.isEmpty }.map { baseline in
      IntervalChart.Row(baseline.name, Estimate(baseline.test.first { $0.metric == headline }))
    }
    rows += question.models.map { model in
      IntervalChart.Row(model.title, Estimate(model.test.first { $0.metric == headline }))
    }
    let chance = best.test.first { $0.metric == headline }?.chance ?? .nan
    return Section(
      id: "\(prefix)-baselines", title: "\(label): competitors",
      summary:
        "A probe says something about representations only as far as it beats what can be read without them.",
      blocks: [
        .intervals(
          IntervalChart(
            "\(headline.title) of \(label), probe and competitors",
            summary: "Same test items for all; 95% intervals.", valueTitle: headline.title,
            unit: headline.unit,
            rows: rows, references: [ReferenceLine("chance", chance)])),
        .table(competitorTable(probeName)),
      ])
  }

  private var competitorMetrics: [ProbeMetric] {
    question.target == .classes ? [.accuracy, .balancedAccuracy, .auroc] : question.ownMetrics
  }

  private func competitorTable(_ probeName: String) -> Table {
    func cells(_ test: [MetricEstimate], _ difference: [MetricEstimate]) -> [Table.Cell] {
      competitorMetrics.map { metric in
        test.first { $0.metric == metric }.map { .estimate(Estimate($0)) } ?? .missing
      } + [
        difference.first { $0.metric == question.selection }.map { .estimate(Estimate(difference: $0)) }
          ?? .missing
      ]
    }
    var rows = [Table.Row([.text(probeName)] + cells(best.test, []), mark: "probe")]
    for baseline in question.baselines {
      rows.append(Table.Row([.text(baseline.name)] + cells(baseline.test, baseline.difference)))
    }
    for model in question.models {
      for member in model.members {
        let name = "\(member.model), \(member.point.shortName)"
        rows.append(Table.Row([.text(name)] + cells(member.test, member.difference)))
      }
      guard model.members.count > 1 else { continue }
      rows.append(Table.Row([.text(model.title)] + cells(model.test, model.difference)))
    }
    return Table(
      "Probe and competitors on the test groups of \(label)",
      columns: [.init("Reads")] + competitorMetrics.map { .init($0.title) }
        + [.init("Probe minus this", detail: "\(question.selection.title), paired")], rows: rows,
      note: """
        log p is the model's own log-probability of the text, or of a marked stretch of it, as the one feature of a \
        probe. Intervals: 95%, cluster bootstrap over test groups; the last column resamples both scores together.\
        \(question.models.isEmpty ? "" : " " + Self.modelsNote)
        """)
  }

  private static let modelsNote = """
    Another model is read by probes of its own at the point that its own validation part chose; a mean is over models, \
    whose spread is no part of its interval.
    """
}

extension Estimate {
  /// A paired difference: no chance level, in the metric's plain unit.
  init(difference estimate: MetricEstimate) {
    self.init(
      estimate.value ?? .nan, lower: estimate.interval?.lower ?? .nan,
      upper: estimate.interval?.upper ?? .nan,
      n: estimate.items, unit: .plain)
  }
}

extension LabelPermutation {
  /// How labels were shuffled, in words.
  var phrase: String {
    switch self {
    case .withinGroups: "within groups"
    case .wholeGroups: "between whole groups"
    }
  }
}

extension LinearProbeFindings.ModelBaseline {
  /// How many models it is the mean of; nil for one.
  var size: String? { members.count > 1 ? "mean of \(members.count) \(isTwin ? "seeds" : "models")" : nil }

  /// Its name with the number of models.
  var title: String { size.map { "\(name) (\($0))" } ?? name }

  /// A metric at a point; nil where the models lack it.
  func estimate(at point: HookPoint, _ metric: ProbeMetric) -> Estimate? {
    layers.first { $0.point == point }.map { layer in Estimate(layer.test.first { $0.metric == metric }) }
  }
}
