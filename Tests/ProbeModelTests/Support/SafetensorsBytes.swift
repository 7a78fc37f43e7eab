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

  /// Moves the tensors together, so that what was taken out leaves no hole.
  mutating func pack() throws {
    let offsets = try header.filter { $0.key != "__metadata__" }.map { name, entry in
      let entry = try #require(entry as? [String: Any])
      return (name: name, offsets: try #require(entry["data_offsets"] as? [Int]))
    }
    var packed = Data()
    for (name, offsets) in offsets.sorted(by: { ($0.offsets[0], $0.name) < ($1.offsets[0], $1.name) }) {
      let start = packed.count
      packed += data[data.startIndex + offsets[0]..<data.startIndex + offsets[1]]
      try set(name, "data_offsets", [start, packed.count])
    }
    data = packed
  }

  func encoded() throws -> Data {
    let text = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
    return littleEndian(UInt64(text.count)) + text + data
  }
}
