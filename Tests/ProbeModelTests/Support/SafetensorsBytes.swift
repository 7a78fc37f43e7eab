import Foundation
import Testing

/// Builds and edits safetensors files, also impossible ones.
struct SafetensorsBytes {
  /// The header, by tensor name: dtype, shape, data_offsets.
  var header: [String: Any]
  var data: Data

  /// A file from its header as text, whatever that says.
  static func file(header: String, data: Int = 0, claims length: UInt64? = nil) -> Data {
    littleEndian(length ?? UInt64(header.utf8.count)) + Data(header.utf8) + Data(count: data)
  }

  /// Reads a sound file.
  init(path: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    header = try #require(
      try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any])
    data = bytes.suffix(from: 8 + length)
  }

  /// Changes one field of one tensor.
  mutating func set(_ tensor: String, _ field: String, _ value: Any) throws {
    var entry = try #require(header[tensor] as? [String: Any], "no tensor \(tensor)")
    entry[field] = value
    header[tensor] = entry
  }

  func encoded() throws -> Data {
    let text = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
    return littleEndian(UInt64(text.count)) + text + data
  }
}
