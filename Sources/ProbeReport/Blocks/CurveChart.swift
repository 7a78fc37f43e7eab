/// Several series over one ordered axis, each point with its interval: accuracy over layers.
///
/// Series differ in colour, dash and marker, and carry their name beside the line, so that nobody needs to
/// tell colours apart.
public struct CurveChart: Sendable, Codable, Equatable {
  /// One line.
  public struct Series: Sendable, Codable, Equatable {
    /// Its name, written beside the line.
    public var name: String
    /// One estimate per position; nil where nothing was measured (the line breaks, the table says "n/a").
    public var points: [Estimate?]

    /// A named line.
    public init(_ name: String, points: [Estimate?]) {
      self.name = name
      self.points = points
    }
  }

  /// The point that was chosen, on the first series.
  public struct Mark: Sendable, Codable, Equatable {
    /// Its position on the axis, from 0.
    public var position: Int
    /// What it is: `layer 18, chosen on validation groups`.
    public var label: String

    /// A labelled position.
    public init(_ position: Int, label: String) {
      self.position = position
      self.label = label
    }
  }

  /// What the chart shows.
  public var title: String
  /// What to see in it, in a sentence; the chart's description for those who cannot see it.
  public var summary: String
  /// Name of the horizontal axis: `Layer`.
  public var positionTitle: String
  /// The positions, in order: `["0", "1", …]`.
  public var positions: [String]
  /// Name of the vertical axis: `Accuracy, 95% interval`.
  public var valueTitle: String
  /// Unit of the vertical axis and the reference lines.
  public var unit: Unit
  /// The lines; the first is the one the chart is about.
  public var series: [Series]
  /// Levels to compare with.
  public var references: [ReferenceLine]
  /// The chosen point; nil where none was chosen.
  public var mark: Mark?

  /// A chart over `positions`.
  public init(
    _ title: String, summary: String, positionTitle: String, positions: [String], valueTitle: String,
    unit: Unit = .fraction, series: [Series], references: [ReferenceLine] = [], mark: Mark? = nil
  ) {
    self.title = title
    self.summary = summary
    self.positionTitle = positionTitle
    self.positions = positions
    self.valueTitle = valueTitle
    self.unit = unit
    self.series = series
    self.references = references
    self.mark = mark
  }
}
