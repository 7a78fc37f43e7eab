/// Draws a ``ConfusionMatrix`` as a heat map: rows actual, columns predicted, shade the share of the row.
struct ConfusionDrawing {
  let matrix: ConfusionMatrix
  let width: ChartWidth
  let id: String

  private let classes: [String]
  private let left: Double
  private let cell: Double
  private let cellHeight: Double
  private let top = 44.0

  /// Above this many classes the cells are too small for numbers; the table has them.
  private static let mostWithNumbers = 10

  init(_ matrix: ConfusionMatrix, width: ChartWidth, id: String) {
    self.matrix = matrix
    self.width = width
    self.id = id
    classes = Array(matrix.classes.prefix(Limits.classes))
    let longest = classes.map { TextWidth.of($0, fontSize: width.fontSize) }.max() ?? 0
    left = min(width == .wide ? 150 : 96, max(48, longest)) + 12
    let room = (width.points - left) / Double(max(1, classes.count))
    cell = min(118, room)
    cellHeight = min(72, max(cell, 14))
  }

  /// Whether the drawing for narrow pages serves wide ones as well.
  static func isCompact(_ matrix: ConfusionMatrix) -> Bool { matrix.classes.count <= 3 }

  /// The drawing.
  var markup: Markup {
    let size = Double(classes.count)
    let compact = Self.isCompact(matrix)
    return Drawing.image(
      id: id, title: matrix.title, summary: matrix.summary, width: max(left + size * cell + 1, width.points),
      height: top + size * cellHeight + 2, fontSize: width.fontSize,
      classes: compact ? "chart compact" : "chart \(width.rawValue)"
    ) {
      Drawing.text("actual ↓", left - 12, top - 10, "axis-title", anchor: .end)
      Drawing.text("predicted →", left, 13, "axis-title")
      columnNames
      for actual in classes.indices { row(actual) }
    }
  }

  private func fitted(_ text: String, width room: Double) -> String {
    TextWidth.fitted(text, width: room, fontSize: width.fontSize)
  }

  @MarkupBuilder private var columnNames: [Markup] {
    for (index, name) in classes.enumerated() where cell >= 24 {
      Drawing.text(
        fitted(name, width: cell - 6), left + (Double(index) + 0.5) * cell, top - 10, "row-name",
        anchor: .middle)
    }
  }

  @MarkupBuilder private func row(_ actual: Int) -> [Markup] {
    let y = top + Double(actual) * cellHeight
    Drawing.text(
      fitted(classes[actual], width: left - 12), left - 12, y + cellHeight / 2 + 4.5, "row-name", anchor: .end
    )
    for predicted in classes.indices { square(actual, predicted, left + Double(predicted) * cell, y) }
  }

  @MarkupBuilder private func square(_ actual: Int, _ predicted: Int, _ x: Double, _ y: Double) -> [Markup] {
    let share = matrix.share(actual: actual, predicted: predicted)
    let shade = share.isFinite ? min(1, max(0, share)) * Palette.heatOpacity : 0
    Drawing.rectangle(
      x + 1, y + 1, width: max(1, cell - 2), height: cellHeight - 2, "heat", opacity: shade)
    Drawing.rectangle(
      x + 1, y + 1, width: max(1, cell - 2), height: cellHeight - 2,
      actual == predicted ? "cell-edge diagonal" : "cell-edge")
    if classes.count <= Self.mostWithNumbers && cell >= 30 {
      let count = NumberText.grouped(matrix.count(actual: actual, predicted: predicted))
      let middle = y + cellHeight / 2
      let isRoomy = cellHeight >= 44
      Drawing.text(
        fitted(count, width: cell - 4), x + cell / 2, middle + (isRoomy ? -1 : 4.5), "cell-count",
        anchor: .middle)
      if isRoomy {
        Drawing.text(
          Unit.fraction.text(share, digits: 1), x + cell / 2, middle + 16, "cell-share", anchor: .middle)
      }
    }
  }
}
