import Foundation
import ProbeMath
import ProbeReport

/// What else is known of the chosen point.
extension LinearProbeSections {
  var company: [Section] {
    let parts = [calibration, code, learning, similarity, families, widths, erasure, causal].compactMap { $0 }
    guard !absences.isEmpty else { return parts }
    return parts + [
      Section(
        id: "\(prefix)-absent", title: "\(label): not measured",
        summary: "What is usually here, and why it is not.",
        blocks: [
          .table(
            Table(
              "Left out of \(label)", columns: [.init("What"), .init("Why")],
              rows: absences.map { Table.Row([.text($0.name), .text($0.reason)]) }))
        ])
    ]
  }

  private var absences: [(name: String, reason: String)] {
    let company = question.company
    return [
      ("calibration", company.calibration.reason), ("code length", company.code.reason),
      ("learning curve", company.learning.reason), ("similarity split", company.similarity.reason),
      ("other probes", company.families.reason), ("erasure", company.erasure.reason),
      ("causal column", company.causal.reason),
    ].compactMap { name, reason in reason.map { (name, $0) } }
  }

  private var point: String { best.point.shortName }

  // MARK: Calibration

  private var calibration: Section? {
    guard let found = question.company.calibration.value else { return nil }
    let bins = found.bins.map { bin in
      ScatterChart.Point(
        bin.meanPredicted,
        Estimate(bin.observed, lower: bin.interval.lower, upper: bin.interval.upper, n: bin.count),
        count: bin.count)
    }
    let stated =
      question.classes.count == 2
      ? "probability of \(question.classes[1])" : "probability of the predicted class"
    let error = Estimate(
      found.error.value ?? .nan, lower: found.error.lower ?? .nan, upper: found.error.upper ?? .nan,
      n: found.error.n, unit: .plain)
    return Section(
      id: "\(prefix)-calibration", title: "\(label): calibration",
      summary: """
        Expected calibration error \(error); a perfectly calibrated probe would show \
        \(Quantity(found.errorIfCalibrated).text) on as many items by chance alone.
        """,
      blocks: [
        .scatter(
          ScatterChart(
            "Stated and observed, \(label)",
            summary: "Bins of equally many test items; on the diagonal, words mean what they say.",
            x: .init("Stated \(stated)"), y: .init("Observed share"),
            series: [.init("bins", points: bins)], diagonal: "perfectly calibrated"))
      ])
  }

  // MARK: Code length

  private var code: Section? {
    guard let found = question.company.code.value else { return nil }
    func row(_ name: String, _ code: OnlineCode.Code) -> Table.Row {
      Table.Row([
        .text(name), .number(Quantity(code.bits, unit: .symbol("bits"), digits: 0)),
        .number(Quantity(code.spread, unit: .symbol("bits"), digits: 0)),
        .number(Quantity(code.labelBits, unit: .symbol("bits"), digits: 0)),
        .number(Quantity(code.compression, digits: 2)),
      ])
    }
    let control = question.control.value == nil ? "shuffled labels" : "control task"
    let sampled =
      found.items < found.availableItems
      ? " \(found.items) of \(found.availableItems) items, drawn by whole groups." : ""
    return Section(
      id: "\(prefix)-code", title: "\(label): code length",
      summary: """
        The bits needed to send the labels to someone who has the activations, learning on the way (online code). The \
        less, the more readily they can be read.
        """,
      blocks: [
        .table(
          Table(
            "Online code at \(point)",
            columns: [
              .init("Labels"), .init("Code", detail: "mean over orders"),
              .init("Spread", detail: "over orders"),
              .init("n·H(y)", detail: "knowing nothing"), .init("Compression"),
            ], rows: [row(label, found.code)] + (found.control.map { [row(control, $0)] } ?? []),
            note:
              "Voita and Titov (2020). \(found.code.orders.count) orders of groups; blocks hold whole groups.\(sampled)"
          ))
      ])
  }

  // MARK: Learning curve

  private var learning: Section? {
    guard let found = question.company.learning.value else { return nil }
    let chance = 1 / Double(max(question.classes.count, 1))
    let points = found.curve.points.compactMap { point -> ScatterChart.Point? in
      guard let mean = point.accuracy.mean else { return nil }
      let spread = point.accuracy.deviation ?? .nan
      return ScatterChart.Point(
        point.items, Estimate(mean, lower: mean - spread, upper: mean + spread, n: found.curve.testItems))
    }
    var lines: [ScatterChart.Line] = []
    if let fit = found.needed?.fit, fit.objection == nil, let first = points.first, let last = points.last {
      let steps = (0...24).map { first.x * pow(2 * last.x / first.x, Double($0) / 24) }
      lines = [.init("a + b·n^(−c)", corners: steps.map { .init($0, 1 - fit.error(items: $0)) })]
    }
    return Section(
      id: "\(prefix)-learning", title: "\(label): learning curve", summary: RichText(learningText(found)),
      blocks: [
        .scatter(
          ScatterChart(
            "Accuracy over training items, \(label)",
            summary:
              "Whole training groups, drawn anew for each point; whiskers are one standard deviation over draws.",
            x: .init("Training items", unit: .plain, digits: 0, scale: .log2), y: .init("Accuracy"),
            series: [.init("linear probe", points: points)], lines: lines,
            references: [ReferenceLine("chance", chance)]))
      ])
  }

  /// What more data would bring, as far as the curve can tell.
  private func learningText(_ found: ProbeCompany.LearningFindings) -> String {
    guard let needed = found.needed else { return "There is no error left that more data could take away." }
    if let objection = needed.objection {
      return "The curve does not say what more data would bring: \(objection)."
    }
    func count(_ items: Double) -> String { Quantity(items.rounded(), digits: 0).text }
    let wanted = Quantity(needed.target, unit: .fraction).text
    guard let items = needed.items, let lower = needed.lower, let most = found.curve.points.last?.items else {
      return "By the fitted curve it is open whether any amount of data halves the error (\(wanted))."
    }
    return "By the fitted curve, halving the error (\(wanted)) takes about \(count(items)) training items "
      + "[\(count(lower)), \(needed.upper.map(count) ?? "no bound")]; there are \(count(most))."
  }

  // MARK: Interpolation and extrapolation

  private var similarity: Section? {
    guard let found = question.company.similarity.value else { return nil }
    func rows(_ metric: ProbeMetric) -> [IntervalChart.Row] {
      [
        ("random folds", found.random), ("like training (interpolation)", found.interpolation),
        ("unlike training (extrapolation)", found.extrapolation),
      ].map { name, estimates in
        IntervalChart.Row(name, Estimate(estimates.first { $0.metric == metric }))
      }
    }
    let gap = Estimate(difference: found.gap.first { $0.metric == .accuracy } ?? best.test[0])
    let notes = found.notes.isEmpty ? "" : " " + found.notes.joined(separator: "; ") + "."
    return Section(
      id: "\(prefix)-similarity", title: "\(label): like and unlike its training data",
      summary: """
        Items are put into \(found.buckets.count) buckets by the words they share. Tested on a bucket that training never \
        saw, the probe loses \(strong: gap.text) of accuracy against training sets of the same size that saw part of it.\(notes)
        """,
      blocks: [
        .intervals(
          IntervalChart(
            "Accuracy by likeness, \(label)", summary: "Cross-validated over all groups; 95% intervals.",
            valueTitle: "Accuracy", rows: rows(.accuracy),
            references: [ReferenceLine("chance", 1 / Double(max(question.classes.count, 1)))]))
      ])
  }

  // MARK: Other probes

  private var families: Section? {
    guard let found = question.company.families.value else { return nil }
    let rows = found.map { family in
      Table.Row(
        [.code(family.family)]
          + [ProbeMetric.accuracy, .auroc].map { metric in
            family.test.first { $0.metric == metric }.map { .estimate(Estimate($0)) } ?? .missing
          } + [
            family.difference.first { $0.metric == .accuracy }.map { .estimate(Estimate(difference: $0)) }
              ?? .missing,
            .text(family.diagnostics.joined(separator: "; ")),
          ])
    }
    return Section(
      id: "\(prefix)-families", title: "\(label): other probes",
      summary: """
        Other read-outs of \(code: best.point.name), fitted on the same training groups. Where a non-linear one is clearly \
        better, the label is there, but not linearly.
        """,
      blocks: [
        .table(
          Table(
            "Kinds of probe at \(point)",
            columns: [
              .init("Probe"), .init("Accuracy"), .init("AUROC"),
              .init("Logistic minus this", detail: "accuracy, paired"), .init("Notes"),
            ], rows: rows))
      ])
  }

  // MARK: Layer × width

  private var widths: Section? {
    let curves = question.layers.compactMap { $0.widths }
    guard let widest = curves.map({ $0.widths }).max(by: { $0.count < $1.count }) else { return nil }
    let values = question.layers.map { layer in
      widest.indices.map { place in
        layer.widths.flatMap { $0.accuracy.indices.contains(place) ? $0.accuracy[place] : nil }
      }
    }
    let grid = WidthGrid(points: positions, curves: curves)
    return Section(
      id: "\(prefix)-widths", title: "\(label): how early, in how few dimensions",
      summary: RichText(widthText(grid)),
      blocks: [
        .heatMap(
          HeatMap(
            "Accuracy of \(label) over layer and width",
            summary:
              "Ridge probes on the leading principal components of the training part's activations; test groups.",
            rowTitle: layersTitle, rows: positions, columnTitle: "Principal components kept",
            columns: widest.map { "\($0)" }, valueTitle: "Accuracy", values: values))
      ])
  }

  private func widthText(_ grid: WidthGrid) -> String {
    guard let curve = best.widths, let full = curve.widths.last else { return "" }
    let few = curve.smallestWidth()
    return
      "At \(best.point.name), \(few) of \(full) principal components come within one point of the accuracy of all "
      + "of them. The mean over points of the area under accuracy, widths on a logarithmic scale, is "
      + "\(Quantity(grid.area).text)."
  }

  // MARK: Erasure

  private var erasure: Section? {
    guard let found = question.company.erasure.value else { return nil }
    func rows(_ name: String, _ refitted: ErasureCheck.Refitted) -> [Table.Row] {
      [("before", refitted.before), ("after", refitted.after)].map { when, estimates in
        Table.Row(
          [.text("\(name), \(when)")]
            + ErasureCheck.metrics.map { metric in
              estimates.first { $0.metric == .ofClasses(metric) }.map { .estimate(Estimate($0)) } ?? .missing
            })
      }
    }
    let scale = Quantity(found.featuresPerItem, digits: 2).text
    return Section(
      id: "\(prefix)-erasure", title: "\(label): erased",
      summary: """
        Least-squares concept erasure (LEACE) fitted on one third of the groups, probes refitted on another and tested on \
        the third. On the data that fitted it, erasure leaves no covariance between activations and label; on fresh data a \
        refit stays above chance by an amount of the order d/n, here \(scale).
        """,
      blocks: [
        .table(
          Table(
            "Probes refitted at \(point)",
            columns: [.init("Probe"), .init("Accuracy"), .init("AUROC")],
            rows: rows("linear", found.linear)
              + (found.other.map { rows("perceptron, one layer", $0) } ?? []),
            note: "Rank \(found.rank). The guarantee is linear: a perceptron may still find what was erased.")
        )
      ])
  }
}
