/// Draws a ``ScatterChart`` in one width.
struct ScatterDrawing {
  let chart: ScatterChart
  let width: ChartWidth
  let id: String

  let series: [ScatterChart.Series]
  let lines: [ScatterChart.Line]
  let references: [ReferenceLine]
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  private let xScale: AxisScale
  private let yScale: AxisScale

  let lineHeight = 18.0
  /// Height of the row of bars that say how many items the points have.
  private let barHeight = 44.0

  init(_ chart: ScatterChart, width: ChartWidth, id: String) {
    self.chart = chart
    self.width = width
    self.id = id
    series = chart.series.prefix(Limits.series).map { series in
      let points = series.points.prefix(Limits.points).filter { $0.estimate.value.magnitude < 1e300 }
      return .init(series.name, points: points.sorted { $0.x < $1.x }, isJoined: series.isJoined)
    }
    lines = Array(chart.lines.prefix(Limits.series))
    references = chart.references.filter { $0.value.magnitude < 1e300 }
    (xScale, yScale) = Self.scales(chart, series, lines, references)
    let font = width.fontSize
    let ticks = yScale.ticks.map { [yScale] in yScale.text($0, unit: chart.yAxis.unit) }
    // A unit of any length must leave room for the points.
    left = min(width == .wide ? 150 : 100, ticks.map { TextWidth.of($0, fontSize: font) }.max() ?? 0) + 12
    let names = Self.names(chart, series, lines, references)
    let longest = names.map { TextWidth.of($0, fontSize: font) }.max() ?? 0
    let isSquare = chart.diagonal != nil
    let room = width == .wide ? width.points - min(230, longest + 38) : width.points - 6
    right = isSquare && width == .wide ? min(room, left + 360) : room
    let legend = width == .narrow ? Double(names.count) * 18 + 8 : 0
    top = 30 + legend + (chart.mark == nil ? 0 : width == .wide ? 24 : 32)
    bottom = top + (isSquare ? right - left : width == .wide ? 290 : 230)
  }

  /// Axes around everything that is drawn; the same for both where a diagonal compares them.
  private static func scales(
    _ chart: ScatterChart, _ series: [ScatterChart.Series], _ lines: [ScatterChart.Line],
    _ references: [ReferenceLine]
  ) -> (AxisScale, AxisScale) {
    let points = series.flatMap(\.points)
    let corners = lines.flatMap(\.drawnCorners)
    var xs = points.map(\.x) + corners.map(\.x) + (chart.mark.map { [$0.x] } ?? [])
    var ys = points.map(\.estimate.value) + corners.map(\.y) + references.map(\.value)
    ys += LinearScale.reached(points.flatMap(\.estimate.extent), values: ys, unit: chart.yAxis.unit)
    if chart.diagonal != nil && chart.xAxis.scale == chart.yAxis.scale {
      let isShare = chart.xAxis.unit == .fraction && chart.yAxis.unit == .fraction
      xs += ys + (isShare && chart.xAxis.scale == .linear ? [0, 1] : [])
      ys = xs
    }
    return (
      AxisScale(covering: xs, kind: chart.xAxis.scale), AxisScale(covering: ys, kind: chart.yAxis.scale)
    )
  }

  /// The drawing.
  var markup: Markup {
    Drawing.image(
      id: id, title: chart.title, summary: chart.summary, width: width.points, height: base + 46,
      fontSize: width.fontSize, classes: "chart \(width.rawValue)"
    ) {
      Drawing.text(fitted(chart.yAxis.title, width: width.points - 4), 0, 14, "axis-title")
      valueAxis
      placeAxis
      if chart.hasCounts { bars }
      levels
      mark
      for index in lines.indices { fit(index) }
      for index in series.indices.reversed() { points(index) }
      names
    }
  }

  // MARK: - Geometry

  /// Where the horizontal axis has its numbers: under the bars, if there are any.
  var base: Double { bottom + (chart.hasCounts ? barHeight + 12 : 0) }

  func x(_ value: Double) -> Double? { xScale.position(value).map { left + 8 + $0 * (right - left - 16) } }

  func y(_ value: Double) -> Double? { yScale.position(value).map { bottom - $0 * (bottom - top) } }

  func fitted(_ text: String, width room: Double) -> String {
    TextWidth.fitted(text, width: room, fontSize: width.fontSize)
  }

  // MARK: - Axes

  @MarkupBuilder private var valueAxis: [Markup] {
    for (index, tick) in yScale.ticks.enumerated() {
      if let y = y(tick) {
        Drawing.line(left, y, right, y, index == 0 ? "axis" : "grid")
        let text = fitted(yScale.text(tick, unit: chart.yAxis.unit), width: left - 8)
        Drawing.text(text, left - 8, y + 4, "tick", anchor: .end)
      }
    }
  }

  @MarkupBuilder private var placeAxis: [Markup] {
    let labels = xScale.ticks.map { fitted(xScale.text($0, unit: chart.xAxis.unit), width: 90) }
    let spacing = (right - left - 16) / Double(max(1, labels.count - 1))
    if chart.hasCounts { Drawing.line(left, base, right, base, "axis") }
    for index in LabelPlacement.shown(labels, spacing: spacing, fontSize: width.fontSize) {
      if let x = x(xScale.ticks[index]) {
        Drawing.line(x, base, x, base + 5, "axis")
        Drawing.text(labels[index], x, base + 19, "tick", anchor: .middle)
      }
    }
    Drawing.text(
      fitted(chart.xAxis.title, width: right - left), (left + right) / 2, base + 40, "axis-title",
      anchor: .middle)
  }

  /// How many items the points of the first series have.
  @MarkupBuilder private var bars: [Markup] {
    let counted = (series.first?.points ?? []).compactMap { point in
      x(point.x).flatMap { x in point.count.map { (x: x, count: max(0, $0)) } }
    }
    let largest = Double(counted.map(\.count).max() ?? 0)
    let gap = zip(counted, counted.dropFirst()).map { $1.x - $0.x }.min() ?? 40
    let breadth = min(34, max(2, gap * 0.7))
    let texts = counted.map { NumberText.grouped($0.count) }
    let fits = texts.allSatisfy { TextWidth.of($0, fontSize: width.fontSize * 0.8) <= max(gap, breadth) - 2 }
    for (bar, text) in zip(counted, texts) {
      let height = largest > 0 ? Double(bar.count) / largest * (barHeight - 14) : 0
      Drawing.rectangle(bar.x - breadth / 2, base - height, width: breadth, height: height, "count-bar")
      if fits { Drawing.text(text, bar.x, base - height - 3, "bar-count", anchor: .middle) }
    }
  }

  // MARK: - Levels and lines

  @MarkupBuilder private var levels: [Markup] {
    if chart.diagonal != nil, chart.xAxis.scale == chart.yAxis.scale, let from = x(xScale.lower),
      let to = x(xScale.upper)
    {
      Drawing.line(from, bottom, to, top, "reference-line dash-\(references.count % 3)")
    }
    for (index, reference) in references.enumerated() {
      if let y = y(reference.value) {
        Drawing.line(left, y, right, y, "reference-line dash-\(index % 3)")
      }
    }
  }

  @MarkupBuilder private var mark: [Markup] {
    if let mark = chart.mark, let x = x(mark.x) {
      let label = fitted(mark.label, width: width.points - left)
      let half = TextWidth.of(label, fontSize: width.fontSize) / 2
      Drawing.line(x, top - 8, x, bottom, "mark-line")
      Drawing.text(
        label, min(max(x, left + half), max(left + half, width.points - half)), top - 14, "mark-label",
        anchor: .middle)
    }
  }

  private func fit(_ index: Int) -> Markup {
    let corners = lines[index].drawnCorners.compactMap { corner in
      x(corner.x).flatMap { x in y(corner.y).map { (x: x, y: $0) } }
    }
    guard corners.count > 1 else { return .nothing }
    return Drawing.path(Drawing.polyline(corners), "curve \(lineStyle(index))")
  }

  /// Colour and dash of a line; lines come after the series.
  func lineStyle(_ index: Int) -> String { "series-\((series.count + index) % 6) pattern-\(1 + index % 3)" }

  // MARK: - Points

  @MarkupBuilder private func points(_ index: Int) -> [Markup] {
    let style = "series-\(index % 6)"
    let placed = series[index].points.compactMap { point in
      x(point.x).flatMap { x in y(point.estimate.value).map { (x: x, y: $0, estimate: point.estimate) } }
    }
    for point in placed {
      let ends = [point.estimate.lower, point.estimate.upper].compactMap(y)
      if ends.count == 2 {
        // What lies beyond the axis is cut, and has no stroke at its end.
        let drawn = ends.map { min(bottom, max(top, $0)) }
        Drawing.line(point.x, drawn[0], point.x, drawn[1], "whisker \(style)")
        for end in ends where end > top - 0.01 && end < bottom + 0.01 {
          Drawing.line(point.x - 4, end, point.x + 4, end, "whisker \(style)")
        }
      }
    }
    if series[index].isJoined && placed.count > 1 {
      Drawing.path(
        Drawing.polyline(placed.map { ($0.x, $0.y) }),
        "curve \(style) pattern-\(index % 4)" + (index == 0 ? " leading" : ""))
    }
    for point in placed {
      MarkerShape(series: index).drawn(point.x, point.y, radius: index == 0 ? 4.2 : 3.6, "marker \(style)")
    }
  }
}
