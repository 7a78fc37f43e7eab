/// Reads the header of a GGUF file field by field; every read is bounds-checked and names what it was after.
struct GGUFReader {
  let file: MappedFile
  private(set) var offset = 0

  init(file: MappedFile) { self.file = file }

  /// The next `count` bytes.
  mutating func bytes(_ count: Int, _ what: String) throws(ModelError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= file.bytes.count - offset else {
      throw ModelError(
        .corrupt, at: file.path,
        "\(what) at byte \(offset) needs \(count) bytes, the file has \(file.bytes.count)",
        advice: "The file is truncated or damaged: fetch it again")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count])
  }

  mutating func integer<I: FixedWidthInteger>(_ type: I.Type, _ what: String) throws(ModelError) -> I {
    I(littleEndian: try bytes(MemoryLayout<I>.size, what).loadUnaligned(as: I.self))
  }

  /// A 64-bit count or offset; one larger than the file can hold is refused here.
  mutating func count(_ what: String) throws(ModelError) -> Int {
    let value = try integer(UInt64.self, what)
    guard value <= UInt64(file.bytes.count) * 8 else {
      throw ModelError(.corrupt, at: file.path, "\(what) is \(value), more than the file can hold")
    }
    return Int(value)
  }

  mutating func string(_ what: String) throws(ModelError) -> String {
    let length = try count("length of \(what)")
    return String(decoding: try bytes(length, what), as: UTF8.self)
  }

  mutating func value(key: String) throws(ModelError) -> GGUF.Value {
    let type = try integer(UInt32.self, "type of \(key)")
    if type == 9 { return try array(key: key) }
    return try scalar(type, key: key)
  }

  private mutating func scalar(_ type: UInt32, key: String) throws(ModelError) -> GGUF.Value {
    switch type {
    case 0: .integer(Int(try integer(UInt8.self, key)))
    case 1: .integer(Int(try integer(Int8.self, key)))
    case 2: .integer(Int(try integer(UInt16.self, key)))
    case 3: .integer(Int(try integer(Int16.self, key)))
    case 4: .integer(Int(try integer(UInt32.self, key)))
    case 5: .integer(Int(try integer(Int32.self, key)))
    case 6: .number(Double(Float(bitPattern: try integer(UInt32.self, key))))
    case 7: .bool(try integer(UInt8.self, key) != 0)
    case 8: .string(try string(key))
    case 10: .integer(Int(truncatingIfNeeded: try integer(UInt64.self, key)))
    case 11: .integer(Int(try integer(Int64.self, key)))
    case 12: .number(Double(bitPattern: try integer(UInt64.self, key)))
    default:
      throw ModelError(.corrupt, at: "\(file.path): metadata \(key)", "\(type) is not a GGUF value type")
    }
  }

  private mutating func array(key: String, depth: Int = 0) throws(ModelError) -> GGUF.Value {
    guard depth < 4 else {
      throw ModelError(.corrupt, at: "\(file.path): metadata \(key)", "arrays are nested more than four deep")
    }
    let type = try integer(UInt32.self, "element type of \(key)")
    let length = try count("length of \(key)")
    // Every element takes at least this many bytes: a length beyond the file is refused before anything is reserved.
    guard let least = Self.leastBytes(ofType: type) else {
      throw ModelError(.corrupt, at: "\(file.path): metadata \(key)", "\(type) is not a GGUF value type")
    }
    guard length <= (file.bytes.count - offset) / least else {
      throw ModelError(
        .corrupt, at: "\(file.path): metadata \(key)",
        "an array of \(length) elements at byte \(offset) reaches beyond the file (\(file.bytes.count) bytes)",
        advice: "The file is truncated or damaged: fetch it again")
    }
    switch type {
    case 7:
      _ = try bytes(length, key)
      return .other
    case 8:
      var strings: [String] = []
      strings.reserveCapacity(length)
      for _ in 0..<length { strings.append(try string(key)) }
      return .strings(strings)
    case 6, 12:
      var numbers: [Double] = []
      numbers.reserveCapacity(length)
      for _ in 0..<length {
        if case .number(let number) = try scalar(type, key: key) { numbers.append(number) }
      }
      return .numbers(numbers)
    case 9:
      for _ in 0..<length { _ = try array(key: key, depth: depth + 1) }
      return .other
    default:
      var integers: [Int] = []
      integers.reserveCapacity(length)
      for _ in 0..<length {
        if case .integer(let integer) = try scalar(type, key: key) { integers.append(integer) }
      }
      return .integers(integers)
    }
  }

  /// Bytes that a value of this type takes at least; nil for no type of the format.
  private static func leastBytes(ofType type: UInt32) -> Int? {
    switch type {
    case 0, 1, 7: 1
    case 2, 3: 2
    case 4, 5, 6: 4
    case 8, 10, 11, 12: 8
    case 9: 12
    default: nil
    }
  }
}
