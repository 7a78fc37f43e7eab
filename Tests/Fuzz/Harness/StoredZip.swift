/// An archive of stored entries, taken apart and put together again with its offsets and sizes true.
struct StoredZip {
  struct Entry {
    var name: String
    var data: [UInt8]
  }

  var entries: [Entry] = []
  var comment: [UInt8] = []

  /// Takes apart what `torch.save` writes; nil for anything damaged.
  init?(_ file: [UInt8]) {
    func number(_ offset: Int, _ width: Int) -> Int? {
      guard offset >= 0, offset + width <= file.count else { return nil }
      return file[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let last = file.count - 22
    guard last >= 0,
      let end = stride(from: last, through: max(0, last - 1100), by: -1).first(where: {
        number($0, 4) == 0x0605_4b50
      }),
      let count = number(end + 10, 2), var offset = number(end + 16, 4)
    else { return nil }
    for _ in 0..<count {
      guard number(offset, 4) == 0x0201_4b50, let size = number(offset + 20, 4),
        let nameLength = number(offset + 28, 2),
        let extra = number(offset + 30, 2), let remark = number(offset + 32, 2),
        let local = number(offset + 42, 4),
        let localName = number(local + 26, 2), let localExtra = number(local + 28, 2),
        offset + 46 + nameLength <= file.count, local + 30 + localName + localExtra + size <= file.count
      else { return nil }
      let start = local + 30 + localName + localExtra
      entries.append(
        Entry(
          name: String(decoding: file[offset + 46..<offset + 46 + nameLength], as: UTF8.self),
          data: Array(file[start..<start + size])))
      offset += 46 + nameLength + extra + remark
    }
  }

  /// The archive; data begin at multiples of 64, as torch writes them.
  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    func little(_ value: Int, _ width: Int) -> [UInt8] {
      ByteMutation.littleEndian(Int64(value), width: width)
    }
    for entry in entries {
      let name = Array(entry.name.utf8.prefix(60_000))
      let offset = file.count
      let start = offset + 30 + name.count
      // An extra field has a header of four bytes.
      let extra = (64 - (start + 4) % 64) % 64 + 4
      // Version 2.0, no flags, stored, no time; the checksum is not compared by the reader.
      let common = little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4)
      let sizes = little(entry.data.count, 4) + little(entry.data.count, 4) + little(name.count, 2)
      file += little(0x0403_4b50, 4) + common + sizes + little(extra, 2) + name
      file += Array("FB".utf8) + little(extra - 4, 2) + [UInt8](repeating: 0x5a, count: extra - 4)
      file += entry.data
      directory += little(0x0201_4b50, 4) + little(20, 2) + common + sizes + little(0, 2) + little(0, 2)
      directory += little(0, 2) + little(0, 2) + little(0, 4) + little(offset, 4) + name
    }
    let end = file.count
    file += directory + little(0x0605_4b50, 4) + little(0, 4)
    file += little(entries.count, 2) + little(entries.count, 2) + little(directory.count, 4) + little(end, 4)
    return file + little(comment.count, 2) + comment
  }
}
