/// How much of a report's lists a page shows, so that it stays readable and under 2 MB. What is left out is
/// said.
enum Limits {
  /// Rows of one table.
  static let rows = 400
  /// Columns of one table.
  static let columns = 40
  /// Positions of a curve.
  static let positions = 400
  /// Series of a curve.
  static let series = 12
  /// Rows of an interval chart.
  static let intervals = 60
  /// Classes of a confusion matrix.
  static let classes = 24
  /// Rows and columns of a heat map.
  static let heatRows = 64, heatColumns = 32
  /// Points of a series, or corners of a line.
  static let points = 200
  /// Rows up to which a table stands open in place of a drawing.
  static let openRows = 60
  /// Trees beside each other; leaves, nodes and levels of one that is drawn.
  static let trees = 2, treeLeaves = 80, treeNodes = 300, treeLevels = 40
  /// Facts of one list.
  static let facts = 200
}
