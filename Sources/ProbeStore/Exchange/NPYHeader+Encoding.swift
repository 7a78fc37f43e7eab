extension NPYHeader {
  /// The bytes before an array's values: magic, version, and a Python literal padded to a multiple of 64.
  ///
  /// Version 1 has two bytes for the literal's length, version 2 four.
  static func encoded(descr: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map { String($0) }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    func padded(_ prefix: Int) -> [UInt8] {
      let blanks = (64 - (prefix + text.count + 1) % 64) % 64
      return text + [UInt8](repeating: UInt8(ascii: " "), count: blanks) + [UInt8(ascii: "\n")]
    }
    let short = padded(10)
    if short.count <= Int(UInt16.max) {
      return magic + [1, 0] + littleEndianBytes(UInt16(short.count)) + short
    }
    text = padded(12)
    return magic + [2, 0] + littleEndianBytes(UInt32(text.count)) + text
  }
}
