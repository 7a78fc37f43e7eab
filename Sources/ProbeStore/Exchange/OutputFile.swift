import Foundation

/// A file that comes into being at once: it is written under another name beside its place and moved there when it is
/// complete and on the disk.
///
/// Not for several threads. Whatever was not moved is removed.
final class OutputFile {
  /// Where the file will lie.
  let path: String
  /// Bytes written so far.
  private(set) var count = 0

  private let temporary: String
  private let descriptor: Int32
  private var isOpen = true
  private var pending: [UInt8] = []

  /// Bytes that are collected before they are handed to the system.
  private static let bufferSize = 1 << 20

  /// Begins a file.
  ///
  /// - Throws: ``StoreError`` `.cannotCreate` when something lies there (unless it is a file and `overwrite` is true), or
  ///   the folder cannot be written to.
  init(_ path: String, overwrite: Bool) throws {
    self.path = path
    try Self.inspect(path, overwrite: overwrite)
    let (folder, name) = ((path as NSString).deletingLastPathComponent, (path as NSString).lastPathComponent)
    temporary = (folder as NSString).appendingPathComponent(".\(name).\(getpid()).partial")
    unlink(temporary)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw StoreError(
        .cannotCreate, at: path, "cannot be written: \(String(cString: strerror(errno)))",
        advice: "Choose another place")
    }
    pending.reserveCapacity(Self.bufferSize)
  }

  deinit {
    guard isOpen else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// Refuses a path at which something lies that may not be replaced.
  ///
  /// - Throws: ``StoreError`` `.cannotCreate`.
  static func inspect(_ path: String, overwrite: Bool) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    // Moving a file over a device would replace the device.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.cannotCreate, at: path, "is no regular file", advice: "Choose another place")
    }
    guard overwrite else {
      throw StoreError(
        .cannotCreate, at: path, "exists already", advice: "Replace it with --force, or choose another name")
    }
  }

  /// Whether two paths lead to one file.
  static func isSame(_ path: String, _ other: String) -> Bool {
    var (a, b) = (stat(), stat())
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
  }

  /// Appends bytes.
  ///
  /// - Throws: ``StoreError`` `.diskFull` or `.inputOutput`.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    count += bytes.count
    if pending.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count >= Self.bufferSize {
      try put(bytes)
    } else {
      pending.append(contentsOf: bytes)
    }
  }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Replaces bytes that were written before.
  func patch(_ bytes: [UInt8], at offset: Int) throws {
    precondition(
      offset >= 0 && offset + bytes.count <= count, "OutputFile: \(bytes.count) bytes at \(offset)")
    try flush()
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = pwrite(
          descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw failure() }
        done += written
      }
    }
  }

  /// Moves the file to its place; what follows is on the disk or was never there.
  func commit() throws {
    try flush()
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
    isOpen = false
    close(descriptor)
  }

  private func flush() throws {
    guard !pending.isEmpty else { return }
    try pending.withUnsafeBytes { try put($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let written = Glibc.write(descriptor, base, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw failure() }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  private func failure() -> StoreError {
    let code = errno
    let text = String(cString: strerror(code))
    guard code == ENOSPC || code == EDQUOT else {
      return StoreError(.inputOutput, at: path, "cannot be written: \(text)")
    }
    return StoreError(
      .diskFull, at: path, "no space is left: \(text)", advice: "Make room, or choose another place")
  }
}

/// Little-endian bytes of an integer.
func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
