/// A linear or logarithmic axis of a ``ScatterChart``.
struct AxisScale: Sendable {
  /// The ticks, ascending; the first and the last are the ends of the axis.
  let ticks: [Double]

  /// The axis of the values themselves; nil for a logarithmic one.
  private let linear: LinearScale?
  /// log₂ of the ends, for a logarithmic axis.
  private let exponents: ClosedRange<Double>

  /// An axis around those of `values` that have a place on it.
  init(covering values: [Double], kind: ScatterChart.Axis.Scale) {
    switch kind {
    case .linear:
      let scale = LinearScale(covering: values)
      linear = scale
      ticks = scale.ticks
      exponents = 0...1
    case .log2:
      linear = nil
      let logarithms = values.filter(Self.hasLogarithm).map(Self.log2)
      let first = (logarithms.min() ?? 0).rounded(.down)
      let last = max(first + 1, (logarithms.max() ?? 1).rounded(.up))
      let step = [1.0, 2, 4, 8, 16, 32, 64, 128].first { (last - first) / $0 <= 12 } ?? 256
      exponents = first...first + step * ((last - first) / step).rounded(.up)
      ticks = stride(from: first, through: exponents.upperBound, by: step).map {
        Double(sign: .plus, exponent: Int($0), significand: 1)
      }
    }
  }

  /// Lower end of the axis.
  var lower: Double { ticks.first ?? 0 }
  /// Upper end of the axis.
  var upper: Double { ticks.last ?? 1 }

  /// Where a value lies: 0 at the lower end, 1 at the upper; nil where it has no place on the axis.
  func position(_ value: Double) -> Double? {
    if let linear { return value.magnitude < 1e300 ? linear.position(value) : nil }
    guard Self.hasLogarithm(value) else { return nil }
    return (Self.log2(value) - exponents.lowerBound) / (exponents.upperBound - exponents.lowerBound)
  }

  /// A tick as text: no more decimals than it needs.
  func text(_ tick: Double, unit: Unit) -> String {
    linear?.text(tick, unit: unit)
      ?? unit.text(tick, digits: Self.decimals(of: unit == .fraction ? tick * 100 : tick))
  }

  private static func hasLogarithm(_ value: Double) -> Bool { value > 1e-300 && value < 1e300 }

  /// Decimals of a power of two, up to the 3 a reader can use.
  private static func decimals(of value: Double) -> Int {
    (0...3).first { (value * [1, 10, 100, 1_000][$0]).truncatingRemainder(dividingBy: 1) == 0 } ?? 3
  }

  /// log₂ of a normal positive number, to about 1e-10: one binary digit a squaring. (The report has no
  /// mathematics library, and drawings keep two decimals.)
  static func log2(_ value: Double) -> Double {
    var rest = value.significand
    var result = Double(value.exponent)
    var digit = 0.5
    for _ in 0..<36 {
      rest *= rest
      if rest >= 2 {
        rest /= 2
        result += digit
      }
      digit /= 2
    }
    return result
  }
}
