/// A number estimated from data, never without its company: interval, n, chance and control.
///
/// Shown as `87.3% [83.9, 90.4]` with `n = 428`, `chance 50.0%` and `control 51.2%` beside it. What the
/// interval means (level, resampling unit) is for the text around it to say.
public struct Estimate: Sendable, Codable, Equatable {
  /// The point estimate in its own unit: 87.3% is 0.873.
  @Measured public var value: Double
  /// Lower end of the interval, same unit.
  @Measured public var lower: Double
  /// Upper end of the interval, same unit.
  @Measured public var upper: Double
  /// How many independent items the estimate rests on.
  public var n: Int
  /// What guessing would score, same unit; nil where the measure has no such level.
  public var chance: Double?
  /// What the control task or baseline scored, same unit; nil where there is none.
  public var control: Double?
  /// How the numbers are written.
  public var unit: Unit
  /// Decimals shown, counted in what is displayed.
  public var digits: Int

  /// - Parameters:
  ///   - value: point estimate; not finite is shown as "n/a".
  ///   - lower: lower end of the interval.
  ///   - upper: upper end of the interval.
  ///   - n: independent items (groups or examples; the text says which).
  ///   - chance: guessing level; a value that is not finite counts as absent.
  ///   - control: control task or baseline; a value that is not finite counts as absent.
  ///   - unit: `.fraction` unless told.
  ///   - digits: decimals shown; 1 for fractions and 3 for the rest unless told.
  public init(
    _ value: Double, lower: Double, upper: Double, n: Int, chance: Double? = nil, control: Double? = nil,
    unit: Unit = .fraction, digits: Int? = nil
  ) {
    self.value = value
    self.lower = lower
    self.upper = upper
    self.n = n
    self.chance = chance.flatMap { $0.isFinite ? $0 : nil }
    self.control = control.flatMap { $0.isFinite ? $0 : nil }
    self.unit = unit
    self.digits = digits ?? unit.usualDigits
  }

  /// The estimate with its interval: `87.3% [83.9, 90.4]`, `n/a [n/a]`.
  public var text: String { "\(valueText) \(intervalText)" }

  /// The point estimate with its unit: `87.3%`.
  public var valueText: String { unit.text(value, digits: digits) }

  /// The interval in brackets, without the unit: `[83.9, 90.4]`.
  public var intervalText: String {
    guard lower.isFinite || upper.isFinite else { return "[\(NumberText.notAvailable)]" }
    return "[\(unit.digits(lower, digits: digits)), \(unit.digits(upper, digits: digits))]"
  }

  /// What stands beside the number: `n = 428`, then chance and control where there are any.
  public var company: [String] {
    Companion.allCases.compactMap { companion in
      text(of: companion).map {
        companion == .n ? "n\u{00A0}=\u{00A0}\($0)" : "\(companion.rawValue)\u{00A0}\($0)"
      }
    }
  }

  /// What stands beside an estimate.
  enum Companion: String, CaseIterable, Sendable {
    case n, chance, control
  }

  /// One companion's number as text; nil where there is none.
  func text(of companion: Companion) -> String? {
    switch companion {
    case .n: NumberText.grouped(n)
    case .chance: chance.map { unit.text($0, digits: digits) }
    case .control: control.map { unit.text($0, digits: digits) }
    }
  }

  /// Every finite number of the estimate that a chart must have room for.
  var extent: [Double] {
    [value, lower, upper].filter { $0.isFinite }
  }
}
