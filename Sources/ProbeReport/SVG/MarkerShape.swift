/// The shape of a series' points, so that series differ in more than colour.
enum MarkerShape: Int, CaseIterable, Sendable {
  case circle, square, triangle, diamond, cross, wedge

  /// The shape of the series with the given index; shapes repeat after six.
  init(series index: Int) {
    self = Self.allCases[index % Self.allCases.count]
  }

  /// Path commands of the shape around a point; `radius` is that of a circle of like weight.
  func commands(_ x: Double, _ y: Double, radius: Double) -> String {
    func corners(_ offsets: [(Double, Double)]) -> String {
      Drawing.polyline(offsets.map { (x + $0.0 * radius, y + $0.1 * radius) }) + "Z"
    }
    switch self {
    case .circle:
      let r = Coordinate.text(radius)
      let top = "\(Coordinate.text(x)) \(Coordinate.text(y - radius))"
      let bottom = "\(Coordinate.text(x)) \(Coordinate.text(y + radius))"
      return "M\(top)A\(r) \(r) 0 0 1 \(bottom)A\(r) \(r) 0 0 1 \(top)Z"
    case .square: return corners([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .triangle: return corners([(0, -1.25), (1.15, 0.85), (-1.15, 0.85)])
    case .diamond: return corners([(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)])
    case .cross:
      return corners([
        (-0.4, -1.25), (0.4, -1.25), (0.4, -0.4), (1.25, -0.4), (1.25, 0.4), (0.4, 0.4), (0.4, 1.25),
        (-0.4, 1.25), (-0.4, 0.4), (-1.25, 0.4), (-1.25, -0.4), (-0.4, -0.4),
      ])
    case .wedge: return corners([(0, 1.25), (1.15, -0.85), (-1.15, -0.85)])
    }
  }

  /// The shape as a node of a drawing.
  func drawn(_ x: Double, _ y: Double, radius: Double, _ classes: String) -> Markup {
    Drawing.path(commands(x, y, radius: radius), classes)
  }
}
