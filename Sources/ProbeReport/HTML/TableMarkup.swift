/// A table in a region of its own that scrolls sideways and can be reached by keyboard.
struct TableMarkup {
  let table: Table
  let id: String

  private let columns: [Table.Column]
  private let rows: [Table.Row]
  /// What the estimates of a column have in common, shown once in its head.
  private let shared: [[String]]
  /// Whether a column holds numbers only.
  private let isNumeric: [Bool]

  init(table: Table, id: String) {
    self.table = table
    self.id = id
    columns = Array(table.columns.prefix(Limits.columns))
    rows = Array(table.rows.prefix(Limits.rows))
    let cells = columns.indices.map { column in
      table.rows.prefix(Limits.rows).map { Self.cell($0, column) }
    }
    shared = cells.map(Self.sharedCompany)
    isNumeric = cells.map { $0.allSatisfy(\.isNumberOrMissing) && !$0.isEmpty }
  }

  /// The table that says what a drawing shows, folded away under it.
  static func details(_ table: Table, id: String) -> Markup {
    tag("details") {
      tag("summary") { "The same numbers as a table" }
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
          tag("thead") { tag("tr") { for index in columns.indices { head(index) } } }
          tag("tbody") { for row in rows { self.row(row) } }
        }
      }
      if !table.note.isEmpty { tag("p", .class("table-note")) { table.note.markup } }
      if let cut { tag("p", .class("table-note cut")) { cut } }
    }
  }

  // MARK: - Heads and rows

  private func head(_ index: Int) -> Markup {
    let column = columns[index]
    let lines = ([column.detail] + [shared[index].joined(separator: ", ")]).filter { !$0.isEmpty }
    return tag("th", Attribute("scope", "col"), .class(isNumeric[index] ? "number" : "words")) {
      Markup.label(column.title)
      for line in lines { tag("span", .class("second")) { Markup.label(line) } }
    }
  }

  private func row(_ row: Table.Row) -> Markup {
    tag("tr", .class(row.mark == nil ? "" : "marked")) {
      for column in columns.indices {
        let alignment = isNumeric[column] ? "number" : "words"
        if column == 0 {
          tag("th", Attribute("scope", "row"), .class(alignment)) {
            contents(Self.cell(row, 0), shared: shared[0])
            if let mark = row.mark {
              " "
              tag("span", .class("mark")) { Markup.label(mark) }
            }
          }
        } else {
          tag("td", .class(alignment)) { contents(Self.cell(row, column), shared: shared[column]) }
        }
      }
    }
  }

  @MarkupBuilder private func contents(_ cell: Table.Cell, shared: [String]) -> [Markup] {
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
      let company = estimate.company.filter { !shared.contains($0) }
      if !company.isEmpty { tag("span", .class("second")) { company.joined(separator: ", ") } }
    }
  }

  // MARK: - What is where

  private static func cell(_ row: Table.Row, _ column: Int) -> Table.Cell {
    row.cells.indices.contains(column) ? row.cells[column] : .missing
  }

  private static func sharedCompany(_ cells: [Table.Cell]) -> [String] {
    let companies = cells.compactMap { cell in
      if case .estimate(let estimate) = cell { estimate.company } else { nil }
    }
    guard companies.count > 1 else { return [] }
    return companies[0].filter { part in companies.allSatisfy { $0.contains(part) } }
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

extension Table.Cell {
  /// True for what aligns to the right.
  fileprivate var isNumberOrMissing: Bool {
    switch self {
    case .count, .number, .estimate, .missing: true
    case .text, .code, .token: false
    }
  }
}
