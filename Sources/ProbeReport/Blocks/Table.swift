/// A real table: caption, column heads, one row head a row.
public struct Table: Sendable, Codable, Equatable {
  /// One column's head.
  public struct Column: Sendable, Codable, Equatable {
    /// The head.
    public var title: String
    /// A second, quieter line: the unit, the level of the interval; may be empty.
    public var detail: String

    /// A column's head and its second line.
    public init(_ title: String, detail: String = "") {
      self.title = title
      self.detail = detail
    }
  }

  /// What one cell holds. Numbers align to the right, text to the left.
  public enum Cell: Sendable, Codable, Equatable {
    /// Text.
    case text(String)
    /// A name from code, a hook point, a path.
    case code(String)
    /// A token; blanks and line ends are shown.
    case token(String)
    /// A whole number, thousands grouped.
    case count(Int)
    /// A number without an interval.
    case number(Quantity)
    /// A number with interval and company. Company that a whole column shares moves into its head.
    case estimate(Estimate)
    /// Nothing was measured: shown as "n/a".
    case missing
  }

  /// One row; its first cell is the row's head.
  public struct Row: Sendable, Codable, Equatable {
    /// The cells, from the left. Missing ones are shown as "n/a"; ones beyond the last column are dropped.
    public var cells: [Cell]
    /// Whether the row is the one the text speaks of; shown by weight, a bar and the word in `mark`.
    public var mark: String?

    /// - Parameters:
    ///   - cells: the cells, from the left.
    ///   - mark: a word that sets the row apart, for example `chosen`.
    public init(_ cells: [Cell], mark: String? = nil) {
      self.cells = cells
      self.mark = mark
    }
  }

  /// What the table shows.
  public var caption: String
  /// The heads.
  public var columns: [Column]
  /// The rows, from the top.
  public var rows: [Row]
  /// A remark under the table; may be empty.
  public var note: RichText

  /// A table.
  public init(_ caption: String, columns: [Column], rows: [Row], note: RichText = "") {
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.note = note
  }
}
