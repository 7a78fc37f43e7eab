/// What the columns of a table become on the page.
///
/// An estimate's n, chance and control must stand beside it, but not thirty times: what all estimates of a
/// column share is said once in its head, what differs gets a narrow column of its own right after.
struct TableColumns {
  /// One column of the page.
  enum Slot {
    /// The column of the given index.
    case given(Int, Head)
    /// One companion of the estimates in the column of the given index.
    case companion(Int, Estimate.Companion)
  }

  /// What is known of a given column.
  struct Head {
    /// Numbers only: aligned to the right.
    let isNumeric: Bool
    /// Company that all its estimates share.
    var shared: [String] = []
    /// Whether each cell shows its own company, because neither the head nor another column does.
    let keepsCompany: Bool
  }

  let slots: [Slot]

  init(columnCount: Int, rows: [Table.Row]) {
    slots = (0..<columnCount).flatMap { column -> [Slot] in
      let cells = rows.map { Self.cell($0, column) }
      let estimates = cells.compactMap { cell in
        if case .estimate(let estimate) = cell { estimate } else { nil }
      }
      let isNumeric = !cells.isEmpty && cells.allSatisfy(\.isNumberOrMissing)
      // A single estimate, or one among texts, keeps its company in its own cell.
      guard isNumeric, estimates.count > 1 else {
        return [.given(column, Head(isNumeric: isNumeric, keepsCompany: true))]
      }
      var head = Head(isNumeric: true, keepsCompany: false)
      var differing: [Slot] = []
      for companion in Estimate.Companion.allCases {
        let texts = Set(estimates.map { $0.text(of: companion) })
        if texts.count > 1 {
          differing.append(.companion(column, companion))
        } else if let text = texts.first, let text {
          head.shared.append(
            companion == .n ? "n\u{00A0}=\u{00A0}\(text)" : "\(companion.rawValue)\u{00A0}\(text)")
        }
      }
      return [.given(column, head)] + differing
    }
  }

  /// The cell of a row in a given column; `missing` where the row is too short.
  static func cell(_ row: Table.Row, _ column: Int) -> Table.Cell {
    row.cells.indices.contains(column) ? row.cells[column] : .missing
  }
}

extension Table.Cell {
  /// True for what aligns to the right.
  var isNumberOrMissing: Bool {
    switch self {
    case .count, .number, .estimate, .missing: true
    case .text, .code, .token: false
    }
  }
}
