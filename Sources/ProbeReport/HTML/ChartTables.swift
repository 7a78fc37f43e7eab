/// The table that says what a chart shows, for those who cannot see it and those who want the digits.
extension CurveChart {
  /// One row a position, one column a series.
  var table: Table {
    let shownSeries = series.prefix(Limits.series)
    let rows = positions.indices.map { position in
      let cells = shownSeries.map { series -> Table.Cell in
        guard series.points.indices.contains(position), let estimate = series.points[position] else {
          return .missing
        }
        return .estimate(estimate)
      }
      return Table.Row(
        [.text(positions[position])] + cells, mark: mark?.position == position ? mark?.label : nil)
    }
    var note = references.note(unit: unit)
    if series.count > Limits.series {
      note.spans.append(
        .text(" \(NumberText.grouped(series.count - Limits.series)) more series are not shown."))
    }
    return Table(
      title, columns: [.init(positionTitle)] + shownSeries.map { .init($0.name, detail: valueTitle) },
      rows: rows,
      note: note)
  }
}

extension IntervalChart {
  /// One row an estimate.
  var table: Table {
    let rows = rows.map { row in
      Table.Row([.text(row.label), row.estimate.map { .estimate($0) } ?? .missing])
    }
    return Table(
      title, columns: [.init("Row"), .init(valueTitle)], rows: rows, note: references.note(unit: unit))
  }
}

extension ConfusionMatrix {
  /// Counts with their share of the row, then the row's total and the share that is right.
  var table: Table {
    let shown = classes.indices.prefix(Limits.classes)
    let rows = shown.map { actual in
      let cells = shown.map { Table.Cell.count(count(actual: actual, predicted: $0)) }
      let right = Quantity(share(actual: actual, predicted: actual), unit: .fraction)
      return Table.Row([.text(classes[actual])] + cells + [.count(total(actual: actual)), .number(right)])
    }
    let totals = shown.map { Table.Cell.count(total(predicted: $0)) }
    let all = classes.indices.reduce(0) { $0 + total(actual: $1) }
    let correct = classes.indices.reduce(0) { $0 + count(actual: $1, predicted: $1) }
    let accuracy = Quantity(all > 0 ? Double(correct) / Double(all) : .nan, unit: .fraction)
    let last = Table.Row([.text("All")] + totals + [.count(all), .number(accuracy)])
    return Table(
      title,
      columns: [.init("Actual")] + shown.map { .init(classes[$0], detail: "predicted") }
        + [.init("Total"), .init("Right", detail: "share of the row")],
      rows: rows + [last],
      note: classes.count > Limits.classes
        ? "First \(Limits.classes) of \(classes.count) classes; totals count all of them." : "")
  }
}

extension [ReferenceLine] {
  /// The levels as a sentence; empty without any.
  func note(unit: Unit) -> RichText {
    let levels = map { "\($0.label) \(Quantity($0.value, unit: unit).text)" }
    return RichText(levels.isEmpty ? "" : "Levels: \(levels.joined(separator: "; ")).")
  }
}
