import ProbeReport

/// A report like the ones users get: a 30-layer probe curve, baselines, per-layer results, confusion
/// matrices. The numbers are made up by closed formulas.
enum SampleReport {
  static let layerCount = 30
  static let groups = 428

  static func accuracy(_ layer: Int) -> Estimate {
    let t = Double(layer) / 29
    let rise = 1 / (1 + pow2(-(t - 0.42) * 16))
    let value = 0.502 + 0.371 * rise - 0.09 * t * t * t + 0.006 * wobble(layer)
    return Estimate(
      value, lower: value - 0.034, upper: value + 0.031, n: groups, chance: 0.5, control: control(layer).value
    )
  }

  static func control(_ layer: Int) -> Estimate {
    let value = 0.506 + 0.012 * wobble(layer * 7 + 3)
    return Estimate(value, lower: value - 0.037, upper: value + 0.037, n: groups, chance: 0.5)
  }

  static func randomInit(_ layer: Int) -> Estimate? {
    if layer == 11 { return nil }
    let value = 0.547 + 0.01 * wobble(layer * 3 + 1)
    return Estimate(value, lower: value - 0.036, upper: value + 0.036, n: groups, chance: 0.5)
  }

  /// 2^x without a mathematics library: good enough for a picture.
  private static func pow2(_ x: Double) -> Double {
    let whole = x.rounded(.down)
    let rest = x - whole
    return Double(sign: .plus, exponent: Int(whole), significand: 1) * (1 + rest * (0.6565 + rest * 0.3435))
  }

  private static func wobble(_ seed: Int) -> Double {
    let state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12_345)
    return Double((state >> 13) % 2_001) / 1_000 - 1
  }

  static var curve: CurveChart {
    let layers = 0..<layerCount
    return CurveChart(
      "Accuracy over layers",
      summary:
        "The probe rises from chance in the middle third and peaks at layer 21; the control task stays flat.",
      positionTitle: "Layer (blocks.*.hook_resid_post)", positions: layers.map { String($0) },
      valueTitle: "Accuracy on test groups, 95% interval",
      series: [
        .init("linear probe", points: layers.map { accuracy($0) }),
        .init("control task", points: layers.map { control($0) }),
        .init("random weights", points: layers.map { randomInit($0) }),
      ],
      references: [ReferenceLine("chance", 0.5), ReferenceLine("log-probability", 0.871)],
      mark: .init(21, label: "layer 21, chosen on validation groups"))
  }

  static var baselines: IntervalChart {
    func row(_ label: String, _ value: Double, _ half: Double, control: Double? = nil, leading: Bool = false)
      -> IntervalChart.Row
    {
      let estimate = Estimate(
        value, lower: value - half, upper: value + half, n: groups, chance: 0.5, control: control)
      return .init(label, estimate, isEmphasized: leading)
    }
    return IntervalChart(
      "The probe beside its baselines",
      summary: "Bag of tokens is at chance by construction; the text's log-probability is not.",
      valueTitle: "Accuracy on test groups, 95% interval",
      rows: [
        row("linear probe, layer 21", 0.873, 0.032, control: 0.512, leading: true),
        row("log-probability of the text", 0.871, 0.033), row("probe + log-probability", 0.902, 0.027),
        row("random weights, 3 seeds", 0.551, 0.037), row("bag of tokens", 0.5, 0),
        .init("mean embedding of the whole sentence", nil), row("majority class", 0.512, 0.0),
      ],
      references: [ReferenceLine("chance", 0.5), ReferenceLine("majority", 0.512)])
  }

  static var table: Table {
    let rows = stride(from: 0, to: layerCount, by: 1).map { layer in
      Table.Row(
        [
          .count(layer), .code("blocks.\(layer).hook_resid_post"), .estimate(accuracy(layer)),
          .number(Quantity(accuracy(layer).value + 0.06)), .number(Quantity(layer < 8 ? 0.412 : 0.001)),
          .count(1_024 + layer * 311),
        ], mark: layer == 21 ? "chosen" : nil)
    }
    return Table(
      "Every layer, test groups",
      columns: [
        .init("Layer"), .init("Hook point"), .init("Accuracy", detail: "95% interval"), .init("AUROC"),
        .init("p", detail: "max-T, 999 permutations"), .init("Iterations"),
      ], rows: rows, note: "p-values are adjusted over all 30 layers (Westfall–Young).")
  }

  /// Accuracy over layers and components kept; one cell could not be measured.
  static var heatMap: HeatMap {
    let widths = (0...9).map { 1 << $0 } + [576]
    let values = (0..<layerCount).map { layer in
      widths.enumerated().map { index, _ -> Double? in
        if layer == 0 && index > 8 { return nil }
        let best = accuracy(layer).value
        return 0.5 + (best - 0.5) * min(1, Double(index) / 7) + 0.008 * wobble(layer * 31 + index)
      }
    }
    return HeatMap(
      "How early, and in how few dimensions?",
      summary: "Seven doublings, 128 components, are enough from layer 16 on.",
      rowTitle: "Layer", rows: (0..<layerCount).map { String($0) }, columnTitle: "principal components kept",
      columns: widths.map { String($0) }, valueTitle: "Accuracy on test groups", values: values,
      range: 0.5...0.875, mark: .init(row: 21, column: 7, label: "layer 21 in 128 dimensions, chosen"))
  }

  static var reliability: ScatterChart {
    let counts = [812, 301, 144, 98, 77, 81, 120, 188, 402, 1_240]
    let points = counts.indices.map { bin in
      let predicted = (Double(bin) + 0.5) / 10
      let observed = 0.5 + (predicted - 0.5) * 0.72 + 0.02 * wobble(bin)
      let half = 0.9 / Double(counts[bin]).squareRoot()
      let estimate = Estimate(
        observed, lower: max(0, observed - half), upper: min(1, observed + half), n: counts[bin])
      return ScatterChart.Point(predicted, estimate, count: counts[bin])
    }
    return ScatterChart(
      "Reliability", summary: "The probe is too sure of itself at both ends.",
      x: .init("Predicted probability of “true”"), y: .init("Observed share, 95% interval"),
      series: [.init("linear probe", points: points)], diagonal: "perfect calibration")
  }

  static var learningCurve: ScatterChart {
    let sizes = [24, 48, 96, 192, 384, 744]
    func fitted(_ step: Double) -> Double { 0.905 - 0.4 / (1 + step) }
    let points = sizes.enumerated().map { index, size in
      let value = fitted(Double(index)) + 0.01 * wobble(index)
      let half = 0.09 / (1 + Double(index) * 0.4)
      return ScatterChart.Point(
        Double(size), Estimate(value, lower: value - half, upper: value + half, n: groups))
    }
    let corners = stride(from: 0.0, through: 7, by: 0.25).map {
      ScatterChart.Line.Corner(24 * pow2($0), fitted($0))
    }
    return ScatterChart(
      "Learning curve", summary: "The target is reached with about four times the examples.",
      x: .init("Training items", unit: .plain, digits: 0, scale: .log2),
      y: .init("Accuracy on test groups, 95% interval"), series: [.init("linear probe", points: points)],
      lines: [.init("fit, a − b·n^−c", corners: corners)],
      references: [ReferenceLine("target", 0.85), ReferenceLine("chance", 0.5)],
      mark: .init(2_900, label: "about 2,900 items reach 85%"))
  }

  /// `def maximum(a, b): …` as it is, and with one constituent too few and one too many.
  static var trees: TreeChart {
    let leaves = [
      "def", "maximum", "(", "a", ",", "b", ")", ":", "if", "a", ">", "b", ":", "return", "a", "return", "b",
    ]
    func nodes(_ spans: [(String, Range<Int>, TreeChart.Status)]) -> [TreeChart.Node] {
      spans.map { .init($0.0, leaves: $0.1, status: $0.2) }
    }
    let gold = nodes([
      ("module", 0..<17, .matched), ("function_definition", 0..<17, .matched),
      ("parameters", 2..<7, .matched),
      ("block", 8..<17, .matched), ("if_statement", 8..<15, .missed),
      ("comparison_operator", 9..<12, .matched),
      ("block", 13..<15, .matched), ("return_statement", 13..<15, .matched),
      ("return_statement", 15..<17, .matched),
    ])
    let predicted = nodes([
      ("module", 0..<17, .matched), ("function_definition", 0..<17, .matched),
      ("parameters", 2..<7, .matched),
      ("block", 8..<17, .matched), ("if_statement", 8..<17, .wrong),
      ("comparison_operator", 9..<12, .matched),
      ("block", 13..<15, .matched), ("return_statement", 13..<15, .matched),
      ("return_statement", 15..<17, .matched),
    ])
    return TreeChart(
      "maximum(a, b)", summary: "The prediction ends the if statement two leaves too late.", leaves: leaves,
      trees: [.init("gold", nodes: gold), .init("predicted", nodes: predicted)])
  }

  static var report: Report {
    Report(
      title: "Does the residual stream know which capital is right?",
      question: "Can a linear probe on the last token tell “The capital of X is Y.” from its false twin?",
      verdict: Verdict(
        .holds,
        headline:
          "Yes: at layer 21 a linear probe tells true from false capitals in 87.3% of held-out sentences, "
          + "as well as the text’s own log-probability does.",
        figures: [
          Figure(
            "Accuracy on held-out groups",
            Estimate(0.873, lower: 0.839, upper: 0.904, n: groups, chance: 0.5, control: 0.512),
            detail: "linear probe, layer 21"),
          Figure(
            "AUROC", Estimate(0.934, lower: 0.911, upper: 0.953, n: groups, chance: 0.5, unit: .plain),
            detail: "same probe, same groups"),
          Figure("Chosen on validation", text: "blocks.21.hook_resid_post", detail: "24 of 25 folds agree"),
        ]),
      warnings: [
        Warning(
          "Log-probability does as well",
          detail:
            "The text’s log-probability alone scores 87.1% [83.8, 90.4]: a truth probe must say what it adds."
        ),
        Warning(
          "Norm outliers", detail: "Position 0 has 126 times the median residual norm; its rows are left out."
        ),
      ],
      sections: [
        Section(
          id: "truth-probe", title: "The probe over layers",
          summary: "A logistic regression per layer, strength and layer chosen on validation groups.",
          blocks: [
            .paragraph(
              """
              Each sentence is read at its last token \(token: ".") from \(code: "blocks.*.hook_resid_post"). \
              Groups are closed sets of countries whose capitals were swapped, so that \
              \(emphasis: "no capital") tells the label by itself.
              """
            ), .curve(curve), .table(table),
          ]),
        Section(
          id: "baselines", title: "What else could explain it",
          summary: "Everything cheaper than a probe, on the same groups.",
          blocks: [
            .intervals(baselines),
            .callout(
              Callout(
                .caution, title: "What this does not show",
                "A probe that reads truth is not a model that uses it. \(code: "probe run") intervenes."
              )),
            .callout(
              Callout(.note, "The control task’s training accuracy is 99.1%: it could have memorised.")),
          ]),
        Section(
          id: "errors", title: "Where it errs",
          blocks: [
            .confusion(
              ConfusionMatrix(
                "Linear probe, layer 21", summary: "Errors fall on both sides.", classes: ["true", "false"],
                counts: [[188, 26], [28, 186]])),
            .confusion(
              ConfusionMatrix(
                "Negated sentences", summary: "“… is not …” turns many answers round.",
                classes: ["true", "false"],
                counts: [[97, 117], [103, 111]])),
            .confusion(
              ConfusionMatrix(
                "Region of the country", summary: "A second label, for comparison.",
                classes: ["Africa", "Americas", "Asia", "Europe", "Oceania"],
                counts: [
                  [98, 2, 6, 2, 0], [3, 61, 1, 4, 1], [9, 1, 82, 4, 0], [1, 2, 5, 80, 0], [2, 3, 4, 1, 18],
                ])),
          ]),
        Section(
          id: "width", title: "How early, and in how few dimensions?", blocks: [.heatMap(heatMap)]),
        Section(
          id: "trust", title: "How far to trust it", blocks: [.scatter(reliability), .scatter(learningCurve)]),
        Section(id: "trees", title: "Where the tree is wrong", blocks: [.trees(trees)]),
        Section(
          id: "settings", title: "Settings",
          blocks: [
            .keyValues([
              Fact("Solver", "L-BFGS, tolerance 1e-6"), Fact("Folds", "5 × 5, by group"),
              Fact("Strengths tried", "0.001, 0.01, 0.1, 1, 10"),
            ])
          ]),
      ],
      provenance: [
        Fact("Model", "SmolLM2-135M-Instruct, GGUF v3, Q4_1"),
        Fact("Model weights (SHA-256)", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        Fact("Corpus (SHA-256)", "9ae34ac314a7170be24998a0f994c1ac80761d8d4bd126af27ee53a023d3b849"),
        Fact("Seed", "7"), Fact("Kernels", "OpenBLAS 0.3.21 Cooperlake, 1 thread"),
      ],
      reproduce: [
        "probe capture Probes/capitals-truth.yaml", "probe analyze Probes/capitals-truth.yaml --out Reports",
      ])
  }
}
