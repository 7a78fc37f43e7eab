import ProbeReport

/// Reports whose every text is the same hostile string.
enum HostileReport {
  static let strings: [String] = [
    "<script>alert(1)</script>", "</style><script>x</script>", "</title><img src=x onerror=alert(1)>",
    "\" onload=\"alert(1)", "' onfocus='alert(1)", "javascript:alert(1)", "<!-- --!> ]]> <![CDATA[",
    "&lt;b&gt; &#60;",
    "a\u{202E}cba\u{202C} \u{2066}x\u{2069}", "zero\u{200B}width\u{FEFF}\u{200D}",
    "\u{1B}[31mred\u{1B}[0m\u{7}",
    "nul\u{0}\u{0}\u{0}\u{1}\u{85}", "line\u{2028}sep\u{2029}\r\n\t",
    "a" + String(repeating: "\u{301}", count: 60),
    "\u{338}starts with a mark", "\u{FFFE}\u{FFFF}\u{E0041}\u{AD}", "", "עברית العربية 日本語 👩‍👩‍👧",
    "https://evil.example/x.png", "<a href=\"https://evil.example\">",
  ]

  static func report(_ s: String) -> Report {
    let estimate = Estimate(0.7, lower: 0.6, upper: 0.8, n: 10, chance: 0.5, control: 0.5, unit: .symbol(s))
    let spans: [RichText.Span] = [.text(s), .strong(s), .emphasis(s), .code(s), .token(s)]
    return Report(
      title: s, question: s,
      verdict: Verdict(.fails, headline: s, figures: [Figure(s, estimate, detail: s), Figure(s, text: s)]),
      warnings: [Warning(s, detail: s)],
      sections: [
        Section(
          id: s, title: s, summary: RichText(spans),
          blocks: [
            .paragraph(RichText(spans)), .callout(Callout(.problem, title: s, RichText(spans))),
            .table(
              Table(
                s, columns: [.init(s, detail: s), .init(s), .init(s)],
                rows: [.init([.text(s), .code(s), .token(s)], mark: s), .init([.estimate(estimate)])],
                note: RichText(s))),
            .curve(
              CurveChart(
                s, summary: s, positionTitle: s, positions: [s, s], valueTitle: s, unit: .symbol(s),
                series: [.init(s, points: [estimate, nil])], references: [ReferenceLine(s, 0.5)],
                mark: .init(0, label: s))),
            .intervals(
              IntervalChart(
                s, summary: s, valueTitle: s, unit: .symbol(s), rows: [.init(s, estimate)],
                references: [ReferenceLine(s, 0.5)])),
            .confusion(ConfusionMatrix(s, summary: s, classes: [s, s], counts: [[1, 2], [3, 4]])),
            .heatMap(
              HeatMap(
                s, summary: s, rowTitle: s, rows: [s, s], columnTitle: s, columns: [s, s], valueTitle: s,
                unit: .symbol(s), values: [[1, nil], [3, 4]], mark: .init(row: 0, column: 1, label: s))),
            .scatter(
              ScatterChart(
                s, summary: s, x: .init(s, unit: .symbol(s)), y: .init(s, unit: .symbol(s)),
                series: [.init(s, points: [.init(1, estimate, count: 3)])],
                lines: [.init(s, corners: [.init(0, 0), .init(1, 1)])], references: [ReferenceLine(s, 0.5)],
                diagonal: s, mark: .init(1, label: s))),
            .trees(
              TreeChart(
                s, summary: s, leaves: [s, s, s],
                trees: [
                  .init(s, nodes: [.init(s, leaves: 0..<3, status: .missed), .init(s, leaves: 0..<1)]),
                  .init(s, nodes: [.init(s, leaves: 0..<3, status: .wrong), .init(s, leaves: 1..<3)]),
                ])),
            .keyValues([Fact(s, s)]), .code(CodeListing(s, s)),
          ]), Section(id: s, title: s, blocks: []),
      ],
      provenance: [Fact(s, s)], reproduce: [s])
  }
}
