/// A JSON document with its keys in file order and compared byte by byte.
///
/// Foundation's parsers hand objects over as dictionaries of `String`, whose equality is canonical equivalence:
/// a vocabulary that spells "é" both composed and decomposed would lose one of the two. A tree that keeps members
/// as a list cannot.
enum JSONTree: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([Member])

  /// One `"key": value` of an object.
  struct Member: Sendable {
    let key: String
    let value: JSONTree
  }

  /// The type's name for error texts.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Parses a whole document (RFC 8259, UTF-8, no byte-order mark).
  static func parse(_ bytes: [UInt8], path: String) throws(TokenizerError) -> JSONTree {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw TokenizerError(
        .malformedJSON, path: path, key: "", expected: "UTF-8 text", found: "bytes that are not UTF-8",
        nextStep: "Fetch the file again: it is damaged, or it is not JSON.")
    }
    var parser = JSONParser(bytes: bytes, path: path)
    return try parser.document()
  }
}

/// Recursive descent over the bytes of one document. Nesting is bounded, so that a hostile file cannot exhaust
/// the stack.
private struct JSONParser {
  let bytes: [UInt8]
  let path: String
  var index = 0

  private static let maximumDepth = 128

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  mutating func document() throws(TokenizerError) -> JSONTree {
    let tree = try value(depth: 0)
    skipBlanks()
    guard index == bytes.count else { throw failure(expected: "the end of the document") }
    return tree
  }

  private mutating func value(depth: Int) throws(TokenizerError) -> JSONTree {
    guard depth < Self.maximumDepth else {
      throw failure(expected: "at most \(Self.maximumDepth) nested levels")
    }
    skipBlanks()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(TokenizerError) -> JSONTree {
    index += 1
    var members: [JSONTree.Member] = []
    skipBlanks()
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw failure(expected: "a quoted key") }
      let key = try string()
      skipBlanks()
      guard take(":") else { throw failure(expected: "':' after a key") }
      members.append(JSONTree.Member(key: key, value: try value(depth: depth + 1)))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw failure(expected: "',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(TokenizerError) -> JSONTree {
    index += 1
    var elements: [JSONTree] = []
    skipBlanks()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipBlanks()
    } while take(",")
    guard take("]") else { throw failure(expected: "',' or ']'") }
    return .array(elements)
  }

  private mutating func string() throws(TokenizerError) -> String {
    index += 1
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\"),
      bytes[index] >= 0x20
    { index += 1 }
    // Nearly every string of a vocabulary has no escape: take it whole.
    if take("\"") { return String(decoding: bytes[start..<index - 1], as: UTF8.self) }
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return String(decoding: text, as: UTF8.self)
      }
      guard byte >= 0x20 else { throw failure(expected: "an escaped control character") }
      index += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
    }
    throw failure(expected: "a closing quote")
  }

  private mutating func escape(into text: inout [UInt8]) throws(TokenizerError) {
    let letter = peek
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code, take("\\"), take("u") {
        let low = try hexadecimal()
        guard 0xDC00..<0xE000 ~= low else { throw failure(expected: "a low surrogate") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure(expected: "a surrogate pair") }
      text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default:
      throw failure(expected: "a known escape")
    }
  }

  private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(peek)).hexDigitValue else {
        throw failure(expected: "four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }

  private mutating func number() throws(TokenizerError) -> JSONTree {
    let start = index
    while index < bytes.count, "+-0123456789.eE".utf8.contains(bytes[index]) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if let integer = Int(text), !text.hasPrefix("+") { return .integer(integer) }
    guard let number = Double(text), number.isFinite, !text.hasPrefix("+") else {
      index = start
      throw failure(expected: "a value")
    }
    return .number(number)
  }

  private mutating func literal(_ word: StaticString, _ tree: JSONTree) throws(TokenizerError) -> JSONTree {
    let end = index + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[index..<end].elementsEqual(word.description.utf8) else {
      throw failure(expected: "a value")
    }
    index = end
    return tree
  }

  private var peek: UInt8 { index < bytes.count ? bytes[index] : 0 }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func skipBlanks() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private func failure(expected: String) -> TokenizerError {
    let read = bytes[..<min(index, bytes.count)]
    let line = 1 + read.count { $0 == 0x0A }
    let column = 1 + read.reversed().prefix { $0 != 0x0A }.count
    let found = index < bytes.count ? "byte 0x\(String(bytes[index], radix: 16))" : "the end of the file"
    return TokenizerError(
      .malformedJSON, path: path, key: "line \(line), column \(column)", expected: expected, found: found,
      nextStep: "Fetch the file again: it is truncated or damaged.")
  }
}
