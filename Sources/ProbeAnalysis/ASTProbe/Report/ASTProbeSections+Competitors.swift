import ProbeModel
import ProbeReport

/// What else could have built the trees, and other models.
extension ASTProbeSections {
  // MARK: Competitors

  var competitors: Section? {
    guard !findings.baselines.isEmpty, let best = findings.bestLayer else { return nil }
    let name = "probe, \(best.point.shortName)"
    let own = findings.test.of(.f1) ?? best.test.of(.f1)
    let scores = findings.baselines.map { baseline in
      IntervalChart.Row(baseline.name, baseline.test.of(.f1).map { Estimate($0) })
    }
    let differences = findings.baselines.map { baseline in
      IntervalChart.Row("− \(baseline.name)", Estimate(baseline.difference))
    }
    return Section(
      id: id("competitors"), title: "What else could have built the trees",
      summary: "The probe says something about trained representations only as far as it beats these.",
      blocks: [
        .intervals(
          IntervalChart(
            "F1, probe and competitors", summary: "The same test snippets for all; 95% intervals over files.",
            valueTitle: "F1", unit: .plain,
            rows: [.init(name, own.map { Estimate($0) }, isEmphasized: true)] + scores)),
        .intervals(
          IntervalChart(
            "F1 of the probe minus each competitor's",
            summary: "Paired, snippet by snippet; an interval over 0 means that the difference is open.",
            valueTitle: "Difference of F1", unit: .plain, rows: differences,
            references: [ReferenceLine("no difference", 0)])), .table(competitorTable(name, own)),
      ])
  }

  private func competitorTable(_ name: String, _ own: TreeEstimate?) -> Table {
    let first = Table.Row(
      [
        .text(name), .text("the fitted subspace"), .init(own),
        .init(findings.test.of(.unlabelledF1) ?? findings.bestLayer?.test.of(.unlabelledF1)), .missing,
      ], mark: "probe")
    let rows = findings.baselines.flatMap { baseline -> [Table.Row] in
      let isMean = baseline.members.count > 1 && baseline.kind != .shape
      let size = isMean ? ", mean of \(baseline.members.count)" : ""
      let mean = Table.Row([
        .text(baseline.name), .text(baseline.kind.meaning + size), .init(baseline.test.of(.f1)),
        .init(baseline.test.of(.unlabelledF1)), .init(baseline.difference),
      ])
      guard baseline.members.count > 1 else { return [mean] }
      return [mean]
        + baseline.members.map { member in
          Table.Row([
            .text(baseline.kind == .shape ? member.name : "\(baseline.name): \(member.name)"),
            .text("one of them"), .init(member.test), .missing,
            .missing,
          ])
        }
    }
    return Table(
      "Paired differences of the best layer over every competitor",
      columns: [
        .init("Reads"), .init("What it is"), .init("F1", detail: "95% interval"),
        .init("F1 of shapes", detail: "95% interval"), .init("Probe minus this", detail: "F1, paired"),
      ], rows: [first] + rows,
      note: RichText(
        Self.intervalNote + " A mean is over seeds, whose spread is no part of its interval."))
  }

  // MARK: Other models

  var models: Section? {
    guard !findings.models.isEmpty else { return nil }
    let sweeps = [("this model", findings.layers)] + findings.models.map { ($0.name, $0.layers) }
    let last = sweeps.flatMap { $0.1 }.compactMap { $0.point.layer }.max() ?? 0
    let chart = CurveChart(
      "F1 by block, model by model", summary: "Each on its own snippets; depths differ between models.",
      positionTitle: "Block", positions: (0...last).map { String($0) },
      valueTitle: "F1, mean over test snippets",
      unit: .plain,
      series: sweeps.map { name, layers in
        .init(
          name,
          points: (0...last).map { block in
            layers.first { $0.point.layer == block }?.test.of(.f1).map { Estimate($0) }
          })
      })
    return Section(
      id: id("models"), title: "Other models on the same snippets",
      summary: "Each model is read at the layer that its own validation part chose.",
      blocks: [.curve(chart), .table(modelTable)])
  }

  private var modelTable: Table {
    let rows = findings.models.map { model in
      let best = model.layers.indices.contains(model.best) ? model.layers[model.best] : nil
      return Table.Row([
        .text(model.name), .text(model.model), best.map { .code($0.point.name) } ?? .missing,
        .init(best?.test.of(.f1)), .init(model.difference), .count(model.shared),
      ])
    }
    return Table(
      "Models at their own best layers",
      columns: [
        .init("Model"), .init("Weights"), .init("Best layer"), .init("F1", detail: "95% interval"),
        .init("This model minus it", detail: "F1, paired"), .init("Shared", detail: "snippets"),
      ], rows: rows,
      note: RichText("The difference is over the test snippets that both models have. " + Self.intervalNote))
  }

  /// Some of all, as a share.
  func share(_ part: Int, of whole: Int) -> Quantity {
    Quantity(whole == 0 ? .nan : Double(part) / Double(whole), unit: .fraction)
  }
}
