import ProbeMath

/// The encoded rows of one batch on their way from the forward pass to the disk.
///
/// Its memory is recycled from batch to batch: fresh memory would cost more than the encoding.
/// `@unchecked Sendable`: exactly one thread owns it at a time, and ``BatchQueue`` hands it over under its lock.
final class StagedBatch: @unchecked Sendable {
  /// One point's rows.
  struct Part {
    /// Index of the point in the capture's list.
    let point: Int
    /// Where its bytes lie in the arena.
    let bytes: Range<Int>
    /// Number of rows.
    let rowCount: Int
    /// Values of each row, for ragged points.
    let widths: [Int]?
  }

  private(set) var parts: [Part] = []
  private var arena: FloatBuffer
  private var used = 0

  init(capacity: Int) { arena = FloatBuffer(count: (capacity + 3) / 4) }

  /// Bytes of all parts.
  var byteCount: Int { used }

  /// Forgets the contents and keeps the memory.
  func reset() {
    parts.removeAll(keepingCapacity: true)
    used = 0
  }

  /// Room for a part's bytes, valid until the next call.
  func reserve(point: Int, byteCount: Int, rowCount: Int, widths: [Int]? = nil) -> UnsafeMutableRawPointer {
    let end = used + byteCount
    if end > arena.count * 4 {
      let larger = FloatBuffer(count: (end + end / 2 + 3) / 4)
      UnsafeMutableRawPointer(larger.pointer).copyMemory(from: arena.pointer, byteCount: used)
      arena = larger
    }
    parts.append(Part(point: point, bytes: used..<end, rowCount: rowCount, widths: widths))
    defer { used = end }
    return UnsafeMutableRawPointer(arena.pointer) + used
  }

  /// The bytes of a part.
  func bytes(of part: Part) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: UnsafeRawPointer(arena.pointer) + part.bytes.lowerBound, count: part.bytes.count)
  }
}
