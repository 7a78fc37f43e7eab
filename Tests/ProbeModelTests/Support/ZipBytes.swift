import Foundation

/// Builds zip archives of stored entries as PyTorch lays them out, also impossible ones.
struct ZipBytes {
  struct Entry {
    var name: String
    var data: Data
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// The name in the local header, when it is another one.
    var localName: String?
    /// Where the directory says that the local header is, when that is another place.
    var offset: UInt32?
    /// What the directory says about the size.
    var size: UInt32?
    /// The zip64 field, with the 32-bit fields that it replaces set to their largest value.
    var wide: (size: UInt64, offset: UInt64?)?
  }

  var entries: [Entry] = []
  var hasZip64Record = true
  /// Changes the zip64 end record: count, size and start of the directory.
  var editRecord: (inout (count: UInt64, size: UInt64, start: UInt64)) -> Void = { _ in }
  var shortCount: UInt16?
  var comment = Data()
  var tail = Data()

  /// A checkpoint whose pickle is `pickle`, with storages by key.
  static func checkpoint(pickle: Data, storages: [(String, Data)] = [], extra: [Entry] = []) -> ZipBytes {
    ZipBytes(
      entries: [
        Entry(name: "archive/data.pkl", data: pickle),
        Entry(name: "archive/byteorder", data: Data("little".utf8)),
      ]
        + storages.map { Entry(name: "archive/data/\($0.0)", data: $0.1) } + extra)
  }

  var data: Data {
    var bytes = Data()
    var directory = Data()
    for entry in entries {
      let start = bytes.count
      let local = Data((entry.localName ?? entry.name).utf8)
      bytes += littleEndian(UInt32(0x0403_4b50)) + littleEndian(UInt16(20)) + littleEndian(entry.flags)
      bytes += littleEndian(entry.method) + Data(count: 8)
      bytes += littleEndian(UInt32(entry.data.count)) + littleEndian(UInt32(entry.data.count))
      bytes += littleEndian(UInt16(local.count)) + littleEndian(UInt16(0)) + local + entry.data
      directory += record(entry, start: start)
    }
    let start = bytes.count
    bytes += directory
    if hasZip64Record {
      var values = (
        count: UInt64(entries.count), size: UInt64(directory.count), start: UInt64(start)
      )
      editRecord(&values)
      let end = bytes.count
      bytes += littleEndian(UInt32(0x0606_4b50)) + littleEndian(UInt64(44)) + Data(count: 4) + Data(count: 8)
      bytes += littleEndian(values.count) + littleEndian(values.count)
      bytes += littleEndian(values.size) + littleEndian(values.start)
      bytes += littleEndian(UInt32(0x0706_4b50)) + Data(count: 4) + littleEndian(UInt64(end))
      bytes += littleEndian(UInt32(1))
    }
    let count = shortCount ?? UInt16(entries.count)
    bytes += littleEndian(UInt32(0x0605_4b50)) + Data(count: 4) + littleEndian(count) + littleEndian(count)
    bytes += littleEndian(UInt32(directory.count)) + littleEndian(UInt32(start))
    return bytes + littleEndian(UInt16(comment.count)) + comment + tail
  }

  private func record(_ entry: Entry, start: Int) -> Data {
    let name = Data(entry.name.utf8)
    var field = Data()
    if let wide = entry.wide {
      let values =
        littleEndian(wide.size) + littleEndian(wide.size) + (wide.offset.map { littleEndian($0) } ?? Data())
      field = littleEndian(UInt16(1)) + littleEndian(UInt16(values.count)) + values
    }
    let size = entry.wide == nil ? entry.size ?? UInt32(entry.data.count) : .max
    let offset = entry.wide?.offset == nil ? entry.offset ?? UInt32(start) : .max
    return littleEndian(UInt32(0x0201_4b50)) + Data(count: 4) + littleEndian(entry.flags)
      + littleEndian(entry.method) + Data(count: 8) + littleEndian(size) + littleEndian(size)
      + littleEndian(UInt16(name.count)) + littleEndian(UInt16(field.count)) + Data(count: 10)
      + littleEndian(offset) + name + field
  }
}
