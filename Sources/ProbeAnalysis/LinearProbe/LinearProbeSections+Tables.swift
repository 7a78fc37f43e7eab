import ProbeMath
import ProbeReport

/// The tables at the end of a question: every point, and the confusion of classes.
extension LinearProbeSections {
  var layers: Section {
    let sizes = question.parts.map { "\($0.part.rawValue) \($0.items) in \($0.groups) groups" }.joined(
      separator: ", ")
    let stretches =
      question.unaligned > 0 ? " \(question.unaligned) labelled stretches meet no captured token." : ""
    return Section(
      id: "\(prefix)-table", title: "\(label): every point",
      summary:
        "\(question.unit.plural): \(sizes); \(question.unlabelled) examples of the corpus carry no label \(label).\(stretches)",
      blocks: [
        .table(
          Table(
            "Every point of \(label)", columns: columns.map { $0.head },
            rows: question.layers.enumerated().map { index, layer in
              Table.Row(
                [.code(layer.point.name)] + columns.dropFirst().map { $0.cell(layer) },
                mark: index == question.chosen ? "chosen" : nil)
            }))
      ])
  }

  private struct PointColumn {
    let head: Table.Column
    let cell: (LinearProbeFindings.Layer) -> Table.Cell

    init(_ title: String, _ detail: String = "", _ cell: @escaping (LinearProbeFindings.Layer) -> Table.Cell)
    {
      (head, self.cell) = (Table.Column(title, detail: detail), cell)
    }
  }

  private var columns: [PointColumn] {
    var columns = [
      PointColumn("Hook point") { .code($0.point.name) },
      PointColumn("\(question.selection.title), validation", "chose the point") { layer in
        .number(Quantity(layer.validation.first { $0.metric == question.selection }?.value ?? .nan))
      },
    ]
    for metric in question.target == .classes ? [.accuracy, .balancedAccuracy, .auroc] : question.ownMetrics {
      columns.append(PointColumn(metric.title) { .estimate(estimate($0, metric)) })
    }
    if question.procedure.value != nil {
      columns.append(
        PointColumn("Procedure", "nested cross-validation") { layer in
          layer.procedure.map { .estimate(Estimate($0)) } ?? .missing
        })
    }
    if question.permutation.value != nil {
      columns.append(
        PointColumn("p", "max-T") { .number(Quantity($0.permutation?.adjusted ?? .nan, digits: 3)) })
    }
    if question.control.value != nil {
      columns.append(
        PointColumn("Selectivity", "paired") { layer in
          layer.control.map { .estimate(Estimate(difference: $0.selectivity)) } ?? .missing
        })
    }
    columns.append(
      PointColumn("\(headline.title), train") { .number(Quantity($0.trainScore, unit: headline.unit)) })
    columns.append(
      PointColumn("λ") { .number(Quantity($0.strength, digits: $0.strength < 0.01 ? 4 : 2)) })
    return columns + modelColumns
  }

  private var modelColumns: [PointColumn] {
    question.models.flatMap { model -> [PointColumn] in
      func here(_ layer: LinearProbeFindings.Layer) -> LinearProbeFindings.ModelLayer? {
        model.layers.first { $0.point == layer.point }
      }
      return [
        PointColumn("\(headline.title), \(model.name)", model.size ?? "") { layer in
          here(layer).map { .estimate(Estimate($0.test.first { $0.metric == headline })) } ?? .missing
        },
        PointColumn("Probe minus \(model.name)", "\(headline.title), paired") { layer in
          here(layer)?.difference.first { $0.metric == headline }.map { .estimate(Estimate(difference: $0)) }
            ?? .missing
        },
      ]
    }
  }

  var confusion: Section {
    let size = question.parts.first { $0.part == .test }?.items ?? 0
    return Section(
      id: "\(prefix)-confusion", title: "\(label): confusion",
      summary: "The chosen probe on \(size) test \(question.unit.plural.lowercased()).",
      blocks: [
        .confusion(
          ProbeReport.ConfusionMatrix(
            "True and predicted class of \(label)", summary: "Rows are true classes.",
            classes: question.classes, counts: question.confusion))
      ])
  }
}

extension ItemUnit {
  /// What items are called.
  var plural: String {
    switch self {
    case .sequence: "Examples"
    case .span: "Stretches"
    case .token: "Tokens"
    }
  }
}
