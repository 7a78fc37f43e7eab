import Foundation

/// Builds GGUF files field by field, also impossible ones.
struct GGUFBytes {
  /// A metadata value with its type number.
  enum Value {
    case u32(UInt32)
    case u64(UInt64)
    case f32(Float)
    case string(String)
    /// An array of type 9 in arrays of type 9, this deep, empty at the bottom.
    case nested(Int)
    /// Type number and bytes as given.
    case raw(UInt32, Data)

    var bytes: Data {
      switch self {
      case .u32(let value): littleEndian(UInt32(4)) + littleEndian(value)
      case .u64(let value): littleEndian(UInt32(10)) + littleEndian(value)
      case .f32(let value): littleEndian(UInt32(6)) + littleEndian(value.bitPattern)
      case .string(let value): littleEndian(UInt32(8)) + GGUFBytes.string(value)
      case .nested(let depth):
        littleEndian(UInt32(9))
          + (0..<depth).reduce(Data()) { bytes, _ in bytes + littleEndian(UInt32(9)) + littleEndian(UInt64(1))
          }
          + littleEndian(UInt32(4)) + littleEndian(UInt64(0))
      case .raw(let type, let bytes): littleEndian(type) + bytes
      }
    }
  }

  /// A tensor's entry; dimensions with the fastest first, as in the file.
  struct Tensor {
    var name: String
    var dimensions: [UInt64]
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  var magic = "GGUF"
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var metadataCount: UInt64?
  var metadata: [(String, Value)] = []
  var tensors: [Tensor] = []
  /// Bytes after the padding.
  var dataCount = 0

  static func string(_ text: String) -> Data { littleEndian(UInt64(text.utf8.count)) + Data(text.utf8) }

  var data: Data {
    var bytes = Data(magic.utf8) + littleEndian(version)
    bytes += littleEndian(tensorCount ?? UInt64(tensors.count))
    bytes += littleEndian(metadataCount ?? UInt64(metadata.count))
    for (key, value) in metadata { bytes += Self.string(key) + value.bytes }
    for tensor in tensors {
      bytes += Self.string(tensor.name) + littleEndian(UInt32(tensor.dimensions.count))
      for size in tensor.dimensions { bytes += littleEndian(size) }
      bytes += littleEndian(tensor.type) + littleEndian(tensor.offset)
    }
    return bytes + Data(count: (32 - bytes.count % 32) % 32 + dataCount)
  }
}
