/// Draws a ``HeatMap`` in one width.
struct HeatMapDrawing {
  let map: HeatMap
  let width: ChartWidth
  let id: String

  private let rows: [String]
  private let columns: [String]
  private let left: Double
  private let cell: Double
  private let cellHeight: Double
  private let hasNumbers: Bool
  private let shades: Shades
  /// Upper end of the cells, under legend and heads.
  private var top: Double { legendHeight + 58 }

  /// Size of the numbers in cells, as a share of the drawing's letters; the stylesheet says the same.
  private static let numberSize = 0.85

  init(_ map: HeatMap, width: ChartWidth, id: String) {
    self.map = map
    self.width = width
    self.id = id
    rows = Array(map.rows.prefix(Limits.heatRows))
    columns = Array(map.columns.prefix(Limits.heatColumns))
    shades = Shades(map)
    let font = width.fontSize
    let longest = rows.map { TextWidth.of($0, fontSize: font) }.max() ?? 0
    left = min(width == .wide ? 200 : 90, longest) + 10
    cell = min(72, (width.points - left - 2) / Double(max(1, columns.count)))
    let tall = rows.count > 14 ? 20.0 : 30
    cellHeight = width == .wide ? tall : min(18, max(tall * 0.8, 16))
    let texts = map.values.flatMap { $0.compactMap { $0 } }.map { map.unit.digits($0, digits: map.digits) }
    let widest = texts.map { TextWidth.of($0, fontSize: font * Self.numberSize) }.max() ?? 0
    hasNumbers = widest <= cell - 5
  }

  /// The drawing.
  var markup: Markup {
    Drawing.image(
      id: id, title: map.title, summary: map.summary, width: width.points, height: bottom + 2,
      fontSize: width.fontSize, classes: "chart \(width.rawValue)"
    ) {
      Drawing.text(fitted(map.valueTitle, width: width.points - 4), 0, 14, "axis-title")
      legend
      heads
      cells
      if hasNumbers { numbers }
      mark
    }
  }

  // MARK: - Geometry

  private var bottom: Double { top + Double(rows.count) * cellHeight }

  private func x(_ column: Int) -> Double { left + Double(column) * cell }

  private func y(_ row: Int) -> Double { top + Double(row) * cellHeight }

  private func fitted(_ text: String, width room: Double) -> String {
    TextWidth.fitted(text, width: room, fontSize: width.fontSize)
  }

  /// Path commands of a cell's area; cells leave a gap of one point.
  private func area(_ row: Int, _ column: Int) -> String {
    let (across, down) = (Coordinate.text(max(1, cell - 1)), Coordinate.text(cellHeight - 1))
    return "M\(Coordinate.text(x(column))) \(Coordinate.text(y(row)))h\(across)v\(down)h-\(across)z"
  }

  // MARK: - Cells

  @MarkupBuilder private var heads: [Markup] {
    Drawing.text(
      fitted("↓ \(map.rowTitle) · → \(map.columnTitle)", width: width.points - 4), 0, top - 30, "axis-title")
    let names = columns.map { fitted($0, width: max(cell - 4, 60)) }
    for column in LabelPlacement.shown(names, spacing: cell, fontSize: width.fontSize) {
      Drawing.text(names[column], x(column) + (cell - 1) / 2, top - 8, "tick", anchor: .middle)
    }
    for row in rows.indices {
      Drawing.text(
        fitted(rows[row], width: left - 10), left - 8, y(row) + cellHeight / 2 + 4, "tick", anchor: .end)
    }
  }

  /// One path a shade: a rectangle a cell would be five times the bytes.
  @MarkupBuilder private var cells: [Markup] {
    let places = rows.indices.flatMap { row in columns.indices.map { (row: row, column: $0) } }
    let levels = Dictionary(grouping: places) { shades.level(of: map.value(row: $0.row, column: $0.column)) }
    for level in levels.keys.compactMap({ $0 }).sorted() {
      let areas = (levels[level] ?? []).map { area($0.row, $0.column) }.joined()
      Drawing.filled(areas, HeatRamp.hex(Shades.share(of: level)))
    }
    if let missing = levels[nil] {
      Drawing.path(
        missing.map { area($0.row, $0.column) + stroke($0.row, $0.column) }.joined(), "cell-missing")
    }
  }

  /// The line across a cell without a number.
  private func stroke(_ row: Int, _ column: Int) -> String {
    let (across, down) = (max(1, cell - 1), cellHeight - 1)
    return Drawing.polyline([(x(column), y(row) + down), (x(column) + across, y(row))])
  }

  @MarkupBuilder private var numbers: [Markup] {
    for row in rows.indices {
      for column in columns.indices {
        if let value = map.value(row: row, column: column), let level = shades.level(of: value) {
          Drawing.text(
            map.unit.digits(value, digits: map.digits), x(column) + (cell - 1) / 2,
            y(row) + cellHeight / 2 + 3.5,
            "cell-number " + (HeatRamp.needsWhite(Shades.share(of: level)) ? "on-dark" : "on-light"),
            anchor: .middle)
        }
      }
    }
  }

  private var drawnMark: HeatMap.Mark? {
    map.mark.flatMap { rows.indices.contains($0.row) && columns.indices.contains($0.column) ? $0 : nil }
  }

  @MarkupBuilder private var mark: [Markup] {
    if let mark = drawnMark {
      for style in ["cell-halo", "cell-mark"] {
        Drawing.rectangle(
          x(mark.column), y(mark.row), width: max(1, cell - 1), height: cellHeight - 1, style)
      }
    }
  }

  // MARK: - Legend

  private var hasMissing: Bool {
    rows.indices.contains { row in
      columns.indices.contains { shades.level(of: map.value(row: row, column: $0)) == nil }
    }
  }

  /// The keys beside the scale, or under it where there is no room beside.
  private var keys: [(sign: String, text: String)] {
    (drawnMark.map { [("cell-mark", $0.label)] } ?? [])
      + (hasMissing ? [("cell-missing", "nothing was measured")] : [])
  }

  private var legendHeight: Double { 60 + (width == .narrow ? Double(keys.count) * 20 : 0) }

  @MarkupBuilder private var legend: [Markup] {
    let length = width == .wide ? 300.0 : width.points
    let step = length / Double(Shades.count / 2)
    if let range = shades.range {
      for level in stride(from: 0, to: Shades.count, by: 2) {
        let x = Double(level / 2) * step
        // The overlap keeps the page from shining through between two shades.
        let end = min(length, x + step + 0.5)
        Drawing.filled(
          "M\(Coordinate.text(x)) 24H\(Coordinate.text(end))v12H\(Coordinate.text(x))z",
          HeatRamp.hex(Shades.share(of: level + 1)))
      }
      let texts = shades.texts(range)
      let anchors: [Drawing.Anchor] = [.start, .middle, .end]
      for index in texts.indices {
        let text = fitted(texts[index], width: length / 3 - 6)
        Drawing.text(text, Double(index) * length / 2, 52, "tick", anchor: anchors[index])
      }
    }
    for (index, key) in keys.enumerated() {
      let (x, y) =
        width == .wide ? (length + 28, 24 + Double(index) * 20) : (1, 62 + Double(index) * 20)
      Drawing.rectangle(x, y, width: 16, height: 12, key.sign)
      if key.sign == "cell-missing" { Drawing.line(x, y + 12, x + 16, y, key.sign) }
      Drawing.text(fitted(key.text, width: width.points - x - 26), x + 24, y + 10.5, "name")
    }
  }
}

/// Which shade of the ramp a number of a heat map has.
struct Shades {
  /// Shades told apart: more than an eye can.
  static let count = 64

  /// The numbers of the first and the last shade; nil without any number.
  let range: ClosedRange<Double>?
  private let unit: Unit
  private let digits: Int
  private let goesBelow: Bool
  private let goesBeyond: Bool

  init(_ map: HeatMap) {
    // Beyond this a difference could overflow: the table has such numbers.
    let numbers = map.values.flatMap { $0.compactMap { $0 } }.filter { $0.magnitude < 1e300 }
    let given = map.range.flatMap { max($0.lowerBound.magnitude, $0.upperBound.magnitude) < 1e300 ? $0 : nil }
    let found = numbers.min().flatMap { low in numbers.max().map { low...$0 } }
    range = found == nil ? nil : given ?? found
    unit = map.unit
    digits = map.digits
    goesBelow = found.flatMap { found in given.map { found.lowerBound < $0.lowerBound } } ?? false
    goesBeyond = found.flatMap { found in given.map { found.upperBound > $0.upperBound } } ?? false
  }

  /// The shade of a number, 0..<count; nil for none.
  func level(of value: Double?) -> Int? {
    guard let value, let range, value.magnitude < 1e300 else { return nil }
    let span = range.upperBound - range.lowerBound
    // One number, one shade: the middle one.
    let share = span > 0 ? min(1, max(0, (value - range.lowerBound) / span)) : 0.5
    return min(Self.count - 1, Int(share * Double(Self.count)))
  }

  /// The share of the ramp that a shade stands at.
  static func share(of level: Int) -> Double { Double(level) / Double(count - 1) }

  /// What stands under the ends and the middle of the legend.
  func texts(_ range: ClosedRange<Double>) -> [String] {
    let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
    let texts = [range.lowerBound, middle, range.upperBound].map { unit.text($0, digits: digits) }
    return [(goesBelow ? "≤ " : "") + texts[0], texts[1], (goesBeyond ? "≥ " : "") + texts[2]]
  }
}
