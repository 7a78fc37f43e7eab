import ProbeMath
import ProbeReport

/// Whether the model uses what the probe reads.
extension LinearProbeSections {
  var causal: Section? {
    guard let found = question.company.causal.value else { return nil }
    func estimate(_ mean: CausalColumn.Mean) -> Table.Cell {
      .estimate(
        Estimate(
          mean.value, lower: mean.interval?.lower ?? .nan, upper: mean.interval?.upper ?? .nan,
          n: found.items,
          unit: .symbol("nats")))
    }
    let rows = found.effects.map { effect in
      Table.Row([
        .text(effect.change.phrase), estimate(effect.mean), estimate(effect.size),
        estimate(effect.sizeOverRandom),
        .text("\(effect.rank) of \(effect.randomSizes.count + 1)"),
      ])
    }
    let quantity =
      found.quantity == .answerLogProbability
      ? "the log-probability of the answer" : "the distribution of the next token (KL divergence)"
    return Section(
      id: "\(prefix)-causal", title: "\(label): does the model use it",
      summary: """
        The probe's direction at \(code: found.point.name) is changed where it was read, on \(found.items) test items in \
        \(found.groups) groups, and \(quantity) is compared with what the same change does along \
        \(found.effects.first?.random.count ?? 0) random directions.
        """,
      blocks: [
        .table(
          Table(
            "What changes when the direction does",
            columns: [
              .init("Change"), .init("Mean effect"), .init("Mean size"),
              .init("Size over random", detail: "paired"), .init("Rank", detail: "by size"),
            ], rows: rows,
            note: RichText(
              "δ = \(Quantity(found.shift, digits: 2).text) is the distance of the class means along the direction."
                + (found.reason.map { " \($0)." } ?? "")))),
        .paragraph(
          """
          An effect says that the output depends on something along this direction, not that it is the label; no effect \
          beyond that of random directions says nothing either way, since a model can hold a label redundantly.
          """),
      ])
  }
}

extension CausalColumn.Change {
  /// In words.
  var phrase: String {
    switch self {
    case .projectOut: "projected out"
    case .add: "δ added"
    case .subtract: "δ subtracted"
    }
  }
}
