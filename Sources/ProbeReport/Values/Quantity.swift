/// What a number counts, which decides how it is written.
public enum Unit: Sendable, Codable, Equatable {
  /// A share between 0 and 1, written as a percentage: 0.873 → `87.3%`.
  case fraction
  /// A number without a unit: `0.914`.
  case plain
  /// A number with a unit's symbol after it: `5.5 bits`.
  case symbol(String)
}

/// One number without an interval: a reference line, a p-value, a count of bits.
///
/// An estimate from data is an ``Estimate``, which has an interval and company.
public struct Quantity: Sendable, Codable, Equatable {
  /// The number in its own unit: a share of 87.3% is 0.873.
  @Measured public var value: Double
  /// How it is written.
  public var unit: Unit
  /// Decimals shown, counted in what is displayed: 1 for `87.3%`.
  public var digits: Int

  /// - Parameters:
  ///   - value: the number; one that is not finite is shown as "n/a".
  ///   - unit: `.plain` unless told.
  ///   - digits: decimals shown; 1 for fractions and 3 for the rest unless told.
  public init(_ value: Double, unit: Unit = .plain, digits: Int? = nil) {
    self.value = value
    self.unit = unit
    self.digits = digits ?? unit.usualDigits
  }

  /// The number as displayed, with its unit: `87.3%`, `0.914`, `5.500 bits`, `n/a`.
  public var text: String { unit.text(value, digits: digits) }
}

extension Unit {
  /// Decimals shown where nobody said otherwise.
  var usualDigits: Int { self == .fraction ? 1 : 3 }

  /// The bare digits of a number in this unit, without a sign for the unit.
  func digits(_ value: Double, digits: Int) -> String {
    NumberText.fixed(value, digits: digits, shift: self == .fraction ? 2 : 0)
  }

  /// A number in this unit with the unit's sign; "n/a" has none.
  func text(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return NumberText.notAvailable }
    let number = self.digits(value, digits: digits)
    return switch self {
    case .fraction: number + "%"
    case .plain: number
    case .symbol(let symbol): number + "\u{00A0}" + symbol
    }
  }
}
