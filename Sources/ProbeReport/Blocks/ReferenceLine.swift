/// A level to compare with, drawn as a labelled line across a chart: chance, majority class, a control.
public struct ReferenceLine: Sendable, Codable, Equatable {
  /// What the level is.
  public var label: String
  /// Where it lies, in the unit of the chart.
  @Measured public var value: Double

  /// A labelled level.
  public init(_ label: String, _ value: Double) {
    self.label = label
    self.value = value
  }
}
