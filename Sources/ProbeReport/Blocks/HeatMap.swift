/// One number for every pair of a row and a column, as shades: accuracy over layers and the number of principal
/// components kept.
///
/// Shades run from dark blue to bright yellow, evenly in lightness, the same in every theme; a legend says what
/// they mean. Numbers stand in the cells where all of them fit. The numbers have no intervals: those that a
/// conclusion rests on belong into an ``Estimate`` beside the map.
public struct HeatMap: Sendable, Codable, Equatable {
  /// The cell that was chosen.
  public struct Mark: Sendable, Codable, Equatable {
    /// Its row, from 0.
    public var row: Int
    /// Its column, from 0.
    public var column: Int
    /// What it is: `layer 18 in 64 dimensions, chosen on validation groups`.
    public var label: String

    /// A labelled cell.
    public init(row: Int, column: Int, label: String) {
      self.row = row
      self.column = column
      self.label = label
    }
  }

  /// What the map shows.
  public var title: String
  /// What to see in it, in a sentence; the map's description for those who cannot see it.
  public var summary: String
  /// What the rows are: `Layer`.
  public var rowTitle: String
  /// The rows, from the top.
  public var rows: [String]
  /// What the columns are: `Principal components kept`.
  public var columnTitle: String
  /// The columns, from the left.
  public var columns: [String]
  /// What the numbers are: `Accuracy on test groups`.
  public var valueTitle: String
  /// Unit of the numbers.
  public var unit: Unit
  /// Decimals shown, counted in what is displayed.
  public var digits: Int
  /// `values[row][column]`; nil, or beyond what was given, where nothing was measured. Always finite.
  public private(set) var values: [[Double?]]
  /// The numbers of the darkest and the brightest shade; nil for the smallest and the largest of `values`.
  /// Numbers outside have the shade of the nearer end, and the legend says so.
  public private(set) var range: ClosedRange<Double>?
  /// The chosen cell; nil where none was chosen.
  public var mark: Mark?

  /// - Parameters:
  ///   - title: what the map shows.
  ///   - summary: what to see in it.
  ///   - rowTitle: what the rows are.
  ///   - rows: the rows, from the top.
  ///   - columnTitle: what the columns are.
  ///   - columns: the columns, from the left.
  ///   - valueTitle: what the numbers are.
  ///   - unit: their unit; `.fraction` unless told.
  ///   - digits: decimals shown; 1 for fractions and 3 for the rest unless told.
  ///   - values: `values[row][column]`; a number that is not finite counts as missing.
  ///   - range: numbers of the darkest and the brightest shade; taken from the values unless told, or where
  ///     its ends are not finite.
  ///   - mark: the chosen cell.
  public init(
    _ title: String, summary: String, rowTitle: String, rows: [String], columnTitle: String,
    columns: [String],
    valueTitle: String, unit: Unit = .fraction, digits: Int? = nil, values: [[Double?]],
    range: ClosedRange<Double>? = nil, mark: Mark? = nil
  ) {
    self.title = title
    self.summary = summary
    self.rowTitle = rowTitle
    self.rows = rows
    self.columnTitle = columnTitle
    self.columns = columns
    self.valueTitle = valueTitle
    self.unit = unit
    self.digits = digits ?? unit.usualDigits
    self.values = values.map { row in row.map { value in value.flatMap { $0.isFinite ? $0 : nil } } }
    self.range = range.flatMap { $0.lowerBound.isFinite && $0.upperBound.isFinite ? $0 : nil }
    self.mark = mark
  }

  /// The number of one cell; nil where there is none.
  func value(row: Int, column: Int) -> Double? {
    guard values.indices.contains(row), values[row].indices.contains(column) else { return nil }
    return values[row][column]
  }
}
