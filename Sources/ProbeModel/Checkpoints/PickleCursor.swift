/// Reads the bytes of a pickle one field after the other; every read is bounds-checked.
struct PickleCursor {
  let bytes: UnsafeRawBufferPointer
  /// For error texts.
  let location: String
  private(set) var offset = 0

  init(bytes: UnsafeRawBufferPointer, location: String) { (self.bytes, self.location) = (bytes, location) }

  mutating func take(_ count: UInt64, _ what: String) throws(ModelError) -> Range<Int> {
    guard count <= UInt64(bytes.count - offset) else {
      throw corrupt(
        "\(what) at byte \(offset) needs \(count) bytes, the pickle has \(bytes.count)")
    }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }

  mutating func byte(_ what: String) throws(ModelError) -> UInt8 {
    bytes[try take(1, what).lowerBound]
  }

  mutating func integer<I: FixedWidthInteger>(_ type: I.Type) throws(ModelError) -> I {
    let start = try take(UInt64(MemoryLayout<I>.size), "a number").lowerBound
    return I(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
  }

  /// A two's complement integer of any length, little-endian.
  mutating func long(_ count: Int) throws(ModelError) -> Pickle.Value {
    let range = try take(UInt64(count), "an integer")
    guard count <= 8 else { return .longInteger }
    guard count > 0 else { return .integer(0) }
    let bits = bytes[range].reversed().reduce(0) { $0 << 8 | Int($1) }
    let unused = 64 - 8 * count
    return .integer((bits << unused) >> unused)
  }

  mutating func text(_ count: UInt64) throws(ModelError) -> Pickle.Text {
    let range = try take(count, "a string")
    return Pickle.Text(offset: Int32(range.lowerBound), count: Int32(range.count))
  }

  mutating func skipBytes(_ count: UInt64) throws(ModelError) -> Pickle.Value {
    _ = try take(count, "bytes")
    return .bytes
  }

  /// The text up to the end of a line.
  mutating func line() throws(ModelError) -> Pickle.Text {
    guard let end = bytes[offset...].prefix(Pickle.longestName + 1).firstIndex(of: 0x0a) else {
      throw corrupt("a name without end at byte \(offset)")
    }
    let text = try text(UInt64(end - offset))
    offset += 1
    return text
  }

  func corrupt(_ problem: String) -> ModelError {
    ModelError(.corrupt, at: location, problem, advice: "The file is damaged: fetch it again")
  }
}
