/// A table in a region of its own that scrolls sideways and can be reached by keyboard.
struct TableMarkup {
  let table: Table
  let id: String

  private let columns: [Table.Column]
  private let rows: [Table.Row]
  private let slots: [TableColumns.Slot]

  init(table: Table, id: String) {
    self.table = table
    self.id = id
    columns = Array(table.columns.prefix(Limits.columns))
    rows = Array(table.rows.prefix(Limits.rows))
    slots = TableColumns(columnCount: columns.count, rows: rows).slots
  }

  /// The table that says what a drawing shows, folded away under it; `contents` is what both show.
  static func details(_ table: Table, id: String, contents: String = "numbers") -> Markup {
    tag("details") {
      tag("summary") { "The same \(contents) as a table" }
      TableMarkup(table: table, id: id).markup
    }
  }

  var markup: Markup {
    tag("div", .class("table")) {
      tag(
        "div", .class("scroll"), Attribute("role", "region"), Attribute("aria-labelledby", id + ".caption"),
        Attribute("tabindex", "0")
      ) {
        tag("table", .id(id)) {
          tag("caption") { tag("span", .id(id + ".caption")) { Markup.label(table.caption) } }
          tag("thead") { tag("tr") { for slot in slots { head(slot) } } }
          tag("tbody") { for row in rows { self.row(row) } }
        }
      }
      if !table.note.isEmpty { tag("p", .class("table-note")) { table.note.markup } }
      if let cut { tag("p", .class("table-note cut")) { cut } }
    }
  }

  // MARK: - Heads and rows

  private func head(_ slot: TableColumns.Slot) -> Markup {
    switch slot {
    case .companion(let column, let companion):
      tag("th", Attribute("scope", "col"), .class("number aside")) {
        tag("span", .class("visually-hidden")) { Markup.label(columns[column].title + ": ") }
        companion.rawValue
      }
    case .given(let column, let head):
      tag("th", Attribute("scope", "col"), .class(head.isNumeric ? "number" : "words")) {
        Markup.label(columns[column].title)
        for line in [columns[column].detail, head.shared.joined(separator: ", ")] where !line.isEmpty {
          tag("span", .class("second")) { Markup.label(line) }
        }
      }
    }
  }

  private func row(_ row: Table.Row) -> Markup {
    tag("tr", .class(row.mark == nil ? "" : "marked")) {
      for slot in slots {
        switch slot {
        case .companion(let column, let companion):
          tag("td", .class("number aside")) { Self.text(of: companion, in: TableColumns.cell(row, column)) }
        case .given(0, let head): rowHead(row, head)
        case .given(let column, let head):
          tag("td", .class(head.isNumeric ? "number" : "words")) {
            contents(TableColumns.cell(row, column), keepsCompany: head.keepsCompany)
          }
        }
      }
    }
  }

  /// The first cell. A mark goes to the left of a number, so that digits stay under each other.
  private func rowHead(_ row: Table.Row, _ head: TableColumns.Head) -> Markup {
    let mark = row.mark.map { text in [tag("span", .class("mark")) { Markup.label(text) }] } ?? []
    return tag("th", Attribute("scope", "row"), .class(head.isNumeric ? "number" : "words")) {
      if head.isNumeric && !mark.isEmpty { mark + [.text(" ")] }
      contents(TableColumns.cell(row, 0), keepsCompany: head.keepsCompany)
      if !head.isNumeric && !mark.isEmpty { [.text(" ")] + mark }
    }
  }

  private static func text(of companion: Estimate.Companion, in cell: Table.Cell) -> String {
    guard case .estimate(let estimate) = cell else { return NumberText.notAvailable }
    return estimate.text(of: companion) ?? "–"
  }

  @MarkupBuilder private func contents(_ cell: Table.Cell, keepsCompany: Bool) -> [Markup] {
    switch cell {
    case .text(let text): Markup.label(text)
    case .code(let text): tag("code") { Markup.label(text) }
    case .token(let text): tag("code", .class("token")) { Markup.text(text, .token) }
    case .count(let count): NumberText.grouped(count)
    case .number(let quantity): quantity.text
    case .missing: tag("span", .class("missing")) { NumberText.notAvailable }
    case .estimate(let estimate):
      tag("span", .class("value")) { estimate.valueText }
      " "
      tag("span", .class("interval")) { estimate.intervalText }
      if keepsCompany { tag("span", .class("second")) { estimate.company.joined(separator: ", ") } }
    }
  }

  private var cut: String? {
    var parts: [String] = []
    if table.rows.count > rows.count {
      parts.append("First \(NumberText.grouped(rows.count)) of \(NumberText.grouped(table.rows.count)) rows.")
    }
    if table.columns.count > columns.count {
      parts.append(
        "First \(NumberText.grouped(columns.count)) of \(NumberText.grouped(table.columns.count)) columns.")
    }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
