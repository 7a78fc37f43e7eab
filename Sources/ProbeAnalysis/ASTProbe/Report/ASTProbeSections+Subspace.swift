import ProbeModel
import ProbeReport

/// The subspace itself: how large, how alike between layers, from elsewhere, and how it was fitted.
extension ASTProbeSections {
  // MARK: Rank

  var ranks: Section? {
    guard let found = findings.ranks.value, let best = findings.bestLayer, !found.cells.isEmpty else {
      return nil
    }
    let ranks = Set(found.cells.map(\.rank) + [findings.settings.rank]).sorted()
    let points = findings.layers.map(\.point)
    let positions = Self.positions(points)
    func cell(_ point: HookPoint, _ rank: Int) -> ASTProbeFindings.RankSearch.Cell? {
      found.cells.first { $0.point == point && $0.rank == rank }
    }
    // The sweep over layers is a column of the map, whether the search came by it or not.
    func value(_ layer: ASTProbeFindings.Layer, _ rank: Int) -> Double? {
      cell(layer.point, rank)?.test.value
        ?? (rank == findings.settings.rank ? layer.test.of(.f1)?.value : nil)
    }
    let mark = points.firstIndex(of: best.point).flatMap { row in
      ranks.firstIndex(of: found.smallest).map { column in
        HeatMap.Mark(row: row, column: column, label: "smallest sufficient rank, \(found.smallest)")
      }
    }
    let map = HeatMap(
      "F1 over layers and ranks",
      summary:
        "Test snippets. The search does not try every rank at every layer: crossed cells were not measured.",
      rowTitle: positions.title, rows: positions.names, columnTitle: "rank of the subspace",
      columns: ranks.map { String($0) }, valueTitle: "F1 on test snippets", unit: .plain,
      values: findings.layers.map { layer in ranks.map { value(layer, $0) } }, mark: mark)
    let rows = ranks.compactMap { rank in
      cell(best.point, rank).map { found in
        Table.Row([.count(rank), .number(Quantity(found.validation)), .init(found.test)])
      }
    }
    return Section(
      id: id("ranks"), title: "How large must the subspace be?",
      summary: """
        At \(best.point.name) rank \(found.best) has the best validation F1, with a standard error of \
        \(Quantity(found.standardError).text) over files; rank \(found.smallest) is the smallest within one of it, and \
        has F1 \(Estimate(found.test).text) on \(found.test.snippets) test snippets.
        """,
      blocks: [.heatMap(map)]
        + (rows.isEmpty
          ? []
          : [
            .table(
              Table(
                "Ranks at \(best.point.name)",
                columns: [
                  .init("Rank"), .init("F1, validation", detail: "chose the rank"),
                  .init("F1", detail: "test, 95% interval"),
                ], rows: rows, note: RichText(Self.intervalNote)))
          ]))
  }

  // MARK: Angles

  var angles: Section? {
    guard let found = findings.angles.value, !found.points.isEmpty else { return nil }
    let positions = Self.positions(found.points)
    let random = Quantity(found.random, unit: .symbol("°"), digits: 1).text
    return Section(
      id: id("angles"), title: "Do layers share one subspace?",
      summary: "0° is the same subspace; random subspaces of this rank are \(random) apart in the mean.",
      blocks: [
        .heatMap(
          HeatMap(
            "Mean principal angle between the subspaces of layers",
            summary: "Dark is alike. Angles well below \(random) mean directions in common.",
            rowTitle: positions.title, rows: positions.names, columnTitle: positions.title,
            columns: positions.names, valueTitle: "Mean principal angle", unit: .symbol("°"), digits: 0,
            values: found.means, range: 0...90))
      ])
  }

  // MARK: Transfer

  var transfer: Section? {
    guard let found = findings.transfer.value else { return nil }
    func degrees(_ value: Double) -> Table.Cell { .number(Quantity(value, unit: .symbol("°"), digits: 1)) }
    return Section(
      id: id("transfer"), title: "A subspace from elsewhere",
      summary: """
        The subspace of \(found.source) (\(found.language)) at \(found.point.name) was kept as it is; only the label \
        directions were trained here.
        """,
      blocks: [
        .table(
          Table(
            "The borrowed subspace",
            columns: [
              .init("From"), .init("F1", detail: "95% interval"),
              .init("F1 of shapes", detail: "95% interval"),
              .init("Own minus borrowed", detail: "F1, paired"),
              .init("Mean angle", detail: "to the own one"),
              .init("Largest angle"),
            ],
            rows: [
              Table.Row([
                .text(found.source), .init(found.test.of(.f1)), .init(found.test.of(.unlabelledF1)),
                .init(found.difference), degrees(found.angles.mean), degrees(found.angles.largest),
              ])
            ], note: RichText(Self.intervalNote)))
      ])
  }

  // MARK: Fit

  var learning: Section? {
    guard !findings.learning.isEmpty, let best = findings.bestLayer else { return nil }
    func series(_ name: String, _ loss: (SyntacticFit.Epoch) -> Double) -> ScatterChart.Series {
      .init(
        name,
        points: findings.learning.enumerated().map { index, epoch in
          // A loss of a given set is exact: it has no interval.
          .init(
            Double(index + 1),
            Estimate(loss(epoch), lower: .nan, upper: .nan, n: findings.audit.train, unit: .plain))
        })
    }
    let ended =
      best.isConverged
      ? "Training ended because the validation loss no longer fell" : "Training ended at the limit of epochs"
    let chart = ScatterChart(
      "Loss by epoch at \(best.point.name)",
      summary:
        "Ranking hinge of heights plus cross-entropies of both labels, without the orthogonality term.",
      x: .init("Epoch", unit: .plain, digits: 0), y: .init("Loss", unit: .plain),
      series: [series("validation") { $0.validation }, series("training") { $0.train }],
      mark: .init(Double(best.bestEpoch + 1), label: "kept: epoch \(best.bestEpoch + 1)"))
    return Section(
      id: id("learning"), title: "Did the fit converge?",
      summary: """
        \(ended), after \(best.epochs) epochs; the parameters of epoch \(best.bestEpoch + 1) were kept. ‖BᵀB − I‖ is \
        \(Quantity(best.orthogonality).text) (below 0.05 is orthonormal enough).
        """,
      blocks: [.scatter(chart)] + (findings.settings.tried.isEmpty ? [] : [.table(tuning)]))
  }

  private var tuning: Table {
    let settings = findings.settings
    return Table(
      "Scale and rate, chosen at \(settings.tunedAt.name)",
      columns: [.init("Scale"), .init("Rate of Adam"), .init("F1, validation", detail: "chose both")],
      rows: settings.tried.map { tried in
        Table.Row(
          [
            .number(Quantity(tried.scale, digits: 2)), .number(Quantity(tried.rate, digits: 5)),
            .number(Quantity(tried.validation)),
          ], mark: tried.scale == settings.scale && tried.rate == settings.rate ? "chosen" : nil)
      },
      note: """
        Vectors are moved by the training mean and divided by one number, so that their root mean square is the scale: \
        the hinge's margin of 1 is measured against it.
        """)
  }
}
