/// Draws the interval of one big number on a short scale, with chance and control.
struct StripDrawing {
  let label: String
  let estimate: Estimate
  let id: String

  private let width = 240.0
  private let left = 2.0
  private let right = 238.0
  private let y = 14.0

  /// The drawing.
  var markup: Markup {
    let levels = [estimate.chance, estimate.control].compactMap { $0 }
    let whole: [Double] = estimate.unit == .fraction ? [0, 1] : []
    let scale = LinearScale(covering: estimate.extent + levels + whole)
    func x(_ value: Double) -> Double { left + scale.position(value) * (right - left) }
    return Drawing.image(
      id: id, title: label, summary: "\(estimate.text), \(estimate.company.joined(separator: ", "))",
      width: width,
      height: 42, fontSize: 11, classes: "strip"
    ) {
      Drawing.line(left, y, right, y, "axis")
      Drawing.line(left, y - 4, left, y + 4, "axis")
      Drawing.line(right, y - 4, right, y + 4, "axis")
      Drawing.text(scale.text(scale.lower, unit: estimate.unit), 0, y + 22, "tick")
      Drawing.text(scale.text(scale.upper, unit: estimate.unit), width, y + 22, "tick", anchor: .end)
      if let chance = estimate.chance {
        Drawing.line(x(chance), y - 9, x(chance), y + 9, "level-tick")
      }
      if estimate.lower.isFinite && estimate.upper.isFinite {
        Drawing.line(x(estimate.lower), y, x(estimate.upper), y, "strip-interval")
        Drawing.line(x(estimate.lower), y - 5, x(estimate.lower), y + 5, "strip-end")
        Drawing.line(x(estimate.upper), y - 5, x(estimate.upper), y + 5, "strip-end")
      }
      if let control = estimate.control {
        MarkerShape.diamond.drawn(x(control), y, radius: 4, "level-diamond")
      }
      if estimate.value.isFinite {
        MarkerShape.circle.drawn(x(estimate.value), y, radius: 4.4, "marker series-0 leading")
      }
    }
  }
}
