import CLibdeflate
import Foundation

/// How rows lie in chunks.
enum ChunkLayout {
  /// Bytes of a full chunk, at most (one row may be larger).
  ///
  /// With 64 KiB pages this is what fills eight overflow pages (of 65,532 bytes) and the least that SQLite keeps
  /// in the row itself: a little more or less would leave most of a page empty. Larger chunks would make point
  /// access slow (`substr` reads the whole BLOB), smaller ones scanning.
  static let targetBytes = 8_192 + 8 * 65_532

  /// Rows of a full chunk: a pure function of a row's width and type, so that a store's chunks do not depend on
  /// batches, threads or interruptions.
  static func rows(rowBytes: Int) -> Int { max(1, targetBytes / max(rowBytes, 1)) }

  /// CRC-32 as `zlib.crc32` computes it, going on from `previous`.
  static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return previous }
    return libdeflate_crc32(previous, base, bytes.count)
  }
}
