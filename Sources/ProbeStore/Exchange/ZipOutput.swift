/// Writes a zip archive of uncompressed members whose sizes are known beforehand.
///
/// Members and archives beyond 4 GiB get the zip64 fields (PKWARE's APPNOTE 6.3.9, sections 4.3 to 4.5). Times of
/// modification are 1980-01-01, so that the same contents give the same bytes.
struct ZipOutput {
  private struct Member {
    let name: [UInt8]
    let size: Int
    let offset: Int
    var checksum: UInt32 = 0
  }

  private let file: OutputFile
  /// Sizes and offsets from here on take a zip64 field; tests lower it.
  private let zip64From: Int
  private var members: [Member] = []
  private var start = 0

  init(_ file: OutputFile, zip64From: Int = 0xffff_ffff) {
    self.file = file
    self.zip64From = zip64From
  }

  /// Begins a member of `size` bytes, which ``write(_:)`` hands over and ``end()`` counts.
  mutating func begin(_ name: String, size: Int) throws {
    let member = Member(name: Array(name.utf8), size: size, offset: file.count)
    members.append(member)
    try file.write(localHeader(of: member))
    start = file.count
  }

  /// Appends bytes to the member that was begun.
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    let last = members.count - 1
    members[last].checksum = ChunkLayout.checksum(bytes, after: members[last].checksum)
    try file.write(bytes)
  }

  /// Ends the member that was begun.
  mutating func end() throws {
    let member = members[members.count - 1]
    guard file.count == start + member.size else {
      throw StoreError(
        .corrupt, at: "\(file.path), \(String(decoding: member.name, as: UTF8.self))",
        "expected \(member.size) bytes, found \(file.count - start)",
        advice: "Something else writes to the store: export again")
    }
    // The checksum stands before the bytes that it is of.
    try file.patch(littleEndianBytes(member.checksum), at: member.offset + 14)
  }

  /// Writes the directory, which ends the archive.
  func finish() throws {
    let start = file.count
    for member in members { try file.write(directoryEntry(of: member)) }
    let (size, end) = (file.count - start, file.count)
    let needs64 = start >= zip64From || size >= zip64From || members.count >= 0xffff
    if needs64 { try file.write(end64(start: start, size: size, at: end)) }
    var record = littleEndianBytes(UInt32(0x0605_4b50)) + [0, 0, 0, 0]
    for _ in 0..<2 { record += littleEndianBytes(needs64 ? 0xffff : UInt16(members.count)) }
    for value in [size, start] { record += littleEndianBytes(needs64 ? 0xffff_ffff : UInt32(value)) }
    try file.write(record + [0, 0])
  }

  // MARK: - Records

  private func localHeader(of member: Member) -> [UInt8] {
    let large = member.size >= zip64From
    let extra =
      large
      ? Self.extra64([member.size, member.size]) : []
    return littleEndianBytes(UInt32(0x0403_4b50)) + Self.version(large) + Self.flagsMethodTime
      + littleEndianBytes(UInt32(0)) + sizes(member, large) + littleEndianBytes(UInt16(member.name.count))
      + littleEndianBytes(UInt16(extra.count)) + member.name + extra
  }

  private func directoryEntry(of member: Member) -> [UInt8] {
    let (large, far) = (member.size >= zip64From, member.offset >= zip64From)
    let values = (large ? [member.size, member.size] : []) + (far ? [member.offset] : [])
    let extra = values.isEmpty ? [] : Self.extra64(values)
    return littleEndianBytes(UInt32(0x0201_4b50)) + Self.version(large || far) + Self.version(large || far)
      + Self.flagsMethodTime + littleEndianBytes(member.checksum) + sizes(member, large)
      + littleEndianBytes(UInt16(member.name.count)) + littleEndianBytes(UInt16(extra.count))
      // No comment, disk 0, no attributes.
      + [UInt8](repeating: 0, count: 10) + littleEndianBytes(far ? 0xffff_ffff : UInt32(member.offset))
      + member.name + extra
  }

  private func sizes(_ member: Member, _ large: Bool) -> [UInt8] {
    let size = littleEndianBytes(large ? 0xffff_ffff : UInt32(member.size))
    return size + size
  }

  /// The zip64 end of the directory, and the record that says where it is.
  private func end64(start: Int, size: Int, at offset: Int) -> [UInt8] {
    var record = littleEndianBytes(UInt32(0x0606_4b50)) + littleEndianBytes(UInt64(44))
    record += Self.version(true) + Self.version(true) + [UInt8](repeating: 0, count: 8)
    for value in [members.count, members.count, size, start] { record += littleEndianBytes(UInt64(value)) }
    return record + littleEndianBytes(UInt32(0x0706_4b50)) + [0, 0, 0, 0]
      + littleEndianBytes(UInt64(offset)) + littleEndianBytes(UInt32(1))
  }

  private static func extra64(_ values: [Int]) -> [UInt8] {
    littleEndianBytes(UInt16(1)) + littleEndianBytes(UInt16(8 * values.count))
      + values.flatMap { littleEndianBytes(UInt64($0)) }
  }

  /// 2.0, or 4.5 where there are zip64 fields.
  private static func version(_ is64: Bool) -> [UInt8] { littleEndianBytes(UInt16(is64 ? 45 : 20)) }

  /// UTF-8 names, stored uncompressed, midnight of 1980-01-01.
  private static let flagsMethodTime: [UInt8] = [0, 8, 0, 0, 0, 0, 0x21, 0]
}
