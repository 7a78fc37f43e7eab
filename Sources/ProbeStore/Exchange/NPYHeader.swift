import ProbeModel

/// What stands before the values of a `.npy` file (NumPy's format, versions 1 to 3): magic, version, length of the
/// header, and a Python literal `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NPYHeader: Equatable {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Longest literal read: NumPy's own for plain arrays take about a hundred bytes.
  static let longest = 65_536

  /// Byte order and type, such as `<f4`.
  let descr: String
  /// Whether the first axis varies fastest.
  let isFortran: Bool
  /// Sizes of the axes.
  let shape: [Int]
  /// Where the values begin in the file.
  let dataStart: Int

  /// Reads the header of a file's bytes.
  ///
  /// - Throws: ``ModelError`` `.corrupt`, or `.unsupported` for versions and types of array that are not read.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(ModelError) {
    func corrupt(_ problem: String) -> ModelError {
      ModelError(.corrupt, at: path, problem, advice: "numpy.save writes such files")
    }
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual(Self.magic) else {
      throw corrupt("is no .npy file: it does not begin with \\x93NUMPY")
    }
    let version = bytes[6]
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw ModelError(
        .unsupported, at: path, "the .npy version \(version).\(bytes[7]) is not read: 1.0 to 3.0 are")
    }
    let prefix = version == 1 ? 10 : 12
    guard bytes.count >= prefix else { throw corrupt("the file ends inside the header") }
    let length =
      version == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= min(Self.longest, bytes.count - prefix) else {
      throw corrupt("the header claims \(length) bytes, the file has \(bytes.count)")
    }
    dataStart = prefix + length
    var literal = PythonLiteral(UnsafeRawBufferPointer(rebasing: bytes[prefix..<dataStart]), path: path)
    (descr, isFortran, shape) = try literal.header()
  }
}

/// Reads the one Python literal that a `.npy` header is: a dictionary of a text, a truth value and a tuple.
private struct PythonLiteral {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var next = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) { (self.bytes, self.path) = (bytes, path) }

  mutating func header() throws(ModelError) -> (descr: String, isFortran: Bool, shape: [Int]) {
    var (descr, isFortran, shape): (String?, Bool?, [Int]?) = (nil, nil, nil)
    try expect("{")
    while !take("}") {
      let key = try text()
      try expect(":")
      switch key {
      case "descr" where descr == nil:
        guard peek() != UInt8(ascii: "[") else {
          throw ModelError(
            .unsupported, at: path, "the array is structured",
            advice: "Save one of its fields: numpy.save(FILE, array['FIELD'])")
        }
        descr = try text()
      case "fortran_order" where isFortran == nil: isFortran = try truth()
      case "shape" where shape == nil: shape = try tuple()
      default: throw corrupt("expected descr, fortran_order and shape once each, found '\(key)'")
      }
      guard take(",") || peek() == UInt8(ascii: "}") else { throw corrupt("expected a comma or }") }
    }
    skipBlanks()
    guard next == bytes.count else { throw corrupt("something follows the dictionary") }
    guard let descr, let isFortran, let shape else {
      throw corrupt("expected descr, fortran_order and shape, one is missing")
    }
    return (descr, isFortran, shape)
  }

  private mutating func text() throws(ModelError) -> String {
    skipBlanks()
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw corrupt("expected a text in quotes")
    }
    next += 1
    let start = next
    while let byte = next < bytes.count ? bytes[next] : nil, byte != quote {
      guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") else {
        throw corrupt("a text holds byte \(byte), which no name of a type has")
      }
      next += 1
    }
    guard next < bytes.count else { throw corrupt("a text has no end") }
    defer { next += 1 }
    return String(decoding: bytes[start..<next], as: UTF8.self)
  }

  private mutating func truth() throws(ModelError) -> Bool {
    for (word, value) in [("True", true), ("False", false)] where take(word) { return value }
    throw corrupt("fortran_order: expected True or False")
  }

  private mutating func tuple() throws(ModelError) -> [Int] {
    try expect("(")
    var sizes: [Int] = []
    while !take(")") {
      skipBlanks()
      let start = next
      while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { next += 1 }
      guard let size = Int(String(decoding: bytes[start..<next], as: UTF8.self)), sizes.count < 32 else {
        throw corrupt("shape: expected at most 32 whole numbers")
      }
      sizes.append(size)
      // (3) is a number in Python, not a tuple; NumPy never writes it.
      guard take(",") || (peek() == UInt8(ascii: ")") && sizes.count > 1) else {
        throw corrupt("shape: expected a comma or )")
      }
    }
    return sizes
  }

  // MARK: -

  private func peek() -> UInt8? { next < bytes.count ? bytes[next] : nil }

  private mutating func skipBlanks() {
    while let byte = peek(), byte == 0x20 || (0x09...0x0d).contains(byte) { next += 1 }
  }

  /// Takes `word` if it is next.
  private mutating func take(_ word: String) -> Bool {
    skipBlanks()
    guard bytes[next...].prefix(word.utf8.count).elementsEqual(word.utf8) else { return false }
    next += word.utf8.count
    skipBlanks()
    return true
  }

  private mutating func expect(_ word: String) throws(ModelError) {
    guard take(word) else { throw corrupt("expected \(word)") }
  }

  private func corrupt(_ problem: String) -> ModelError {
    ModelError(.corrupt, at: "\(path): header, byte \(next)", problem, advice: "numpy.save writes such files")
  }
}
