import Foundation
import ProbeMath

/// A file mapped into memory, read-only: checkpoints are read where they lie.
///
/// `@unchecked Sendable` because the bytes never change after `init` and are released only by `deinit`.
public final class MappedFile: @unchecked Sendable {
  /// Where the file lies.
  public let path: String
  /// Its bytes; valid while this object lives.
  public let bytes: UnsafeRawBufferPointer
  /// What the file system said of the file when it was mapped; nil for one that exists in memory only.
  let stamp: FileStamp?
  private let memory: FloatBuffer?

  /// Maps a file.
  ///
  /// - Throws: ``ModelError`` `.notFound` or `.unreadable`; `.corrupt` for an empty file.
  public init(path: String) throws(ModelError) {
    self.path = path
    let (descriptor, stamp) = try openRegularFile(path)
    defer { close(descriptor) }
    let size = stamp.size
    guard size > 0 else { throw ModelError(.corrupt, at: path, "the file is empty") }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw ModelError(.unreadable, at: path, "cannot map the file: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
    self.stamp = stamp
    memory = nil
  }

  /// A file that exists in memory only: a copy of `bytes`, which error texts call `name`.
  ///
  /// The copy is aligned as a mapped file is, so that readers behave the same.
  public init(bytes: some Collection<UInt8>, name: String) {
    path = name
    let count = bytes.count
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 64)
    memory.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(rebasing: memory[0..<count])
    (stamp, self.memory) = (nil, nil)
  }

  /// A file that exists in memory only: the float32 values of `memory`, which nobody changes from here on.
  init(memory: FloatBuffer, name: String) {
    path = name
    bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: memory.pointer, count: memory.count))
    (stamp, self.memory) = (nil, memory)
  }

  /// Lets go of the memory of some bytes that were read: they are read from the file again when they are asked for.
  /// A file that is read once from end to end then takes no more memory than its largest piece.
  public func release(_ range: Range<Int>) {
    guard stamp != nil else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    // Whole pages only; the piece before may end in the first.
    let (start, end) = (range.lowerBound / page * page, range.upperBound / page * page)
    guard start < end, end <= bytes.count else { return }
    madvise(
      UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.advanced(by: start), end - start, MADV_DONTNEED)
  }

  deinit {
    if stamp != nil {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else if memory == nil {
      bytes.deallocate()
    }
  }
}

/// The bytes of a small file, copied: a copy cannot change or go away while it is read.
///
/// - Throws: ``ModelError`` `.notFound` or `.unreadable`.
func readFile(_ path: String) throws(ModelError) -> Data {
  let (descriptor, stamp) = try openRegularFile(path)
  let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  do {
    return try handle.read(upToCount: stamp.size) ?? Data()
  } catch {
    throw ModelError(
      .unreadable, at: path, "cannot read the file: \((error as NSError).localizedDescription)")
  }
}

/// Opens a regular file; folders, pipes and devices are refused, which could be read without end.
private func openRegularFile(_ path: String) throws(ModelError) -> (descriptor: Int32, stamp: FileStamp) {
  // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    let code = errno
    guard code != ENOENT else { throw ModelError(.notFound, at: path, "no such file") }
    throw ModelError(.unreadable, at: path, "cannot open the file: \(String(cString: strerror(code)))")
  }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    close(descriptor)
    throw ModelError(.unreadable, at: path, "expected a regular file")
  }
  return (descriptor, FileStamp(status))
}
