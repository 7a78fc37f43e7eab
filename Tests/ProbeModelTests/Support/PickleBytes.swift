import Foundation

/// Opcodes of pickles, to write sound and hostile ones by hand.
enum PickleBytes {
  /// Protocol 2, the opcodes, and the end.
  static func pickle(_ parts: Data..., protocol version: UInt8 = 2) -> Data {
    Data([0x80, version]) + parts.reduce(Data(), +) + Data(".".utf8)
  }

  /// The parts one after the other.
  static func join(_ parts: Data...) -> Data { parts.reduce(Data(), +) }

  /// Opcodes that are letters.
  static func op(_ letters: String) -> Data { Data(letters.utf8) }

  static func global(_ module: String, _ name: String) -> Data { op("c\(module)\n\(name)\n") }

  static func text(_ text: String) -> Data {
    op("X") + littleEndian(UInt32(text.utf8.count)) + Data(text.utf8)
  }

  static func integer(_ value: Int32) -> Data { op("J") + littleEndian(value) }

  static func integers(_ values: [Int]) -> Data {
    op("(") + values.map { Data([0x8a, 8]) + littleEndian(Int64($0)) }.reduce(Data(), +) + op("t")
  }

  static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int = 4) -> Data {
    op("(") + text("storage") + global("torch", type) + text(key) + text("cpu") + Data([0x8a, 8])
      + littleEndian(Int64(count)) + op("tQ")
  }

  /// `_rebuild_tensor_v2(storage, offset, sizes, strides, False, OrderedDict())`.
  static func tensor(
    _ storage: Data = storage(), offset: Int32 = 0, sizes: [Int] = [2, 2], strides: [Int] = [2, 1],
    metadata: Data = Data()
  ) -> Data {
    global("torch._utils", "_rebuild_tensor_v2") + op("(") + storage + integer(offset) + integers(sizes)
      + integers(strides) + Data([0x89]) + global("collections", "OrderedDict") + op(")R") + metadata
      + op("tR")
  }

  /// `{name: tensor, …}`.
  static func dictionary(_ members: (String, Data)...) -> Data {
    op("}(") + members.map { text($0.0) + $0.1 }.reduce(Data(), +) + op("u")
  }

  /// A checkpoint of one pickle and four floats 1, 2, 3, 4.
  static func file(_ pickle: Data) -> Data {
    let values = [1, 2, 3, 4].map { littleEndian(Float($0).bitPattern) }.reduce(Data(), +)
    return ZipBytes.checkpoint(pickle: pickle, storages: [("0", values)]).data
  }
}
