extension ScatterDrawing {
  /// What is named beside the chart: series, lines, levels, the diagonal, the bars.
  static func names(
    _ chart: ScatterChart, _ series: [ScatterChart.Series], _ lines: [ScatterChart.Line],
    _ references: [ReferenceLine]
  ) -> [String] {
    let levels = references.map { "\($0.label) \(Quantity($0.value, unit: chart.yAxis.unit).text)" }
    return series.map(\.name) + lines.map(\.name) + levels + (chart.diagonal.map { [$0] } ?? [])
      + (chart.hasCounts ? ["items per point"] : [])
  }

  /// Names to the right of where their lines end, moved apart; above a narrow chart.
  @MarkupBuilder var names: [Markup] {
    let texts = Self.names(chart, series, lines, references)
    let wanted = ends
    let places = LabelPlacement.spread(wanted, gap: lineHeight, in: top...base)
    for index in texts.indices {
      let (x, y) =
        width == .wide ? (right + 20, places[index]) : (10, 36 + Double(index) * lineHeight)
      if width == .wide && abs(places[index] - wanted[index]) > 3 {
        Drawing.path(Drawing.polyline([(right + 2, wanted[index]), (right + 11, places[index])]), "leader")
      }
      sign(index, x, y)
      Drawing.text(fitted(texts[index], width: width.points - x - 14), x + 14, y + 4.5, textStyle(index))
    }
  }

  /// The heights where what is named ends on the right, in the order of the names.
  private var ends: [Double] {
    let lastPoints = series.map { series in
      series.points.reversed().first { x($0.x) != nil }.flatMap { y($0.estimate.value) } ?? bottom
    }
    let lastCorners = lines.map { $0.drawnCorners.last.flatMap { y($0.y) } ?? bottom }
    return lastPoints + lastCorners + references.map { y($0.value) ?? bottom }
      + (chart.diagonal == nil ? [] : [top]) + (chart.hasCounts ? [base - 16] : [])
  }

  private func textStyle(_ index: Int) -> String {
    if index < series.count { return "name series-\(index % 6)" + (index == 0 ? " leading" : "") }
    return index < series.count + lines.count
      ? "name series-\(index % 6)" : "name reference"
  }

  /// The sign of what is named: its marker, its line, its bar.
  @MarkupBuilder private func sign(_ index: Int, _ x: Double, _ y: Double) -> [Markup] {
    let line = index - series.count
    let level = line - lines.count
    if index < series.count {
      let style = "series-\(index % 6)"
      if series[index].isJoined { Drawing.line(x - 8, y, x + 8, y, "curve \(style) pattern-\(index % 4)") }
      MarkerShape(series: index).drawn(x, y, radius: 3.6, "marker \(style)")
    } else if line < lines.count {
      Drawing.line(x - 8, y, x + 8, y, "curve \(lineStyle(line))")
    } else if level < references.count || (level == references.count && chart.diagonal != nil) {
      Drawing.line(x - 8, y, x + 8, y, "reference-line dash-\(level % 3)")
    } else {
      Drawing.rectangle(x - 5, y - 5, width: 10, height: 10, "count-bar")
    }
  }
}
