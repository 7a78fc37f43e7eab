/// A number that may have failed to be one.
///
/// JSON has no NaN and no infinity; a report must still be able to say "this was not a number". A value that
/// is not finite is written as `null`, read back as NaN and shown as "n/a". Two such values are equal, so
/// that a report equals its own copy.
@propertyWrapper
public struct Measured: Sendable, Codable, Equatable {
  /// The number; NaN when there is none.
  public var wrappedValue: Double

  /// Wraps a number, finite or not.
  public init(wrappedValue: Double) {
    self.wrappedValue = wrappedValue
  }

  /// Reads a number or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? .nan : try container.decode(Double.self)
  }

  /// Writes a finite number as it is, anything else as `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }

  /// Equal numbers, or both not finite.
  public static func == (left: Measured, right: Measured) -> Bool {
    left.wrappedValue == right.wrappedValue || !(left.wrappedValue.isFinite || right.wrappedValue.isFinite)
  }
}
