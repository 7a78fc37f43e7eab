import Testing

@testable import ProbeReport

struct HeatMapTests {
  private func map(_ values: [[Double?]], range: ClosedRange<Double>? = nil, mark: HeatMap.Mark? = nil)
    -> HeatMap
  {
    let columns = values.map(\.count).max() ?? 0
    return HeatMap(
      "M", summary: "S", rowTitle: "Layer", rows: values.indices.map { "r\($0)" }, columnTitle: "Width",
      columns: (0..<columns).map { "c\($0)" }, valueTitle: "V", values: values, range: range, mark: mark)
  }

  private func elements(_ map: HeatMap) throws -> [MarkupReader.Element] {
    try MarkupReader(SampleReport.with(.heatMap(map)).html()).elements
  }

  /// Colours of the wide drawing's areas, legend included.
  private func fills(_ map: HeatMap) throws -> [String] {
    let all = try elements(map).filter { $0.name == "path" }.compactMap { $0.attributes["fill"] }
    return Array(all.prefix(all.count / 2))
  }

  @Test func theTableHasEveryNumberWhereItLiesInTheMap() throws {
    let page = try elements(map([[0.25, nil], [0.5, 0.75]]))
    #expect(page.filter { $0.name == "td" }.map(\.text) == ["25.0%", "n/a", "50.0%", "75.0%"])
    let heads = page.filter { $0.name == "th" }.map(\.text)
    #expect(heads == ["Layer", "c0", "c1", "r0", "r1"])
  }

  @Test func theDrawingHasTheNumbersWhereTheyFit() throws {
    let small = SampleReport.with(.heatMap(map([[0.25, nil], [0.5, 0.75]])))
    for (image, _) in try SampleReport.imagesAndTables(small) {
      for text in ["25.0", "50.0", "75.0"] { #expect(image.text.contains(text)) }
    }
    let crowded = map([Array(repeating: 0.123, count: 32)], range: 0...1)
    for (image, table) in try SampleReport.imagesAndTables(SampleReport.with(.heatMap(crowded))) {
      #expect(!image.text.contains("12.3"))
      #expect(try #require(table).text.contains("12.3%"))
    }
  }

  @Test func theShadesRunFromTheSmallestToTheLargestNumberOrOverTheGivenRange() {
    let free = Shades(map([[0.2, 0.4]]))
    #expect(free.level(of: 0.2) == 0 && free.level(of: 0.4) == Shades.count - 1)
    #expect(free.texts(0.2...0.4) == ["20.0%", "30.0%", "40.0%"])
    // A quarter of the way from 0 to 0.8.
    let given = Shades(map([[0.2, 0.4]], range: 0...0.8))
    #expect(given.level(of: 0.2) == Shades.count / 4)
    #expect(given.texts(0...0.8) == ["0.0%", "40.0%", "80.0%"])
  }

  @Test func numbersOutsideTheRangeHaveTheShadeOfItsEndAndTheLegendSaysSo() throws {
    let wide = map([[0.1, 0.9]], range: 0.4...0.6)
    let shades = Shades(wide)
    #expect(shades.level(of: 0.1) == 0 && shades.level(of: 0.9) == Shades.count - 1)
    for (image, _) in try SampleReport.imagesAndTables(SampleReport.with(.heatMap(wide))) {
      #expect(image.text.contains("≤ 40.0%") && image.text.contains("≥ 60.0%"))
    }
  }

  @Test func aUnitOfAnyLengthKeepsTheLegendsNumbersApart() throws {
    var long = map([[1, 2]])
    long.unit = .symbol(String(repeating: "x", count: 300))
    for element in try elements(long) where element.name == "text" {
      // A third of the wide legend holds some 13 letters.
      #expect(element.text.unicodeScalars.count < 20, "\(element.text)")
    }
  }

  @Test func oneNumberHasTheMiddleShade() throws {
    #expect(Shades(map([[0.7, 0.7]])).level(of: 0.7) == Shades.count / 2)
    #expect(try fills(map([[0.7]])).contains(HeatRamp.hex(Shades.share(of: Shades.count / 2))))
  }

  @Test func theMarkIsDrawnNamedAndInTheTable() throws {
    let marked = map([[0.1, 0.2], [0.3, 0.4]], mark: .init(row: 1, column: 0, label: "chosen here"))
    let page = try elements(marked)
    #expect(page.filter { $0.name == "rect" && $0.attributes["class"] == "cell-mark" }.count == 4)
    for (image, _) in try SampleReport.imagesAndTables(SampleReport.with(.heatMap(marked))) {
      #expect(image.text.contains("chosen here"))
    }
    #expect(page.first { $0.attributes["class"] == "marked" }?.text.contains("r1") == true)
    #expect(page.contains { $0.name == "th" && $0.text == "c0marked" })
    let beyond = map([[0.1]], mark: .init(row: 9, column: 9, label: "nowhere"))
    #expect(try !elements(beyond).contains { $0.attributes["class"] == "cell-mark" })
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude])
  func aNumberThatIsNotOneDoesNotBreakAMap(_ value: Double) throws {
    let range = value.isFinite ? min(value, 0)...max(value, 0) : 0...1
    for values in [[[value]], [[0.5, value]], [[value, -value]], [[], [value]]] {
      for range in [nil, range] {
        for element in try elements(map(values, range: range)) where element.path.contains("svg") {
          for (name, text) in element.attributes where ["d", "x", "y", "width", "height"].contains(name) {
            #expect(!text.lowercased().contains("nan") && !text.lowercased().contains("inf"))
          }
        }
      }
    }
    if !value.isFinite { #expect(map([[value]]).values == [[nil]]) }
  }

  @Test func mapsWithoutDataStillRender() throws {
    for empty in [map([]), map([[]]), map([[nil]]), map([[nil, nil], [nil]])] { _ = try elements(empty) }
  }

  @Test func aMapTooLargeForAPageSaysWhatItShows() throws {
    let large = map(Array(repeating: Array(repeating: 0.5, count: 40), count: 80))
    let page = SampleReport.with(.heatMap(large)).html()
    #expect(page.contains("The map shows the first 64 rows and 32 columns."))
    #expect(page.utf8.count < 400_000)
  }

  @Test func aMapOfManyMissingCellsHasThemAll() throws {
    // Cells of one shade are one path, of some 40 characters a cell.
    let sparse = map((0..<64).map { row in (0..<20).map { $0 == 0 ? Double(row) / 64 : nil } })
    let paths = try elements(sparse).filter {
      $0.name == "path" && $0.attributes["class"] == "cell-missing"
    }.compactMap { $0.attributes["d"] }
    #expect(paths.count == 2)
    for path in paths {
      #expect(path.count { $0 == "z" } == 64 * 19 && path.allSatisfy { "MLHVhvz0123456789.- ".contains($0) })
    }
  }

  @Test func aMapOfFortyByFourteenStaysSmall() {
    let values = (0..<40).map { row in (0..<14).map { 0.5 + Double(row * 14 + $0) / 1_120 } }
    let page = SampleReport.with(.heatMap(map(values))).html()
    let frame = SampleReport.with(.heatMap(map([]))).html()
    #expect(page.utf8.count - frame.utf8.count < 150_000)
  }
}
