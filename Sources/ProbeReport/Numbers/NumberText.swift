/// Numbers as text: fixed decimals, grouped thousands, the same in every locale.
enum NumberText {
  /// What stands for a number that is not one.
  static let notAvailable = "n/a"

  /// A true minus sign, as wide as a digit and read aloud as "minus".
  static let minus = "\u{2212}"

  /// Fixed-point text of `value · 10^shift`.
  ///
  /// Rounds the shortest decimal that reads back as `value`, halves away from zero, so that 0.285 at two
  /// decimals is `0.29`, as a reader of "0.285" expects. From 10¹⁵ on, scientific: `1.2e17`. Never `−0`.
  static func fixed(_ value: Double, digits: Int, shift: Int = 0) -> String {
    guard value.isFinite else { return notAvailable }
    precondition((0...17).contains(digits), "NumberText.fixed: digits is \(digits), expected 0...17")
    var decimal = Decimal(value.magnitude)
    decimal.point += shift
    let sign = value < 0 ? minus : ""
    if decimal.point > 15 {
      return sign + decimal.scientific()
    }
    decimal.round(keeping: decimal.point + digits)
    if decimal.digits.allSatisfy({ $0 == 0 }) {
      return digits == 0 ? "0" : "0." + String(repeating: "0", count: digits)
    }
    let integer = grouped(decimal.integerText)
    return sign + (digits == 0 ? integer : integer + "." + decimal.fractionText(digits))
  }

  /// A whole number with a comma between thousands: `1,048,576`.
  static func grouped(_ value: Int) -> String {
    (value < 0 ? minus : "") + grouped(String(value.magnitude))
  }

  private static func grouped(_ digits: String) -> String {
    var result = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0 && (digits.utf8.count - offset).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }
}

/// A non-negative number as decimal digits: `0.d₀d₁d₂… · 10^point`.
private struct Decimal {
  var digits: [UInt8]
  var point: Int

  /// The shortest digits that read back as `value`, from the standard library's description (`1.25e-05`).
  init(_ value: Double) {
    let parts = value.description.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    digits = mantissa.joined().utf8.map { $0 - UInt8(ascii: "0") }
    point = mantissa[0].utf8.count + exponent
    let leadingZeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(leadingZeros)
    point -= leadingZeros
  }

  /// Keeps `count` digits; more than there are means zeros at the end.
  mutating func round(keeping count: Int) {
    guard count >= 0 else {
      digits = []
      return
    }
    guard count < digits.count else {
      digits += Array(repeating: 0, count: count - digits.count)
      return
    }
    let roundsUp = digits[count] >= 5
    digits.removeLast(digits.count - count)
    guard roundsUp else { return }
    var position = count - 1
    while position >= 0 && digits[position] == 9 {
      digits[position] = 0
      position -= 1
    }
    if position >= 0 {
      digits[position] += 1
    } else {
      digits.insert(1, at: 0)
      point += 1
    }
  }

  var integerText: String {
    point > 0 ? text(digits.prefix(point)) : "0"
  }

  func fractionText(_ count: Int) -> String {
    let zeros = String(repeating: "0", count: min(count, max(0, -point)))
    return zeros + text(digits.dropFirst(max(0, point)))
  }

  func scientific() -> String {
    var rounded = self
    rounded.round(keeping: 2)
    return "\(text(rounded.digits[0..<1])).\(text(rounded.digits[1..<2]))e\(rounded.point - 1)"
  }

  private func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}
