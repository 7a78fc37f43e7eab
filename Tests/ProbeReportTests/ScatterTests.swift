import Testing

@testable import ProbeReport

struct ScatterTests {
  private let estimate = Estimate(0.7, lower: 0.6, upper: 0.8, n: 9)

  private func chart(
    _ points: [ScatterChart.Point], scale: ScatterChart.Axis.Scale = .linear, lines: [ScatterChart.Line] = [],
    diagonal: String? = nil
  ) -> ScatterChart {
    ScatterChart(
      "C", summary: "S", x: .init("X", unit: .plain, digits: 0, scale: scale), y: .init("Y"),
      series: [.init("probe", points: points)], lines: lines, references: [ReferenceLine("chance", 0.5)],
      diagonal: diagonal, mark: .init(3, label: "found"))
  }

  private func elements(_ chart: ScatterChart) throws -> [MarkupReader.Element] {
    try MarkupReader(SampleReport.with(.scatter(chart)).html()).elements
  }

  @Test func theTableHasEveryNumberOfTheChart() throws {
    let line = ScatterChart.Line("fit", corners: [.init(1, 0.4), .init(4, 0.8)])
    let page = try elements(
      chart([.init(4, estimate, count: 1_200), .init(2, estimate)], scale: .log2, lines: [line]))
    // Half-way between 1 and 4 on a logarithmic axis; then the item counts.
    #expect(
      page.filter { $0.name == "td" }.map(\.text)
        == ["70.0% [60.0, 80.0]", "60.0%", "n/a", "70.0% [60.0, 80.0]", "80.0%", "1,200"])
    #expect(page.filter { $0.attributes["scope"] == "row" }.map(\.text) == ["2", "4"])
    let note = page.first { $0.attributes["class"] == "table-note" }?.text
    #expect(note == "Levels: chance 50.0%. Marked: found (3).")
  }

  @Test func equalRatiosAreEquallyFarApartOnALogarithmicAxis() throws {
    let axis = AxisScale(covering: [24, 744], kind: .log2)
    #expect(axis.ticks == [16, 32, 64, 128, 256, 512, 1_024])
    #expect(axis.text(1_024, unit: .plain) == "1,024")
    let places = try [16, 32, 64, 1_024].map { try #require(axis.position($0)) }
    // 1e-9: log₂ is made to about 1e-10.
    for (place, expected) in zip(places, [0, 1.0 / 6, 2.0 / 6, 1]) { #expect(abs(place - expected) < 1e-9) }
    #expect(axis.position(0) == nil && axis.position(-1) == nil && axis.position(.nan) == nil)
  }

  @Test func theLogarithmAgreesWithKnownValues() {
    // log₂ 10, log₂ 3 and log₂ 0.7 to 12 digits (Python's math.log2).
    for (value, expected) in [(10, 3.321928094887), (3, 1.584962500721), (0.7, -0.514573172830)] {
      #expect(abs(AxisScale.log2(value) - expected) < 1e-9)
    }
    for exponent in [-40, -1, 0, 1, 52] {
      let power = Double(sign: .plus, exponent: exponent, significand: 1)
      #expect(AxisScale.log2(power) == Double(exponent))
    }
  }

  @Test func aWideLogarithmicAxisHasFewTicks() {
    let axis = AxisScale(covering: [1e-200, 1e200], kind: .log2)
    #expect(axis.ticks.count <= 14 && axis.lower <= 1e-200 && axis.upper >= 1e200)
  }

  @Test func theDiagonalJoinsTheCornersAndBothAxesHaveTheSameEnds() throws {
    let page = try elements(SampleReport.reliability)
    let diagonals = page.filter {
      $0.name == "line" && ($0.attributes["class"] ?? "").hasPrefix("reference-line")
        && $0.attributes["y1"] != $0.attributes["y2"]
    }
    #expect(diagonals.count == 2)
    for (image, _) in try SampleReport.imagesAndTables(SampleReport.with(.scatter(SampleReport.reliability)))
    {
      #expect(image.text.contains("perfect calibration") && image.text.contains("items per point"))
    }
  }

  @Test func barsAreAsHighAsTheCountsAre() throws {
    let points = [ScatterChart.Point(1, estimate, count: 50), .init(2, estimate, count: 100)]
    let bars = try elements(chart(points)).filter { $0.attributes["class"] == "count-bar" }
    let heights = bars.prefix(2).compactMap { $0.attributes["height"].flatMap(Double.init) }
    #expect(heights.count == 2 && heights[1] == 2 * heights[0])
  }

  @Test func anAxisWithoutAPlaceForANumberKeepsItInTheTable() throws {
    let page = try elements(chart([.init(0, estimate), .init(8, estimate)], scale: .log2))
    let markers = page.filter { $0.attributes["class"] == "marker series-0" }
    // One in the chart and one beside the name, in both widths.
    #expect(markers.count == 4)
    #expect(page.filter { $0.attributes["scope"] == "row" }.map(\.text) == ["0", "8"])
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude])
  func aNumberThatIsNotOneDoesNotBreakAScatterChart(_ value: Double) throws {
    let odd = Estimate(value, lower: -value, upper: value, n: 0)
    let points: [ScatterChart.Point] = [
      .init(value, odd, count: .max), .init(1, odd, count: -3), .init(value, estimate), .init(2, estimate),
    ]
    let line = ScatterChart.Line("l", corners: [.init(value, 0), .init(0, value), .init(3, 0.2)])
    for scale in ScatterChart.Axis.Scale.allCases {
      for diagonal in [nil, "d"] {
        var chart = chart(points, scale: scale, lines: [line], diagonal: diagonal)
        chart.mark = .init(value, label: "m")
        chart.references = [ReferenceLine("r", value)]
        let geometry = ["d", "x", "y", "x1", "x2", "y1", "y2", "height", "width"]
        for element in try elements(chart) where element.path.contains("svg") {
          for (name, text) in element.attributes where geometry.contains(name) {
            #expect(!text.lowercased().contains("nan") && !text.lowercased().contains("inf"))
          }
        }
      }
    }
  }

  @Test func chartsWithoutPointsStillRender() throws {
    _ = try elements(chart([]))
    _ = try elements(chart([], scale: .log2, lines: [.init("l", corners: [])], diagonal: "d"))
    _ = try elements(
      ScatterChart("C", summary: "", x: .init(""), y: .init("", scale: .log2), series: [], diagonal: "d"))
  }

  @Test func aLineIsReadOffBetweenItsCornersOnly() {
    let line = ScatterChart.Line("l", corners: [.init(4, 1), .init(2, 0)])
    #expect(line.value(at: 3, on: .linear) == 0.5 && line.value(at: 2, on: .linear) == 0)
    #expect(line.value(at: 1, on: .linear) == nil && line.value(at: 5, on: .linear) == nil)
  }
}
