extension HeatMap {
  /// The cells as they lie in the map.
  var table: Table {
    let rows = rows.indices.map { row in
      let cells = columns.indices.map { column -> Table.Cell in
        value(row: row, column: column).map { .number(Quantity($0, unit: unit, digits: digits)) } ?? .missing
      }
      return Table.Row([.text(self.rows[row])] + cells, mark: mark?.row == row ? mark?.label : nil)
    }
    let heads = columns.enumerated().map { index, column in
      Table.Column(column, detail: index == mark?.column ? "marked" : "")
    }
    var note = "Numbers: \(valueTitle). Rows: \(rowTitle); columns: \(columnTitle)."
    if rows.count > Limits.heatRows || columns.count > Limits.heatColumns {
      note +=
        " The map shows the first \(min(rows.count, Limits.heatRows)) rows and "
        + "\(min(columns.count, Limits.heatColumns)) columns."
    }
    return Table(title, columns: [.init(rowTitle)] + heads, rows: rows, note: RichText(note))
  }
}

extension ScatterChart {
  /// One row a place on the horizontal axis, one column a series or line; then the counts.
  var table: Table {
    let shownSeries = series.prefix(Limits.series)
    let places = Set(shownSeries.flatMap { $0.points.prefix(Limits.points).map(\.x) }.filter(\.isFinite))
    var rows = places.sorted().map { x in
      let estimates = shownSeries.map { series -> Table.Cell in
        series.points.first { $0.x == x }.map { .estimate($0.estimate) } ?? .missing
      }
      let read = lines.map { line -> Table.Cell in
        line.value(at: x, on: xAxis.scale).map { .number(yQuantity($0)) } ?? .missing
      }
      let count = series.first?.points.first { $0.x == x }?.count.map { Table.Cell.count($0) } ?? .missing
      return Table.Row([.number(xQuantity(x))] + estimates + read + (hasCounts ? [count] : []))
    }
    // A place that is no number has no order: its estimates stand at the end.
    for (index, series) in shownSeries.enumerated() {
      for point in series.points.prefix(Limits.points) where !point.x.isFinite {
        let before = Array(repeating: Table.Cell.missing, count: index + 1)
        rows.append(Table.Row(before + [.estimate(point.estimate)]))
      }
    }
    let heads =
      shownSeries.map { Table.Column($0.name, detail: yAxis.title) }
      + lines.map { Table.Column($0.name, detail: "read off the line") }
    return Table(
      title, columns: [.init(xAxis.title)] + heads + (hasCounts ? [.init("Items")] : []), rows: rows,
      note: tableNote)
  }

  /// Whether a row of bars says how many items each point has.
  var hasCounts: Bool { series.first?.points.contains { $0.count != nil } ?? false }

  private func xQuantity(_ value: Double) -> Quantity {
    Quantity(value, unit: xAxis.unit, digits: xAxis.digits)
  }

  private func yQuantity(_ value: Double) -> Quantity {
    Quantity(value, unit: yAxis.unit, digits: yAxis.digits)
  }

  private var tableNote: RichText {
    var note = references.note(unit: yAxis.unit)
    func add(_ text: String) { note.spans.append(.text((note.isEmpty ? "" : " ") + text)) }
    if let mark { add("Marked: \(mark.label) (\(xQuantity(mark.x).text)).") }
    if let diagonal { add("Diagonal: \(diagonal).") }
    if series.count > Limits.series {
      add("\(NumberText.grouped(series.count - Limits.series)) more series are not shown.")
    }
    if series.contains(where: { $0.points.count > Limits.points }) {
      add("Only the first \(Limits.points) points of a series are shown.")
    }
    return note
  }
}

extension ScatterChart.Line {
  /// The corners that are drawn, from left to right.
  var drawnCorners: [Corner] {
    corners.prefix(Limits.points).filter { $0.x.magnitude < 1e300 && $0.y.magnitude < 1e300 }
      .sorted { $0.x < $1.x }
  }

  /// Where the drawn line stands at `x`; nil beyond its ends.
  func value(at x: Double, on scale: ScatterChart.Axis.Scale) -> Double? {
    let corners = drawnCorners
    if let corner = corners.first(where: { $0.x == x }) { return corner.y }
    guard let index = corners.firstIndex(where: { $0.x > x }), index > 0 else { return nil }
    let (left, right) = (corners[index - 1], corners[index])
    let axis = AxisScale(covering: [left.x, right.x], kind: scale)
    guard let from = axis.position(left.x), let to = axis.position(right.x), let at = axis.position(x) else {
      return nil
    }
    return left.y + (right.y - left.y) * (at - from) / (to - from)
  }
}
