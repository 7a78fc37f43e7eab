import Foundation

/// A strict reader of JSON (RFC 8259) for files that nobody vouches for.
///
/// Stricter than common readers in one point: a key that occurs twice in an object is an error, because readers differ in
/// which one they take. Depth is limited, and so is memory: values cost more than the text they are written in (an empty
/// object of two bytes takes dozens), so a document of brackets is refused before it has grown past a multiple of its size.
struct StrictJSON {
  /// How numbers with a fraction or an exponent are read.
  enum Fractions {
    /// `16.0` is the integer 16, as most readers of configurations have it.
    case wholeNumbersAreIntegers
    /// `16.0` is no integer, as in a safetensors header.
    case asWritten
  }

  /// Deepest nesting accepted, as in serde_json.
  static let deepest = 128

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private let fractions: Fractions
  private var offset = 0
  private var budget: Int

  /// Parses a whole document.
  ///
  /// - Throws: ``ModelError`` `.corrupt` with line and column.
  static func parse(
    _ bytes: UnsafeRawBufferPointer, path: String, fractions: Fractions
  ) throws(ModelError) -> JSONValue {
    var parser = StrictJSON(
      bytes: bytes, path: path, fractions: fractions, budget: bytes.count * 12 + 32 << 20)
    let value = try parser.value(depth: 0)
    parser.skipBlanks()
    guard parser.offset == bytes.count else { throw parser.invalid("text after the end of the document") }
    return value
  }

  private init(bytes: UnsafeRawBufferPointer, path: String, fractions: Fractions, budget: Int) {
    (self.bytes, self.path, self.fractions, self.budget) = (bytes, path, fractions, budget)
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(ModelError) -> JSONValue {
    skipBlanks()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case nil: throw invalid("the text ends where a value is expected")
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(ModelError) -> JSONValue {
    try enter(depth)
    try spend(128)
    var members: [String: JSONValue] = [:]
    if skip("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw invalid("expected a key in quotes") }
      let start = offset
      let key = try string()
      guard skip(":") else { throw invalid("expected a colon after the key") }
      try spend(128)
      let member = try value(depth: depth + 1)
      guard members.updateValue(member, forKey: key) == nil else {
        throw invalid("the key \"\(key)\" occurs twice", at: start)
      }
    } while skip(",")
    guard skip("}") else { throw invalid("expected a comma or }") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(ModelError) -> JSONValue {
    try enter(depth)
    try spend(64)
    var items: [JSONValue] = []
    if skip("]") { return .array(items) }
    repeat {
      try spend(64)
      items.append(try value(depth: depth + 1))
    } while skip(",")
    guard skip("]") else { throw invalid("expected a comma or ]") }
    return .array(items)
  }

  private mutating func enter(_ depth: Int) throws(ModelError) {
    guard depth < Self.deepest else { throw invalid("nested more than \(Self.deepest) deep") }
    offset += 1
  }

  private mutating func spend(_ cost: Int) throws(ModelError) {
    budget -= cost
    guard budget >= 0 else { throw invalid("more values than a document of this size may hold") }
  }

  private mutating func literal(_ text: String, _ value: JSONValue) throws(ModelError) -> JSONValue {
    guard bytes[offset...].starts(with: text.utf8) else { throw invalid("expected a value") }
    offset += text.utf8.count
    return value
  }

  // MARK: Numbers

  private mutating func number() throws(ModelError) -> JSONValue {
    let start = offset
    if peek == UInt8(ascii: "-") { offset += 1 }
    let first = offset
    guard skipDigits() else { throw invalid("expected a value") }
    guard bytes[first] != UInt8(ascii: "0") || offset == first + 1 else {
      throw invalid("a number with a leading zero", at: first)
    }
    var isInteger = true
    if peek == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      guard skipDigits() else { throw invalid("expected a digit after the point") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      offset += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
      guard skipDigits() else { throw invalid("expected a digit in the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw invalid("a number out of range", at: start)
    }
    // Beyond 2^53 not every integer is a double: a number written there was never meant as one.
    if fractions == .wholeNumbersAreIntegers, number.magnitude <= 0x1p53, let whole = Int(exactly: number) {
      return .integer(whole)
    }
    return .number(number)
  }

  private mutating func skipDigits() -> Bool {
    let start = offset
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
    return offset > start
  }

  // MARK: Strings

  private mutating func string() throws(ModelError) -> String {
    let start = offset
    offset += 1
    var (run, text) = (offset, "")
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        try append(run, to: &text)
        offset += 1
        try spend(offset - start > 17 ? 32 + offset - start : 0)
        return text
      case UInt8(ascii: "\\"):
        try append(run, to: &text)
        text.unicodeScalars.append(try escape())
        run = offset
      case 0..<0x20: throw invalid("a control character in a string")
      default: offset += 1
      }
    }
    throw invalid("a string without end", at: start)
  }

  private func append(_ run: Int, to text: inout String) throws(ModelError) {
    guard run < offset else { return }
    guard let part = String(validating: bytes[run..<offset], as: UTF8.self) else {
      throw invalid("a string that is not UTF-8", at: run)
    }
    if text.isEmpty { text = part } else { text += part }
  }

  private mutating func escape() throws(ModelError) -> Unicode.Scalar {
    let start = offset
    guard offset + 1 < bytes.count else { throw invalid("a string without end") }
    let letter = bytes[offset + 1]
    offset += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let high = try hexadecimal()
      if let scalar = Unicode.Scalar(high) { return scalar }
      // The first half of a surrogate pair; the second must follow.
      guard high < 0xdc00, skipExactly("\\u") else { throw invalid("half a surrogate pair", at: start) }
      let low = try hexadecimal()
      guard 0xdc00...0xdfff ~= low,
        let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
      else { throw invalid("half a surrogate pair", at: start) }
      return scalar
    default: throw invalid("an unknown escape", at: start)
    }
  }

  private mutating func hexadecimal() throws(ModelError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw invalid("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  // MARK: Bytes

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
  }

  /// Skips blanks and then `character`; whether it was there.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipExactly(_ text: String) -> Bool {
    guard bytes[offset...].starts(with: text.utf8) else { return false }
    offset += text.utf8.count
    return true
  }

  private func invalid(_ problem: String, at place: Int? = nil) -> ModelError {
    let place = place ?? offset
    let before = bytes[..<place]
    let line = before.count { $0 == 0x0a } + 1
    let column = place - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
    return ModelError(.corrupt, at: path, "not valid JSON: \(problem) (line \(line), column \(column))")
  }
}
