import Foundation

/// A number of bytes as people write it: `500MB`, `2GiB`, `1.5 GB`, `1048576`.
public struct ByteCount: Sendable, Equatable, CustomStringConvertible {
  /// The number.
  public let bytes: Int

  /// A number of bytes.
  public init(_ bytes: Int) {
    precondition(bytes >= 0, "ByteCount: \(bytes)")
    self.bytes = bytes
  }

  /// Reads a number with a unit: B, kB, MB, GB, TB (powers of 1,000), KiB, MiB, GiB, TiB (powers of 1,024), or none.
  /// Case does not matter. Parts of a byte are cut off.
  ///
  /// - Parameter place: what error texts call the source, such as an option's name.
  /// - Throws: ``StoreError`` (`badInput`).
  public init(_ text: String, at place: String) throws(StoreError) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard digits.first?.isNumber == true, digits.last != ".", let number = Double(digits),
      let factor = Self.units[unit]
    else {
      throw StoreError(
        .badInput, at: place, "expected a number of bytes, found \"\(text)\"",
        advice: "Write it as 500MB, 2GiB or 1048576")
    }
    // Whole numbers without rounding: a double has 53 bits.
    let whole = Int(digits).map { $0.multipliedReportingOverflow(by: Int(factor)) }
    let bytes =
      whole.map { $0.overflow ? nil : $0.partialValue } ?? Int(exactly: (number * factor).rounded(.down))
    guard let bytes else { throw StoreError(.badInput, at: place, "\(text) is more than any disk holds") }
    self.init(bytes)
  }

  /// The number in binary units, with one digit behind the point: `1.5 GiB`.
  public var description: String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return unit == 0 ? "\(bytes) B" : String(format: "%.1f %@", value, units[unit])
  }

  private static let units: [String: Double] = [
    "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30,
    "tib": 0x1p40,
  ]
}
