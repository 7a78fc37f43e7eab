import ProbeMath
import ProbeModel
import ProbeReport

/// The report sections of an AST-probe study. Parts that were not measured make no section; why is said in the audit.
struct ASTProbeSections {
  let findings: ASTProbeFindings
  let prefix: String

  init(_ findings: ASTProbeFindings, prefix: String) { (self.findings, self.prefix) = (findings, prefix) }

  var all: [Section] {
    [
      layers, competitors, models, ranks, alignments, kinds, lengths, examples, angles, transfer, learning,
      published, audit,
    ].compactMap { $0 }
  }

  func id(_ name: String) -> String { "\(prefix)-\(name)" }

  static let intervalNote = "Intervals: 95%, cluster bootstrap over files; n counts snippets."

  // MARK: Points as positions

  /// Names of points along an axis: block numbers where all blocks are read at one site.
  static func positions(_ points: [HookPoint]) -> (title: String, names: [String]) {
    let sites = Set(points.filter { $0.layer != nil }.map { $0.site.rawValue })
    guard sites.count == 1, let site = sites.first else { return ("Hook point", points.map(\.shortName)) }
    return ("Block (\(site))", points.map { point in point.layer.map { String($0) } ?? point.shortName })
  }

  // MARK: Over layers

  private var layers: Section? {
    guard let best = findings.bestLayer else { return nil }
    let audit = findings.audit
    return Section(
      id: id("layers"), title: "F1 over layers",
      summary: """
        One fit a layer, \(findings.settings.rank) dimensions each, on \(audit.train) training snippets. The validation \
        part (\(audit.validation) snippets) chose \(best.point.name); every interval is of \(audit.test) test snippets in \
        \(audit.testGroups) files, which chose nothing.
        """,
      blocks: [.curve(curve), .table(layerTable)]
        + (findings.test.isEmpty ? [] : [.table(metricTable(best.point))]))
  }

  private var curve: CurveChart {
    let positions = Self.positions(findings.layers.map(\.point))
    func series(_ name: String, _ metric: TreeMetric) -> CurveChart.Series? {
      let points = findings.layers.map { $0.test.of(metric).map { Estimate($0) } }
      return points.contains { $0 != nil } ? .init(name, points: points) : nil
    }
    return CurveChart(
      "F1 of predicted trees over layers",
      summary:
        "Labelled: kind and leaves right; shapes: leaves right. Levels: competitors that read no layer of this model, or an untrained one.",
      positionTitle: positions.title, positions: positions.names, valueTitle: "F1, mean over test snippets",
      unit: .plain,
      series: [series("labelled", .f1), series("shapes", .unlabelledF1)].compactMap { $0 },
      references: findings.baselines.compactMap { baseline in
        baseline.test.of(.f1)?.value.map { ReferenceLine(baseline.name, $0) }
      },
      mark: .init(findings.best, label: "chosen on validation"))
  }

  private var layerTable: Table {
    Table(
      "The fit of every layer",
      columns: [
        .init("Hook point"), .init("F1, validation", detail: "chose the layer"),
        .init("F1", detail: "test, 95% interval"), .init("F1 of shapes", detail: "test, 95% interval"),
        .init("Epochs", detail: "trained"), .init("Kept", detail: "epoch"), .init("‖BᵀB − I‖"),
      ] + (allConverged ? [] : [.init("Ended")]),
      rows: findings.layers.enumerated().map { index, layer in
        Table.Row(
          [
            .code(layer.point.name), .number(Quantity(layer.validation)), .init(layer.test.of(.f1)),
            .init(layer.test.of(.unlabelledF1)), .count(layer.epochs), .count(layer.bestEpoch + 1),
            .number(Quantity(layer.orthogonality)),
          ] + (allConverged ? [] : [.text(layer.isConverged ? "converged" : "at the limit")]),
          mark: index == findings.best ? "chosen" : nil)
      }, note: RichText(Self.intervalNote + (allConverged ? " Every fit converged." : "")))
  }

  private var allConverged: Bool { findings.layers.allSatisfy(\.isConverged) }

  private func metricTable(_ point: HookPoint) -> Table {
    Table(
      "Every metric at \(point.name)", columns: [.init("Metric"), .init("Test", detail: "95% interval")],
      rows: findings.test.map { Table.Row([.text($0.metric.title), .init($0)]) },
      note: """
        Means over snippets, so mean F1 is not the harmonic mean of mean precision and mean recall. Constituents are \
        counted as multisets, except where it says “membership”, which is how the paper counts. \(Self.intervalNote)
        """)
  }
}

extension TreeMetric {
  /// The name as people write it.
  var title: String {
    switch self {
    case .precision: "Precision"
    case .recall: "Recall"
    case .f1: "F1"
    case .unlabelledPrecision: "Precision of shapes"
    case .unlabelledRecall: "Recall of shapes"
    case .unlabelledF1: "F1 of shapes"
    case .membershipPrecision: "Precision, membership"
    case .membershipRecall: "Recall, membership"
    case .membershipF1: "F1, membership"
    case .exact: "Whole tree right"
    case .labelAccuracy: "Labels of gaps right"
    case .unaryAccuracy: "Unary labels right"
    case .pairAccuracy: "Pairs of gaps in order"
    case .pairAccuracyWithMargin: "Pairs of gaps in order, margin 1"
    }
  }
}
