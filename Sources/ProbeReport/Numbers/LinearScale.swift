/// A linear axis: round ticks that enclose the data.
///
/// Tick steps are 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph labels", Graphics Gems,
/// 1990).
struct LinearScale: Equatable, Sendable {
  /// The ticks, ascending; the first and the last are the ends of the axis.
  let ticks: [Double]
  /// Decimals that tell neighbouring ticks apart.
  let decimals: Int

  /// Lower end of the axis.
  var lower: Double { ticks.first ?? 0 }
  /// Upper end of the axis.
  var upper: Double { ticks.last ?? 1 }

  /// An axis around the finite ones of `values`, of about `count` intervals.
  ///
  /// Without a finite value it runs from 0 to 1; with a single one it opens a little to both sides. Values
  /// beyond ±10³⁰⁰ count as not finite, so that no difference overflows.
  init(covering values: [Double], count: Int = 5) {
    let finite = values.filter { $0.magnitude < 1e300 }
    var lower = finite.min() ?? 0
    var upper = finite.max() ?? 1
    // Below this span neighbouring ticks would be the same number.
    let narrowest = max(lower.magnitude, upper.magnitude) * 1e-9
    if upper - lower <= narrowest {
      let room = lower == 0 ? 0.5 : max(lower.magnitude * 0.05, narrowest)
      lower -= room
      upper += room
    }
    let (mantissa, exponent) = Self.step(atLeast: (upper - lower) / Double(max(1, count)))
    func tick(_ index: Double) -> Double {
      exponent < 0 ? index * mantissa / Self.power(-exponent) : index * mantissa * Self.power(exponent)
    }
    let step = tick(1)
    // A quotient a rounding error above a whole number must not add an empty interval.
    let first = (lower / step + 1e-9).rounded(.down)
    let last = (upper / step - 1e-9).rounded(.up)
    ticks = stride(from: first, through: max(last, first + 1), by: 1).map(tick)
    decimals = max(0, -exponent)
  }

  /// An axis around `values` and, as far as their unit goes, around the ends of their intervals.
  ///
  /// No share exceeds 100%, and no difference of shares is beyond ±100%; an interval made of a standard error
  /// may. Then the axis ends at 100%, and the interval is drawn up to there.
  init(covering values: [Double], reaching ends: [Double], unit: Unit) {
    self.init(covering: values + Self.reached(ends, values: values, unit: unit))
  }

  /// The ends of intervals, held within ±1 where they belong to shares.
  static func reached(_ ends: [Double], values: [Double], unit: Unit) -> [Double] {
    guard unit == .fraction, values.allSatisfy({ !$0.isFinite || $0.magnitude <= 1 }) else { return ends }
    return ends.map { $0.magnitude < 1e300 ? min(1, max(-1, $0)) : $0 }
  }

  /// Whether a value has its place on the axis; a rounding error beyond its end has.
  func holds(_ value: Double) -> Bool {
    let slack = (upper - lower) * 1e-6
    return value >= lower - slack && value <= upper + slack
  }

  /// The value, or the nearer end of the axis.
  func held(_ value: Double) -> Double { min(upper, max(lower, value)) }

  /// Where a value lies on the axis: 0 at the lower end, 1 at the upper.
  func position(_ value: Double) -> Double {
    (value - lower) / (upper - lower)
  }

  /// A tick as text: no more decimals than neighbouring ticks need.
  func text(_ tick: Double, unit: Unit) -> String {
    unit.text(tick, digits: min(17, unit == .fraction ? max(0, decimals - 2) : decimals))
  }

  /// The smallest of {1, 2, 5}·10^k that is at least `width`.
  private static func step(atLeast width: Double) -> (mantissa: Double, exponent: Int) {
    var exponent = 0
    while power(exponent) > width && exponent > -300 { exponent -= 1 }
    while power(exponent + 1) <= width && exponent < 300 { exponent += 1 }
    for mantissa in [1.0, 2, 5] where mantissa * power(exponent) >= width * (1 - 1e-9) {
      return (mantissa, exponent)
    }
    return (1, exponent + 1)
  }

  /// 10^exponent, the nearest double (a product of tens would drift).
  private static func power(_ exponent: Int) -> Double {
    Double("1e\(exponent)") ?? 1
  }
}
