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

  var all: [Section] { [curve, competitors, layers, confusion] }

  private var best: LinearProbeFindings.Layer { question.layers[question.chosen] }
  private var label: String { question.label }
  private var testSize: LinearProbeFindings.PartSize? { question.parts.first { $0.part == .test } }

  private func estimate(_ layer: LinearProbeFindings.Layer, _ metric: ClassificationMetric) -> Estimate {
    Estimate(layer.test.first { $0.metric == metric })
  }

  // MARK: Over layers

  private var curve: Section {
    func chart(_ metric: ClassificationMetric) -> Block {
      var references: [ReferenceLine] = []
      if let chance = best.test.first(where: { $0.metric == metric })?.chance {
        references.append(ReferenceLine("chance", chance))
      }
      if let shuffled = question.shuffled.mean[metric.rawValue] {
        references.append(ReferenceLine("shuffled labels", shuffled))
      }
      for baseline in question.baselines where baseline.name.hasPrefix("log p(") {
        guard let value = baseline.test.first(where: { $0.metric == metric })?.value else { continue }
        references.append(ReferenceLine(baseline.name, value))
      }
      return .curve(
        CurveChart(
          "\(metric.title) of \(label) over hook points",
          summary: "Test groups; intervals are 95% by cluster bootstrap over groups.",
          positionTitle: layersTitle, positions: positions, valueTitle: metric.title,
          unit: metric.isShare ? .fraction : .plain,
          series: [.init("linear probe", points: question.layers.map { estimate($0, metric) })]
            + question.models.map { model in
              .init(
                model.name, points: question.layers.map { layer in model.estimate(at: layer.point, metric) })
            },
          references: references,
          mark: .init(question.chosen, label: "chosen on validation")))
    }
    return Section(
      id: "\(prefix)-layers", title: "\(label): over layers",
      summary: """
        One probe a point, fitted on training groups. The point was chosen on validation groups; every number here is of \
        test groups, which chose nothing.
        """,
      blocks: [chart(.accuracy), chart(.auroc)])
  }

  /// Layer numbers when all points are one site over blocks, else short names.
  private var positions: [String] {
    isOneSite
      ? question.layers.map { $0.point.layer.map { String($0) } ?? "" }
      : question.layers.map { $0.point.shortName }
  }

  private var isOneSite: Bool {
    Set(question.layers.map { $0.point.site }).count == 1
      && question.layers.allSatisfy { $0.point.layer != nil }
  }

  private var layersTitle: String { isOneSite ? "Block (\(best.point.site.rawValue))" : "Hook point" }

  // MARK: Competitors

  private var competitors: Section {
    let probeName = "probe, \(best.point.shortName)"
    func rows(_ metric: ClassificationMetric) -> [IntervalChart.Row] {
      [IntervalChart.Row(probeName, estimate(best, metric), isEmphasized: true)]
        + question.baselines.filter { !$0.test.isEmpty }.map { baseline in
          IntervalChart.Row(baseline.name, Estimate(baseline.test.first { $0.metric == metric }))
        }
        + question.models.map { model in
          IntervalChart.Row(model.title, Estimate(model.test.first { $0.metric == metric }))
        }
    }
    let chance = best.test.first { $0.metric == .accuracy }?.chance ?? .nan
    var blocks: [Block] = [
      .intervals(
        IntervalChart(
          "Accuracy of \(label), probe and competitors", summary: "Same test items for all; 95% intervals.",
          valueTitle: "Accuracy", unit: .fraction, rows: rows(.accuracy),
          references: [ReferenceLine("chance", chance)])),
      .table(competitorTable(probeName)),
    ]
    let shuffled = question.shuffled
    let mean = Quantity(shuffled.mean["accuracy"] ?? .nan, unit: .fraction).text
    blocks.append(
      .paragraph(
        """
        Control: with labels shuffled \(shuffled.scheme.phrase), the same procedure scores \(mean) in the mean of \
        \(shuffled.repetitions) repetitions. Selectivity is not applicable: \(question.selectivity).
        """))
    return Section(
      id: "\(prefix)-baselines", title: "\(label): competitors",
      summary:
        "A probe says something about representations only as far as it beats what can be read without them.",
      blocks: blocks)
  }

  private func competitorTable(_ probeName: String) -> Table {
    func cells(_ test: [MetricEstimate], _ difference: [MetricEstimate]) -> [Table.Cell] {
      [ClassificationMetric.accuracy, .balancedAccuracy, .auroc].map { metric in
        test.first { $0.metric == metric }.map { .estimate(Estimate($0)) } ?? .missing
      } + [difference.first { $0.metric == .auroc }.map { .estimate(Estimate(difference: $0)) } ?? .missing]
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
      columns: [
        .init("Reads"), .init("Accuracy"), .init("Balanced accuracy"), .init("AUROC"),
        .init("Probe minus this", detail: "AUROC, paired"),
      ], rows: rows,
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

  // MARK: Tables

  private var layers: Section {
    let rows = question.layers.enumerated().map { index, layer in
      Table.Row(
        [
          .code(layer.point.name),
          validationCell(layer), .estimate(estimate(layer, .accuracy)),
          .estimate(estimate(layer, .balancedAccuracy)),
          .estimate(estimate(layer, .auroc)), .number(Quantity(layer.trainAccuracy, unit: .fraction)),
          .number(Quantity(layer.strength, digits: layer.strength < 0.01 ? 4 : 2)),
        ]
          + question.models.flatMap { model -> [Table.Cell] in
            guard let here = model.layers.first(where: { $0.point == layer.point }) else {
              return [.missing, .missing]
            }
            return [
              .estimate(Estimate(here.test.first { $0.metric == .accuracy })),
              here.difference.first { $0.metric == .accuracy }.map { .estimate(Estimate(difference: $0)) }
                ?? .missing,
            ]
          }, mark: index == question.chosen ? "chosen" : nil)
    }
    let table = Table(
      "Every point of \(label)",
      columns: [
        .init("Hook point"), .init("AUROC, validation", detail: "chose the point"), .init("Accuracy"),
        .init("Balanced accuracy"), .init("AUROC"), .init("Accuracy, train"), .init("λ"),
      ]
        + question.models.flatMap { model -> [Table.Column] in
          [
            .init("Accuracy, \(model.name)", detail: model.size ?? ""),
            .init("Probe minus \(model.name)", detail: "accuracy, paired"),
          ]
        }, rows: rows)
    let sizes = question.parts.map { "\($0.part.rawValue) \($0.items) in \($0.groups) groups" }.joined(
      separator: ", ")
    return Section(
      id: "\(prefix)-table", title: "\(label): every point",
      summary: "Examples: \(sizes); \(question.unlabelled) of the corpus carry no label \(label).",
      blocks: [.table(table)])
  }

  private func validationCell(_ layer: LinearProbeFindings.Layer) -> Table.Cell {
    .number(Quantity(layer.validation.first { $0.metric == .auroc }?.value ?? .nan))
  }

  private var confusion: Section {
    Section(
      id: "\(prefix)-confusion", title: "\(label): confusion",
      summary: "The chosen probe on \(testSize?.items ?? 0) test examples.",
      blocks: [
        .confusion(
          ProbeReport.ConfusionMatrix(
            "True and predicted class of \(label)", summary: "Rows are true classes.",
            classes: question.classes,
            counts: question.confusion))
      ])
  }
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
  func estimate(at point: HookPoint, _ metric: ClassificationMetric) -> Estimate? {
    layers.first { $0.point == point }.map { layer in Estimate(layer.test.first { $0.metric == metric }) }
  }
}
