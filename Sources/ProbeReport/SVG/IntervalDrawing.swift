/// Draws an ``IntervalChart`` in one width.
struct IntervalDrawing {
  let chart: IntervalChart
  let width: ChartWidth
  let id: String

  private let rows: [IntervalChart.Row]
  private let references: [ReferenceLine]
  private let scale: LinearScale
  private let left: Double
  private let right: Double
  private let top: Double
  private let rowHeight: Double
  /// What the longest of the rows' numbers takes on the right.
  private let valueRoom: Double
  private let referenceRows: [Int]
  /// The n of all rows, where it is the same: said once, under the scale.
  private let sharedSize: Int?

  init(_ chart: IntervalChart, width: ChartWidth, id: String) {
    self.chart = chart
    self.width = width
    self.id = id
    rows = Array(chart.rows.prefix(Limits.intervals))
    references = chart.references.filter { $0.value.isFinite }
    let estimates = rows.compactMap(\.estimate)
    let levels = estimates.flatMap { [$0.chance, $0.control].compactMap { $0 } }
    let scale = LinearScale(
      covering: estimates.map(\.value) + levels + references.map(\.value),
      reaching: estimates.flatMap(\.extent), unit: chart.unit)
    self.scale = scale
    let font = width.fontSize
    let longest = rows.map { TextWidth.of($0.label, fontSize: font) }.max() ?? 0
    // A unit of any length must leave room for the intervals.
    valueRoom = min(
      width == .wide ? 270 : 230, max(140, estimates.map { TextWidth.of($0.text, fontSize: font) }.max() ?? 0)
    )
    left = width == .wide ? min(250, max(60, longest)) + 16 : 12
    right = width.points - (width == .wide ? valueRoom + 18 : 12)
    let sizes = Set(estimates.map(\.n))
    sharedSize = sizes.count == 1 ? sizes.first : nil
    rowHeight = width == .wide ? (sizes.count > 1 ? 38 : 34) : (sizes.count > 1 ? 58 : 48)
    let (left, right) = (left, right)
    let spans = references.map { reference in
      let half = TextWidth.of(Self.text(of: reference, unit: chart.unit), fontSize: font) / 2 + 4
      let center = left + scale.position(reference.value) * (right - left)
      return center - half...center + half
    }
    referenceRows = LabelPlacement.rows(spans)
    top = 30 + Double((referenceRows.max() ?? -1) + 1) * 17
  }

  /// The drawing.
  var markup: Markup {
    let legendHeight = hasLegend ? 24.0 : 0
    return Drawing.image(
      id: id, title: chart.title, summary: chart.summary, width: width.points,
      height: bottom + 28 + legendHeight,
      fontSize: width.fontSize, classes: "chart \(width.rawValue)"
    ) {
      Drawing.text(fitted(chart.valueTitle, width: width.points - 4), 0, 14, "axis-title")
      scaleLines
      referenceLines
      for index in rows.indices { row(index) }
      if hasLegend { legend }
    }
  }

  // MARK: - Geometry

  private var bottom: Double { top + Double(rows.count) * rowHeight + 4 }

  private func x(_ value: Double) -> Double { left + scale.position(value) * (right - left) }

  private func referenceY(_ index: Int) -> Double { top - 8 - Double(referenceRows[index]) * 17 }

  private func fitted(_ text: String, width room: Double) -> String {
    TextWidth.fitted(text, width: room, fontSize: width.fontSize)
  }

  private static func text(of reference: ReferenceLine, unit: Unit) -> String {
    "\(reference.label) \(Quantity(reference.value, unit: unit).text)"
  }

  // MARK: - Parts

  @MarkupBuilder private var scaleLines: [Markup] {
    let labels = scale.ticks.map { scale.text($0, unit: chart.unit) }
    let spacing = (right - left) / Double(max(1, scale.ticks.count - 1))
    let shown = Set(LabelPlacement.shown(labels, spacing: spacing, fontSize: width.fontSize))
    Drawing.line(left, bottom, right, bottom, "axis")
    for (index, tick) in scale.ticks.enumerated() {
      Drawing.line(x(tick), top, x(tick), bottom, "grid")
      if shown.contains(index) {
        let anchor: Drawing.Anchor = width == .wide ? .middle : end(index)
        Drawing.text(labels[index], x(tick), bottom + 18, "tick", anchor: anchor)
      }
    }
  }

  /// In a narrow drawing the outer ticks' texts keep inside.
  private func end(_ index: Int) -> Drawing.Anchor {
    index == 0 ? .start : index == scale.ticks.count - 1 ? .end : .middle
  }

  /// Lines first, so that no line runs through another's name.
  @MarkupBuilder private var referenceLines: [Markup] {
    for (index, reference) in references.enumerated() {
      Drawing.line(
        x(reference.value), referenceY(index) + 5, x(reference.value), bottom,
        "reference-line dash-\(index % 3)")
    }
    for (index, reference) in references.enumerated() {
      let text = fitted(Self.text(of: reference, unit: chart.unit), width: width.points - 8)
      let half = TextWidth.of(text, fontSize: width.fontSize) / 2
      let center = min(max(x(reference.value), half), width.points - half)
      Drawing.text(text, center, referenceY(index), "name reference", anchor: .middle)
    }
  }

  @MarkupBuilder private func row(_ index: Int) -> [Markup] {
    let row = rows[index]
    let weight = row.isEmphasized ? " leading" : ""
    let rowTop = top + Double(index) * rowHeight
    let y = rowTop + (width == .wide ? rowHeight / 2 + 2 : rowHeight - 12)
    let isSingle = width == .narrow || sharedSize != nil
    let textY = width == .wide ? y + (isSingle ? 4.5 : -2) : rowTop + 18
    let room = width == .wide ? left - 16 : width.points - valueRoom - 10
    Drawing.text(fitted(row.label, width: room), 0, width == .wide ? y + 4.5 : textY, "row-name" + weight)
    if let estimate = row.estimate, estimate.value.isFinite {
      Drawing.text(
        fitted(estimate.text, width: valueRoom), width.points, textY, "row-value" + weight, anchor: .end)
      if sharedSize == nil {
        Drawing.text(estimate.company[0], width.points, textY + 15, "tick", anchor: .end)
      }
      whisker(estimate, y, isEmphasized: row.isEmphasized)
    } else {
      Drawing.text(NumberText.notAvailable, width.points, textY, "row-value missing", anchor: .end)
    }
  }

  @MarkupBuilder private func whisker(_ estimate: Estimate, _ y: Double, isEmphasized: Bool) -> [Markup] {
    let style = isEmphasized ? "series-0 leading" : "plain-row"
    if let chance = drawnChance(estimate) {
      Drawing.line(x(chance), y - 8, x(chance), y + 8, "level-tick")
    }
    if estimate.lower.isFinite && estimate.upper.isFinite {
      Drawing.line(x(scale.held(estimate.lower)), y, x(scale.held(estimate.upper)), y, "whisker " + style)
      for end in [estimate.lower, estimate.upper] where scale.holds(end) {
        Drawing.line(x(end), y - 5, x(end), y + 5, "whisker " + style)
      }
    }
    if let control = estimate.control {
      MarkerShape.diamond.drawn(x(control), y, radius: 4, "level-diamond")
    }
    (isEmphasized ? MarkerShape.square : .circle)
      .drawn(x(estimate.value), y, radius: isEmphasized ? 5.5 : 4.5, "marker " + style)
  }

  // MARK: - Chance and control of single rows

  /// A row's chance level, unless a line across the chart already shows it.
  private func drawnChance(_ estimate: Estimate) -> Double? {
    estimate.chance.flatMap { chance in references.contains { $0.value == chance } ? nil : chance }
  }

  private var hasChance: Bool { rows.contains { $0.estimate.flatMap(drawnChance) != nil } }
  private var hasControl: Bool { rows.contains { $0.estimate?.control != nil } }
  private var hasLegend: Bool { hasChance || hasControl || sharedSize != nil }

  @MarkupBuilder private var legend: [Markup] {
    let y = bottom + 40
    if let sharedSize {
      Drawing.text(
        "n\u{00A0}=\u{00A0}\(NumberText.grouped(sharedSize)) in every row", width.points, y, "tick",
        anchor: .end)
    }
    if hasControl {
      MarkerShape.diamond.drawn(left + 4, y - 4, radius: 4, "level-diamond")
      Drawing.text(width == .wide ? "control of the row" : "control", left + 16, y, "tick")
    }
    if hasChance {
      let x = left + (hasControl ? (width == .wide ? 150 : 100) : 0)
      Drawing.line(x + 4, y - 11, x + 4, y + 3, "level-tick")
      Drawing.text(width == .wide ? "chance of the row" : "chance", x + 16, y, "tick")
    }
  }
}
