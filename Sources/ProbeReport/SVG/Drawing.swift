/// The two widths every chart is drawn in: a page shows the one that fits, at its natural size, so that its
/// letters stay readable on a telephone. (Scaling one drawing down would halve them.)
enum ChartWidth: String, CaseIterable, Sendable {
  case wide, narrow

  /// Width of the drawing in its own units, which are CSS pixels at natural size.
  var points: Double { self == .wide ? 760 : 340 }
  /// Size of its letters.
  var fontSize: Double { self == .wide ? 13 : 12 }
}

/// Shapes shared by all charts.
enum Drawing {
  /// An SVG image with a name and a description for those who cannot see it.
  static func image(
    id: String, title: String, summary: String, width: Double, height: Double, fontSize: Double,
    classes: String,
    @MarkupBuilder content: () -> [Markup]
  ) -> Markup {
    tag(
      "svg", .id(id), .class(classes), Attribute("role", "img"),
      Attribute("aria-labelledby", "\(id)-title \(id)-desc"),
      Attribute("viewBox", "0 0 \(Coordinate.text(width)) \(Coordinate.text(height))"),
      Attribute("width", width), Attribute("height", height), Attribute("font-size", fontSize)
    ) {
      tag("title", .id(id + "-title")) { Markup.label(title) }
      tag("desc", .id(id + "-desc")) { summary.isEmpty ? title : summary }
      content()
    }
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ classes: String) -> Markup {
    tag(
      "line", .class(classes), Attribute("x1", x1), Attribute("y1", y1), Attribute("x2", x2),
      Attribute("y2", y2))
  }

  /// Where a text stands relative to its point.
  enum Anchor: String {
    case start, middle, end
  }

  static func text(
    _ text: String, _ x: Double, _ y: Double, _ classes: String = "", anchor: Anchor = .start
  ) -> Markup {
    tag(
      "text", .class(classes), Attribute("x", x), Attribute("y", y),
      Attribute("text-anchor", anchor.rawValue)
    ) { Markup.label(text) }
  }

  static func rectangle(
    _ x: Double, _ y: Double, width: Double, height: Double, _ classes: String, opacity: Double? = nil
  ) -> Markup {
    let geometry = [
      Attribute.class(classes), Attribute("x", x), Attribute("y", y), Attribute("width", width),
      Attribute("height", height),
    ]
    return .element("rect", geometry + (opacity.map { [Attribute("fill-opacity", $0)] } ?? []), [])
  }

  static func path(_ commands: String, _ classes: String) -> Markup {
    tag("path", .class(classes), Attribute("d", commands, policy: .geometry))
  }

  /// An area in a colour that is data rather than part of the theme, `#rrggbb`.
  static func filled(_ commands: String, _ hex: String) -> Markup {
    tag("path", Attribute("fill", hex), Attribute("d", commands, policy: .geometry))
  }

  /// A polyline's path commands.
  static func polyline(_ points: [(x: Double, y: Double)]) -> String {
    points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(Coordinate.text(point.x)) \(Coordinate.text(point.y))"
    }.joined()
  }
}

/// Room that text takes; estimated, since a page without script cannot measure.
enum TextWidth {
  /// Width of an average character in ems, on the wide side of common system faces.
  private static let averageEm = 0.57

  static func of(_ text: String, fontSize: Double) -> Double {
    // No drawing has room for more than this.
    text.unicodeScalars.prefix(500).reduce(0) { $0 + ($1.value >= 0x1100 ? 1 : averageEm) } * fontSize
  }

  /// The text as SVG can show it, shortened with "…" to fit. The table under the chart has it whole.
  static func fitted(
    _ text: String, width: Double, fontSize: Double, policy: TextPolicy = .label
  ) -> String {
    let flat = VisibleText(text, policy: policy).flat
    guard of(flat, fontSize: fontSize) > width else { return flat }
    var room = width - fontSize
    var kept = String.UnicodeScalarView()
    for scalar in flat.unicodeScalars {
      room -= of(String(scalar), fontSize: fontSize)
      if room < 0 { break }
      kept.append(scalar)
    }
    return String(kept) + "…"
  }
}
