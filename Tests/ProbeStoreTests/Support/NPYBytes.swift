import Foundation

/// `.npy` files as NumPy writes them, and impossible ones.
enum NPYBytes {
  /// A file from the text of its header, whatever that says; `claims` is the length that stands before it.
  static func file(header: String, version: UInt8 = 1, claims: Int? = nil, data: Data = Data()) -> Data {
    let text = Data(header.utf8)
    let length = claims ?? text.count
    let bytes = version == 1 ? 2 : 4
    let size = (0..<bytes).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + size) + text + data
  }

  /// A sound file.
  static func array(_ descr: String, _ shape: [Int], _ data: Data, fortran: Bool = false, version: UInt8 = 1)
    -> Data
  {
    let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(sizes)), }"
    let start = version == 1 ? 10 : 12
    let blanks = String(repeating: " ", count: 63 - (start + text.count) % 64)
    return file(header: text + blanks + "\n", version: version, data: data)
  }

  static func floats(_ values: [Float], _ shape: [Int], version: UInt8 = 1) -> Data {
    array("<f4", shape, values.withUnsafeBytes { Data($0) }, version: version)
  }

  static func doubles(_ values: [Double], _ shape: [Int]) -> Data {
    array("<f8", shape, values.withUnsafeBytes { Data($0) })
  }

  static func halves(_ values: [Float], _ shape: [Int]) -> Data {
    array("<f2", shape, values.map { Float16($0) }.withUnsafeBytes { Data($0) })
  }

  static func integers(_ values: [Int], _ shape: [Int]? = nil) -> Data {
    array("<i8", shape ?? [values.count], values.map { Int64($0) }.withUnsafeBytes { Data($0) })
  }
}

extension Folder {
  /// Writes a file and gives its path.
  func write(_ name: String, _ data: Data) throws -> String {
    try data.write(to: url.appendingPathComponent(name))
    return path(name)
  }
}
