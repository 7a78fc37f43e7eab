import Glibc

/// A block of float32 memory with a stable address, for workspaces and converted weights.
///
/// Large blocks are mapped on 2 MiB boundaries and ask for huge pages: the first touch of a gigabyte in 4 KiB
/// pages costs seconds, in 2 MiB pages a fraction of one. Contents start as zeros.
public final class FloatBuffer {
  /// First value; valid while the buffer lives.
  public let pointer: UnsafeMutablePointer<Float>
  /// Number of values.
  public let count: Int
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int

  private static let hugePage = 2 << 20

  /// Allocates `count` zeros.
  public init(count: Int) {
    precondition(count >= 0, "FloatBuffer: negative count \(count)")
    self.count = count
    let wanted = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = wanted >= Self.hugePage
    byteCount = isLarge ? wanted + Self.hugePage : wanted
    let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      preconditionFailure("FloatBuffer: the system refused \(byteCount) bytes of memory")
    }
    base = mapped
    guard isLarge else {
      pointer = mapped.assumingMemoryBound(to: Float.self)
      return
    }
    let aligned = UnsafeMutableRawPointer(
      bitPattern: (UInt(bitPattern: mapped) + UInt(Self.hugePage) - 1) & ~(UInt(Self.hugePage) - 1))
    pointer = (aligned ?? mapped).assumingMemoryBound(to: Float.self)
    madvise(pointer, wanted, MADV_HUGEPAGE)
  }

  deinit { munmap(base, byteCount) }
}
