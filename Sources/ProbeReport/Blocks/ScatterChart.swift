/// Points with intervals over a numeric axis, with levels, lines and a diagonal to compare with: a reliability
/// diagram, or a learning curve over a logarithmic axis.
public struct ScatterChart: Sendable, Codable, Equatable {
  /// One of the two axes.
  public struct Axis: Sendable, Codable, Equatable {
    /// How numbers are spread over the axis.
    public enum Scale: String, Sendable, Codable, CaseIterable {
      /// Equal differences are equally far apart.
      case linear
      /// Equal ratios are equally far apart; ticks at powers of two. Numbers of 0 and below have no place: they
      /// are in the table only.
      case log2
    }

    /// What is measured: `Predicted probability`.
    public var title: String
    /// Unit of its numbers.
    public var unit: Unit
    /// Decimals shown in the table, counted in what is displayed. (Ticks show what tells them apart.)
    public var digits: Int
    /// How numbers are spread.
    public var scale: Scale

    /// An axis; digits are 1 for fractions and 3 for the rest unless told.
    public init(_ title: String, unit: Unit = .fraction, digits: Int? = nil, scale: Scale = .linear) {
      self.title = title
      self.unit = unit
      self.digits = digits ?? unit.usualDigits
      self.scale = scale
    }
  }

  /// One estimate at one place.
  public struct Point: Sendable, Codable, Equatable {
    /// Where it lies on the horizontal axis.
    @Measured public var x: Double
    /// What was measured there.
    public var estimate: Estimate
    /// Items that fell there; drawn as a bar under the chart. nil where counts mean nothing.
    public var count: Int?

    /// An estimate at `x`.
    public init(_ x: Double, _ estimate: Estimate, count: Int? = nil) {
      self.x = x
      self.estimate = estimate
      self.count = count
    }
  }

  /// Points that belong together.
  public struct Series: Sendable, Codable, Equatable {
    /// Its name.
    public var name: String
    /// The points, in any order.
    public var points: [Point]
    /// Whether a line joins the points from left to right.
    public var isJoined: Bool

    /// A named series; its points are joined unless told.
    public init(_ name: String, points: [Point], isJoined: Bool = true) {
      self.name = name
      self.points = points
      self.isJoined = isJoined
    }
  }

  /// A line without intervals: a fitted curve.
  public struct Line: Sendable, Codable, Equatable {
    /// A corner of the line.
    public struct Corner: Sendable, Codable, Equatable {
      /// Where it lies on the horizontal axis.
      @Measured public var x: Double
      /// Where it lies on the vertical axis.
      @Measured public var y: Double

      /// A corner at (x, y).
      public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
      }
    }

    /// Its name: `fit, a − b·n^−c`.
    public var name: String
    /// Its corners, from left to right; straight lines of the drawing join them. Some 40 look smooth.
    public var corners: [Corner]

    /// A named line through the given corners.
    public init(_ name: String, corners: [Corner]) {
      self.name = name
      self.corners = corners
    }
  }

  /// A place on the horizontal axis that was found: the number of examples that reach the target.
  public struct Mark: Sendable, Codable, Equatable {
    /// Where it lies.
    @Measured public var x: Double
    /// What it is: `about 1,240 examples reach 90%`.
    public var label: String

    /// A labelled place.
    public init(_ x: Double, label: String) {
      self.x = x
      self.label = label
    }
  }

  /// What the chart shows.
  public var title: String
  /// What to see in it, in a sentence; the chart's description for those who cannot see it.
  public var summary: String
  /// The horizontal axis.
  public var xAxis: Axis
  /// The vertical axis.
  public var yAxis: Axis
  /// The points; the first series is the one the chart is about, and the one whose counts are drawn.
  public var series: [Series]
  /// Lines without intervals, drawn behind the points.
  public var lines: [Line]
  /// Levels to compare with, drawn across the chart.
  public var references: [ReferenceLine]
  /// What y = x means (`perfect calibration`); nil draws no diagonal. With one, both axes have the same ends.
  public var diagonal: String?
  /// A place that was found; nil where there is none.
  public var mark: Mark?

  /// A chart of the given points.
  public init(
    _ title: String, summary: String, x: Axis, y: Axis, series: [Series], lines: [Line] = [],
    references: [ReferenceLine] = [], diagonal: String? = nil, mark: Mark? = nil
  ) {
    self.title = title
    self.summary = summary
    xAxis = x
    yAxis = y
    self.series = series
    self.lines = lines
    self.references = references
    self.diagonal = diagonal
    self.mark = mark
  }
}
