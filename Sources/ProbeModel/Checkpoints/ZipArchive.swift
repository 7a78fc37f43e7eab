/// The entries of a zip archive whose data lie in the file as they are, to be used in place.
///
/// Reads what PyTorch writes: the central directory (zip64 included) and stored entries. Compressed, encrypted and
/// split archives are refused, and so is an archive that could be read in two ways: entries that share a name or
/// bytes, local headers that contradict the directory, anything after the end record. The checksums of the entries are not
/// compared, as PyTorch itself does not (it may write archives without): damage in the data is found by digest.
///
/// Reference: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14–16 (end records), 4.5.3 (zip64).
struct ZipArchive {
  /// Where the data of each entry lie in the file.
  let entries: [String: Range<Int>]
  private let file: MappedFile

  /// Reads the directory.
  ///
  /// - Throws: ``ModelError``: `.corrupt` or `.unsupported`.
  init(file: MappedFile) throws(ModelError) {
    let directory = try Directory(file: file)
    var entries: [String: Range<Int>] = [:]
    var extents: [(range: Range<Int>, name: String)] = []
    var offset = directory.range.lowerBound
    for _ in 0..<directory.count {
      let record = try Record(file: file, at: &offset, end: directory.range.upperBound)
      let (whole, data) = try record.extent(in: file, before: directory.range.lowerBound)
      guard entries.updateValue(data, forKey: record.name) == nil else {
        throw ModelError(.corrupt, at: "\(file.path): entry \(record.name)", "the name occurs twice")
      }
      extents.append((whole, record.name))
    }
    guard offset == directory.range.upperBound else {
      throw ModelError(
        .corrupt, at: file.path,
        "the zip directory holds more than the \(directory.count) entries it declares")
    }
    extents.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (a, b) in zip(extents, extents.dropFirst()) where a.range.upperBound > b.range.lowerBound {
      throw ModelError(.corrupt, at: file.path, "the zip entries \(a.name) and \(b.name) overlap")
    }
    (self.entries, self.file) = (entries, file)
  }

  /// The bytes of an entry.
  func bytes(_ name: String) -> UnsafeRawBufferPointer? {
    entries[name].map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
  }
}

/// Where the central directory lies, from the records at the end of the file.
private struct Directory {
  let range: Range<Int>
  let count: Int

  init(file: MappedFile) throws(ModelError) {
    guard let end = Self.endRecord(file) else {
      throw ModelError(
        .corrupt, at: file.path, "no zip directory at the end of the file",
        advice: "The file is truncated or damaged: fetch it again")
    }
    var reader = ZipReader(file: file, offset: end + 4)
    let disks = (try reader.next(UInt16.self), try reader.next(UInt16.self))
    let counts = (try reader.next(UInt16.self), try reader.next(UInt16.self))
    let (size, start) = (try reader.next(UInt32.self), try reader.next(UInt32.self))
    var values = (count: UInt64(counts.1), size: UInt64(size), start: UInt64(start), end: end)
    var isWhole = disks == (0, 0) && counts.0 == counts.1
    if let wide = try Self.zip64(file, before: end) {
      // Where the short fields say something, the long ones must say the same.
      isWhole = wide.isWhole
      guard counts.1 == .max || counts.1 == wide.count, size == .max || size == wide.size,
        start == .max || start == wide.start
      else {
        throw ModelError(.corrupt, at: file.path, "the two end records of the zip contradict each other")
      }
      values = (wide.count, wide.size, wide.start, wide.offset)
    }
    guard isWhole else {
      throw ModelError(.unsupported, at: file.path, "the zip archive is one part of several")
    }
    guard values.start <= values.end, values.size == UInt64(values.end) - values.start,
      values.count <= values.size / 46
    else {
      throw ModelError(
        .corrupt, at: file.path,
        "the zip directory (\(values.count) entries, \(values.size) bytes at \(values.start)) does not end at "
          + "its end record (byte \(values.end))")
    }
    (range, count) = (Int(values.start)..<values.end, Int(values.count))
  }

  /// The end record's offset: its comment, at most 65,535 bytes, must reach exactly to the end of the file.
  private static func endRecord(_ file: MappedFile) -> Int? {
    let count = file.bytes.count
    guard count >= 22 else { return nil }
    for offset in stride(from: count - 22, through: max(0, count - 22 - 65_535), by: -1)
    where file.bytes[offset] == 0x50 && file.bytes[offset..<offset + 4].elementsEqual([0x50, 0x4b, 5, 6]) {
      let comment = Int(file.bytes[offset + 20]) | Int(file.bytes[offset + 21]) << 8
      if offset + 22 + comment == count { return offset }
    }
    return nil
  }

  private typealias Wide = (count: UInt64, size: UInt64, start: UInt64, offset: Int, isWhole: Bool)

  /// The zip64 end record, when its locator stands before the end record.
  private static func zip64(_ file: MappedFile, before end: Int) throws(ModelError) -> Wide? {
    guard end >= 20, file.bytes[end - 20..<end - 16].elementsEqual([0x50, 0x4b, 6, 7]) else { return nil }
    var locator = ZipReader(file: file, offset: end - 12)
    let offset = try locator.next(UInt64.self)
    guard end >= 76, offset == UInt64(end - 76),
      file.bytes[end - 76..<end - 72].elementsEqual([0x50, 0x4b, 6, 6])
    else {
      throw ModelError(.corrupt, at: file.path, "the zip64 end record is not where its locator says")
    }
    var reader = ZipReader(file: file, offset: end - 76 + 16)
    let disks = (try reader.next(UInt32.self), try reader.next(UInt32.self))
    let counts = (try reader.next(UInt64.self), try reader.next(UInt64.self))
    return (
      counts.1, try reader.next(UInt64.self), try reader.next(UInt64.self), end - 76,
      disks == (0, 0) && counts.0 == counts.1
    )
  }
}

/// One entry of the central directory.
private struct Record {
  let name: String
  private let nameBytes: UnsafeRawBufferPointer
  private let method: UInt16
  private var size: UInt64
  private var header: UInt64

  /// Reads the record at `offset` and moves it on.
  init(file: MappedFile, at offset: inout Int, end: Int) throws(ModelError) {
    var reader = ZipReader(file: file, offset: offset, end: end)
    guard try reader.next(UInt32.self) == 0x0201_4b50 else {
      throw ModelError(.corrupt, at: file.path, "no entry of the zip directory at byte \(offset)")
    }
    _ = try reader.next(UInt32.self)
    let flags = try reader.next(UInt16.self)
    method = try reader.next(UInt16.self)
    _ = try reader.next(UInt64.self)
    let compressed = try reader.next(UInt32.self)
    size = UInt64(try reader.next(UInt32.self))
    let lengths = (try reader.next(UInt16.self), try reader.next(UInt16.self), try reader.next(UInt16.self))
    let disk = try reader.next(UInt16.self)
    _ = try reader.next(UInt16.self)
    _ = try reader.next(UInt32.self)
    header = UInt64(try reader.next(UInt32.self))
    nameBytes = try reader.bytes(Int(lengths.0))
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw ModelError(.corrupt, at: file.path, "a zip entry's name at byte \(offset) is not UTF-8")
    }
    self.name = name
    let location = "\(file.path): entry \(name)"
    let extra = reader.offset
    _ = try reader.bytes(Int(lengths.1) + Int(lengths.2))
    offset = reader.offset

    var stored = UInt64(compressed)
    var wide = try ZipReader(file: file, offset: extra, end: extra + Int(lengths.1)).zip64Field()
    if size == UInt32.max { size = try wide?.next(UInt64.self) ?? size }
    if compressed == .max { stored = try wide?.next(UInt64.self) ?? stored }
    if header == UInt32.max { header = try wide?.next(UInt64.self) ?? header }
    guard flags & 0x2041 == 0 else { throw ModelError(.unsupported, at: location, "the entry is encrypted") }
    guard method == 0 else {
      throw ModelError(
        .unsupported, at: location, "the entry is compressed (method \(method)), expected a stored one",
        advice: "Load and save the checkpoint with torch, which does not compress")
    }
    guard stored == size, disk == 0 else {
      throw ModelError(
        .corrupt, at: location, "a stored entry of \(size) bytes cannot take \(stored) in the archive")
    }
  }

  /// The bytes of header and data, and of the data alone, once the local header agrees.
  func extent(in file: MappedFile, before end: Int) throws(ModelError) -> (
    whole: Range<Int>, data: Range<Int>
  ) {
    let location = "\(file.path): entry \(name)"
    guard header < UInt64(end) else {
      throw ModelError(.corrupt, at: location, "its header at byte \(header) lies outside the archive's data")
    }
    var reader = ZipReader(file: file, offset: Int(header), end: end)
    let signature = try reader.next(UInt32.self)
    _ = try reader.next(UInt32.self)
    let localMethod = try reader.next(UInt16.self)
    _ = try reader.bytes(16)
    let lengths = (try reader.next(UInt16.self), try reader.next(UInt16.self))
    let localName = try reader.bytes(Int(lengths.0))
    guard signature == 0x0403_4b50, localMethod == method, localName.elementsEqual(nameBytes) else {
      throw ModelError(
        .corrupt, at: location, "its header at byte \(header) does not agree with the zip directory")
    }
    _ = try reader.bytes(Int(lengths.1))
    guard size <= UInt64(end - reader.offset) else {
      throw ModelError(
        .corrupt, at: location, "its \(size) bytes at byte \(reader.offset) reach into the zip directory")
    }
    let data = reader.offset..<reader.offset + Int(size)
    return (Int(header)..<data.upperBound, data)
  }
}

/// Little-endian numbers, field by field and bounds-checked.
private struct ZipReader {
  let file: MappedFile
  private(set) var offset: Int
  private let end: Int

  init(file: MappedFile, offset: Int, end: Int? = nil) {
    (self.file, self.offset, self.end) = (file, offset, end ?? file.bytes.count)
  }

  mutating func bytes(_ count: Int) throws(ModelError) -> UnsafeRawBufferPointer {
    guard count <= end - offset else {
      throw ModelError(.corrupt, at: file.path, "a zip record at byte \(offset) reaches beyond its place")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count])
  }

  mutating func next<I: FixedWidthInteger>(_ type: I.Type) throws(ModelError) -> I {
    I(littleEndian: try bytes(MemoryLayout<I>.size).loadUnaligned(as: I.self))
  }

  /// A reader of the zip64 field among the extra fields from here on.
  func zip64Field() throws(ModelError) -> ZipReader? {
    var reader = self
    while reader.end - reader.offset >= 4 {
      let (kind, size) = (try reader.next(UInt16.self), Int(try reader.next(UInt16.self)))
      let start = reader.offset
      _ = try reader.bytes(size)
      if kind == 1 { return ZipReader(file: file, offset: start, end: start + size) }
    }
    return nil
  }
}
