import Testing

@testable import ProbeReport

struct ChartTests {
  /// Images of a page with the table that follows each.
  private func imagesAndTables(_ report: Report) throws -> [(MarkupReader.Element, MarkupReader.Element?)] {
    try SampleReport.imagesAndTables(report)
  }

  @Test func everyImageIsNamedDescribedAndFollowedByATable() throws {
    let elements = try MarkupReader(SampleReport.report.html()).elements
    var images = 0
    for (index, image) in elements.enumerated()
    where image.name == "svg" && image.attributes["aria-hidden"] == nil {
      images += 1
      let id = try #require(image.attributes["id"])
      #expect(image.attributes["role"] == "img" && image.attributes["viewBox"] != nil)
      #expect(image.attributes["aria-labelledby"] == "\(id)-title \(id)-desc")
      #expect(elements[index + 1].name == "title" && !elements[index + 1].text.isEmpty)
      #expect(elements[index + 2].name == "desc" && !elements[index + 2].text.isEmpty)
      #expect(elements[index...].contains { $0.name == "table" && $0.path.contains("details") })
    }
    // 2 strips, 2 × curve, 2 × intervals, 2 small matrices, 2 × the large one, 2 × map, 4 × scatter, 2 trees.
    #expect(images == 18)
  }

  @Test func theTableUnderACurveHasEveryNumberOfTheChart() throws {
    let chart = SampleReport.curve
    let report = SampleReport.with(.curve(chart))
    let table = try #require(try imagesAndTables(report).last?.1)
    for estimate in chart.series.flatMap(\.points).compactMap({ $0 }) {
      #expect(table.text.contains(estimate.text))
    }
    #expect(report.html().contains("Levels: chance 50.0%; log-probability 87.1%."))
  }

  @Test func theTableUnderAnIntervalChartHasEveryNumberOfTheChart() throws {
    let chart = SampleReport.baselines
    let (image, table) = try #require(try imagesAndTables(SampleReport.with(.intervals(chart))).last)
    for estimate in chart.rows.compactMap(\.estimate) {
      #expect(image.text.contains(estimate.text))
      #expect(try #require(table).text.contains(estimate.text))
    }
  }

  @Test func negativeDifferencesStandWhole() throws {
    let differences = [
      Estimate(-0.123, lower: -0.151, upper: -0.098, n: 400),
      Estimate(-0.1, lower: -1, upper: -0.025, n: 400),
      Estimate(-12.345, lower: -15.001, upper: -10.25, n: 9, unit: .symbol("bits")),
    ]
    let chart = IntervalChart(
      "D", summary: "S", valueTitle: "Difference", rows: differences.map { .init("probe − baseline", $0) })
    for (image, _) in try imagesAndTables(SampleReport.with(.intervals(chart))) {
      for estimate in differences { #expect(image.text.contains(estimate.text)) }
    }
  }

  @Test func whiskersBeyondAllEndAtTheAxisWithoutAStroke() throws {
    let wide = Estimate(0.98, lower: 0.9, upper: 1.06, n: 9)
    let intervals = IntervalChart("I", summary: "S", valueTitle: "V", rows: [.init("r", wide)])
    let scatter = ScatterChart(
      "C", summary: "S", x: .init("X"), y: .init("Y"), series: [.init("s", points: [.init(1, wide)])])
    for block in [Block.intervals(intervals), .scatter(scatter)] {
      let page = try MarkupReader(SampleReport.with(block).html()).elements
      // In both widths the whisker and its lower stroke.
      #expect(page.filter { ($0.attributes["class"] ?? "").hasPrefix("whisker") }.count == 4)
      #expect(page.contains { $0.name == "text" && $0.text == "100%" })
      #expect(!page.contains { $0.name == "text" && $0.text.hasPrefix("110") })
    }
  }

  @Test func theTableUnderAMatrixHasTheCountsAndTheirTotals() throws {
    let matrix = ConfusionMatrix("M", classes: ["a", "b"], counts: [[3, 1], [2, 4]])
    let (image, _) = try #require(try imagesAndTables(SampleReport.with(.confusion(matrix))).last)
    for text in ["3", "1", "2", "4", "75.0%", "25.0%", "33.3%", "66.7%"] {
      #expect(image.text.contains(text))
    }
    let cells = try MarkupReader(SampleReport.with(.confusion(matrix)).html()).elements.filter {
      $0.name == "td"
    }
    // Rows a and b; then the column totals, all, and 7 of 10 right.
    let expected = ["3", "1", "4", "75.0%", "2", "4", "6", "66.7%", "5", "5", "10", "70.0%"]
    #expect(cells.map(\.text) == expected)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude])
  func aNumberThatIsNotOneDoesNotBreakAChart(_ value: Double) throws {
    let odd = Estimate(value, lower: -value, upper: value, n: 0, chance: value, control: value)
    let good = Estimate(0.7, lower: 0.6, upper: .nan, n: 9)
    for points in [[odd], [good, odd, good], [odd, odd], [nil, good]] {
      let chart = CurveChart(
        "C", summary: "S", positionTitle: "L", positions: points.indices.map { String($0) }, valueTitle: "V",
        series: [.init("s", points: points)], references: [ReferenceLine("r", value)],
        mark: .init(7, label: "m"))
      let rows = points.map { IntervalChart.Row("r", $0) }
      let intervals = IntervalChart("I", summary: "S", valueTitle: "V", rows: rows)
      for block in [Block.curve(chart), .intervals(intervals)] {
        let page = SampleReport.with(block).html()
        let elements = try MarkupReader(page).elements
        for element in elements where element.path.contains("svg") {
          for (name, text) in element.attributes where ["d", "x", "y", "x1", "x2", "y1", "y2"].contains(name)
          {
            #expect(
              !text.lowercased().contains("nan") && !text.lowercased().contains("inf"), "\(name)=\(text)")
          }
        }
        if !value.isFinite { #expect(page.contains("n/a")) }
      }
    }
  }

  @Test func chartsWithoutDataStillRender() throws {
    let empty = CurveChart("C", summary: "", positionTitle: "", positions: [], valueTitle: "", series: [])
    for block in [
      Block.curve(empty), .intervals(IntervalChart("I", summary: "", valueTitle: "", rows: [])),
      .confusion(ConfusionMatrix("M", classes: [], counts: [])),
      .confusion(ConfusionMatrix("M", classes: ["a"], counts: [])),
      .table(Table("T", columns: [], rows: [])),
    ] { _ = try MarkupReader(SampleReport.with(block).html()) }
  }

  @Test func labelsAreMovedApartAndKeepTheirOrder() {
    let wanted = [100.0, 101, 99, 300, 20, 101]
    let places = LabelPlacement.spread(wanted, gap: 18, in: 20...320)
    let sorted = places.sorted()
    // 1e-9: sums of a handful of doubles near 100.
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 >= 18 - 1e-9 })
    #expect(places.allSatisfy { (20...320).contains($0) })
    #expect(places[2] < places[0] && places[0] < places[1])
    #expect(places[3] == 300 && places[4] == 20)
  }

  @Test func positionLabelsNeverTouchAndPreferRoundNumbers() {
    let labels = (0..<30).map { String($0) }
    #expect(LabelPlacement.shown(labels, spacing: 9.6, fontSize: 12) == [0, 5, 10, 15, 20, 25])
    #expect(
      LabelPlacement.shown((1...30).map { String($0) }, spacing: 9.6, fontSize: 12) == [4, 9, 14, 19, 24, 29])
    #expect(LabelPlacement.shown(["a", "b"], spacing: 100, fontSize: 12) == [0, 1])
  }
}

extension SampleReport {
  /// Images of a page with the table that follows each.
  static func imagesAndTables(_ report: Report) throws -> [(MarkupReader.Element, MarkupReader.Element?)] {
    let elements = try MarkupReader(report.html()).elements
    return elements.indices.filter { elements[$0].name == "svg" && elements[$0].attributes["role"] == "img" }
      .map { (elements[$0], elements[$0...].first { $0.name == "table" }) }
  }

  /// A report with one block and no figures.
  static func with(_ block: Block) -> Report {
    Report(
      title: "T", question: "Q?", verdict: Verdict(.undecided, headline: "H"),
      sections: [Section(id: "s", title: "S", blocks: [block])])
  }
}
