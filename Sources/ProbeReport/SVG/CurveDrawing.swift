/// Draws a ``CurveChart`` in one width.
struct CurveDrawing {
  let chart: CurveChart
  let width: ChartWidth
  let id: String

  /// The area between the axes.
  private let left: Double
  private let top: Double
  private let right: Double
  private let bottom: Double
  private let scale: LinearScale

  private let lineHeight = 18.0
  private let series: [CurveChart.Series]
  private let positions: [String]
  private let references: [ReferenceLine]

  init(_ chart: CurveChart, width: ChartWidth, id: String) {
    self.chart = chart
    self.width = width
    self.id = id
    series = Array(chart.series.prefix(Limits.series))
    positions = Array(chart.positions.prefix(Limits.positions))
    references = chart.references.filter { $0.value.isFinite }
    let estimates = series.flatMap { $0.points.prefix(Limits.positions).compactMap { $0 } }
    let scale = LinearScale(
      covering: estimates.map(\.value) + references.map(\.value), reaching: estimates.flatMap(\.extent),
      unit: chart.unit)
    self.scale = scale
    let font = width.fontSize
    let tickWidth =
      scale.ticks.map { TextWidth.of(scale.text($0, unit: chart.unit), fontSize: font) }.max() ?? 0
    left = tickWidth + 12
    let names = series.map(\.name) + references.map { CurveDrawing.text(of: $0, unit: chart.unit) }
    let longest = names.map { TextWidth.of($0, fontSize: font) }.max() ?? 0
    right = width == .wide ? width.points - min(210, longest + 38) : width.points - 6
    let legendLines = width == .narrow ? names.count : 0
    top = 30 + Double(legendLines) * lineHeight + (chart.mark == nil ? 0 : width == .wide ? 24 : 32)
    bottom = top + (width == .wide ? 290 : 230)
  }

  /// The drawing.
  var markup: Markup {
    let height = bottom + 46
    return Drawing.image(
      id: id, title: chart.title, summary: chart.summary, width: width.points, height: height,
      fontSize: width.fontSize, classes: "chart \(width.rawValue)"
    ) {
      Drawing.text(
        TextWidth.fitted(chart.valueTitle, width: width.points - 4, fontSize: width.fontSize), 0, 14,
        "axis-title")
      valueAxis
      positionAxis
      bands
      referenceLines
      mark
      for index in series.indices.reversed() { line(index) }
      if width == .wide { directLabels } else { legend }
    }
  }

  // MARK: - Geometry

  private var spacing: Double {
    positions.count > 1 ? (right - left - 20) / Double(positions.count - 1) : 0
  }

  private func x(_ position: Int) -> Double {
    positions.count > 1 ? left + 10 + Double(position) * spacing : (left + right) / 2
  }

  private func y(_ value: Double) -> Double {
    bottom - scale.position(value) * (bottom - top)
  }

  /// The estimate of a series at a position, if both are there and it is a number.
  private func point(_ index: Int, _ position: Int) -> Estimate? {
    let points = series[index].points
    guard points.indices.contains(position), let estimate = points[position] else { return nil }
    return estimate.value.magnitude < 1e300 ? estimate : nil
  }

  /// Stretches of neighbouring positions where `isPresent` holds.
  private func runs(where isPresent: (Int) -> Bool) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for position in positions.indices where isPresent(position) {
      if let last = runs.last, last.upperBound == position {
        runs[runs.count - 1] = last.lowerBound..<position + 1
      } else {
        runs.append(position..<position + 1)
      }
    }
    return runs
  }

  private static func text(of reference: ReferenceLine, unit: Unit) -> String {
    "\(reference.label) \(Quantity(reference.value, unit: unit).text)"
  }

  // MARK: - Axes

  @MarkupBuilder private var valueAxis: [Markup] {
    for tick in scale.ticks {
      Drawing.line(left, y(tick), right, y(tick), tick == scale.lower ? "axis" : "grid")
      Drawing.text(scale.text(tick, unit: chart.unit), left - 8, y(tick) + 4, "tick", anchor: .end)
    }
  }

  @MarkupBuilder private var positionAxis: [Markup] {
    let labels = positions.map { TextWidth.fitted($0, width: 90, fontSize: width.fontSize) }
    for position in LabelPlacement.shown(labels, spacing: spacing, fontSize: width.fontSize) {
      Drawing.line(x(position), bottom, x(position), bottom + 5, "axis")
      Drawing.text(labels[position], x(position), bottom + 19, "tick", anchor: .middle)
    }
    Drawing.text(
      TextWidth.fitted(chart.positionTitle, width: right - left, fontSize: width.fontSize),
      (left + right) / 2,
      bottom + 40, "axis-title", anchor: .middle)
    for position in positions.indices where !series.isEmpty && point(0, position) == nil {
      Drawing.text(NumberText.notAvailable, x(position), bottom - 6, "missing", anchor: .middle)
    }
  }

  @MarkupBuilder private var referenceLines: [Markup] {
    for (index, reference) in references.enumerated() {
      Drawing.line(
        left, y(reference.value), right, y(reference.value), "reference-line dash-\(index % 3)")
    }
  }

  @MarkupBuilder private var mark: [Markup] {
    if let mark = chart.mark, positions.indices.contains(mark.position) {
      let label = TextWidth.fitted(mark.label, width: width.points - left, fontSize: width.fontSize)
      let half = TextWidth.of(label, fontSize: width.fontSize) / 2
      let center = min(max(x(mark.position), left + half), max(left + half, width.points - half))
      Drawing.line(x(mark.position), top - 8, x(mark.position), bottom, "mark-line")
      Drawing.text(label, center, top - 14, "mark-label", anchor: .middle)
      if !series.isEmpty, let estimate = point(0, mark.position) {
        MarkerShape.circle.drawn(x(mark.position), y(estimate.value), radius: 8, "mark-ring")
      }
    }
  }

  // MARK: - Series

  @MarkupBuilder private var bands: [Markup] {
    for index in series.indices.reversed() {
      for run in runs(where: { point(index, $0).map { $0.lower.isFinite && $0.upper.isFinite } ?? false }) {
        let estimates = run.compactMap { position in point(index, position).map { (position, $0) } }
        if run.count == 1 {
          for (position, estimate) in estimates {
            Drawing.line(
              x(position), y(scale.held(estimate.lower)), x(position), y(scale.held(estimate.upper)),
              "whisker series-\(index % 6)")
          }
        } else {
          let edge =
            estimates.map { (x: x($0), y: y(scale.held($1.upper))) }
            + estimates.reversed().map { (x: x($0), y: y(scale.held($1.lower))) }
          Drawing.path(Drawing.polyline(edge) + "Z", "band series-\(index % 6)")
        }
      }
    }
  }

  @MarkupBuilder private func line(_ index: Int) -> [Markup] {
    let style = "series-\(index % 6)"
    for run in runs(where: { point(index, $0) != nil }) {
      let points = run.compactMap { position in
        point(index, position).map { (x: x(position), y: y($0.value)) }
      }
      if points.count > 1 {
        Drawing.path(
          Drawing.polyline(points), "curve \(style) pattern-\(index % 4)" + (index == 0 ? " leading" : ""))
      }
      // Beyond this density markers would be a smear.
      if spacing > 5 || positions.count == 1 {
        for point in points {
          MarkerShape(series: index).drawn(point.x, point.y, radius: radius(index), "marker \(style)")
        }
      }
    }
  }

  private func radius(_ index: Int) -> Double {
    (width == .wide ? 3.1 : 2.3) * (index == 0 ? 1.1 : 1)
  }

  // MARK: - Names

  /// Names of lines and levels to the right of where they end, moved apart, in the colour of their line.
  @MarkupBuilder private var directLabels: [Markup] {
    let ends = series.indices.map { index in
      positions.indices.reversed().compactMap { point(index, $0) }.first.map { y($0.value) } ?? bottom
    }
    let wanted = ends + references.map { y($0.value) }
    let places = LabelPlacement.spread(wanted, gap: lineHeight, in: top...bottom)
    for (index, place) in places.enumerated() {
      if abs(place - wanted[index]) > 3 {
        Drawing.path(
          Drawing.polyline([(right + 2, wanted[index]), (right + 11, place)]), "leader")
      }
      name(index, right + 20, place)
    }
  }

  @MarkupBuilder private var legend: [Markup] {
    for index in 0..<series.count + references.count {
      name(index, 10, 36 + Double(index) * lineHeight)
    }
  }

  @MarkupBuilder private func name(_ index: Int, _ x: Double, _ y: Double) -> [Markup] {
    let room = width.points - x - 14
    if index < series.count {
      let style = "series-\(index % 6)"
      Drawing.line(x - 8, y, x + 8, y, "curve \(style) pattern-\(index % 4)")
      MarkerShape(series: index).drawn(x, y, radius: 3.2, "marker \(style)")
      Drawing.text(
        TextWidth.fitted(series[index].name, width: room, fontSize: width.fontSize), x + 14, y + 4.5,
        "name \(style)" + (index == 0 ? " leading" : ""))
    } else {
      let reference = references[index - series.count]
      Drawing.line(x - 8, y, x + 8, y, "reference-line dash-\((index - series.count) % 3)")
      Drawing.text(
        TextWidth.fitted(Self.text(of: reference, unit: chart.unit), width: room, fontSize: width.fontSize),
        x + 14,
        y + 4.5, "name reference")
    }
  }
}
