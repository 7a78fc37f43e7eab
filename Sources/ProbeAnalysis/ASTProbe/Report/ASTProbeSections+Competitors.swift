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
        .text("this probe"), .text("the fitted subspace"), .init(own),
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
    return Section(
      id: id("models"), title: "Other models on the same snippets",
      summary: "Each model is read at the layer that its own validation part chose.",
      blocks: findings.models.map { .curve(curve($0)) } + [.table(modelTable)])
  }

  private func curve(_ model: ASTProbeFindings.ModelSweep) -> CurveChart {
    let own = findings.bestLayer?.test.of(.f1)?.value
    return CurveChart(
      "F1 over layers of \(model.name)", summary: "On the same corpus; the level is this study's best layer.",
      positionTitle: "Block",
      positions: model.layers.map { $0.point.layer.map(String.init) ?? $0.point.name },
      valueTitle: "F1, mean over test snippets", unit: .plain,
      series: [.init(model.name, points: model.layers.map { $0.test.of(.f1).map { Estimate($0) } })],
      references: own.map { [ReferenceLine("this study", $0)] } ?? [])
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
