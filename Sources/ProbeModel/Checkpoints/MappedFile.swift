import Foundation

/// A file mapped into memory, read-only: checkpoints are used where they lie, without a second copy.
///
/// `@unchecked Sendable` because the mapping never changes after `init` and is released only by `deinit`.
public final class MappedFile: @unchecked Sendable {
  /// Where the file lies.
  public let path: String
  /// Its bytes; valid while this object lives.
  public let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  ///
  /// - Throws: ``ModelError`` `.notFound` or `.unreadable`.
  public init(path: String) throws(ModelError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw ModelError(
        code == ENOENT ? .notFound : .unreadable, at: path,
        "cannot open the file: \(String(cString: strerror(code)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(.unreadable, at: path, "expected a regular file")
    }
    let size = Int(status.st_size)
    guard size > 0 else { throw ModelError(.corrupt, at: path, "the file is empty") }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw ModelError(.unreadable, at: path, "cannot map the file: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
