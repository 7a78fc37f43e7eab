/// One row an estimate, a dot with whiskers on a common scale (a forest plot): a probe beside its baselines.
public struct IntervalChart: Sendable, Codable, Equatable {
  /// One estimate.
  public struct Row: Sendable, Codable, Equatable {
    /// What was measured.
    public var label: String
    /// The estimate; nil where nothing was measured.
    public var estimate: Estimate?
    /// Whether the chart is about this row; drawn heavier, with another marker.
    public var isEmphasized: Bool

    /// A labelled estimate.
    public init(_ label: String, _ estimate: Estimate?, isEmphasized: Bool = false) {
      self.label = label
      self.estimate = estimate
      self.isEmphasized = isEmphasized
    }
  }

  /// What the chart shows.
  public var title: String
  /// What to see in it, in a sentence; the chart's description for those who cannot see it.
  public var summary: String
  /// Name of the scale: `Accuracy on test groups, 95% interval`.
  public var valueTitle: String
  /// Unit of the scale and the reference lines.
  public var unit: Unit
  /// The estimates, from the top.
  public var rows: [Row]
  /// Levels to compare with, drawn across all rows.
  public var references: [ReferenceLine]

  /// A chart of the given rows.
  public init(
    _ title: String, summary: String, valueTitle: String, unit: Unit = .fraction, rows: [Row],
    references: [ReferenceLine] = []
  ) {
    self.title = title
    self.summary = summary
    self.valueTitle = valueTitle
    self.unit = unit
    self.rows = rows
    self.references = references
  }
}
