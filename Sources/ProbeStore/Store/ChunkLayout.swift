import CLibdeflate
import Foundation

/// How rows lie in chunks.
enum ChunkLayout {
  /// Bytes of a full chunk; a single row may be larger.
  ///
  /// Small chunks make access to one vector fast, because SQLite's `substr` reads the whole BLOB; scanning wants
  /// large ones.
  private static let bytes = (128 << 10)...(1 << 20)

  /// Rows of a full chunk: a pure function of a row's bytes, so that a store's chunks do not depend on batches,
  /// threads or interruptions. The least that wastes hardly more of SQLite's pages than the best.
  static func rows(rowBytes: Int) -> Int {
    let rowBytes = max(rowBytes, 1)
    guard rowBytes < bytes.upperBound else { return 1 }
    let least = (bytes.lowerBound + rowBytes - 1) / rowBytes
    let most = max(least, bytes.upperBound / rowBytes)
    let best = (least...most).map { waste($0 * rowBytes) }.min() ?? 0
    return (least...most).first { waste($0 * rowBytes) <= best + 0.006 } ?? least
  }

  /// Share of its pages that a BLOB leaves unused.
  ///
  /// From SQLite's file format ("B-tree pages", section 1.6): a cell of more than X bytes keeps M of them, or what
  /// its full overflow pages leave over if that is no more than X, in the leaf.
  private static func waste(_ byteCount: Int) -> Double {
    let usable = Schema.pageSize
    let (most, least, overflow) = (usable - 35, (usable - 12) * 32 / 255 - 23, usable - 4)
    // The record's header, and the cell's: lengths, row id, pointers.
    let (payload, cell) = (byteCount + 8, 18)
    var local = payload
    var pages = 0
    if payload > most {
      local = least + (payload - least) % overflow
      if local > most { local = least }
      pages = (payload - local + overflow - 1) / overflow
    }
    let used = Double(pages) + 1 / Double(max(1, (usable - 8) / (local + cell)))
    return 1 - Double(byteCount) / (used * Double(usable))
  }

  /// Whether a point's sizes, as a file from outside states them, can be computed with.
  static func isSound(rowBytes: Int, chunkRows: Int) -> Bool {
    (1...(1 << 30)).contains(rowBytes) && chunkRows > 0
      && (chunkRows == 1 || chunkRows <= 16 * bytes.upperBound / rowBytes)
  }

  /// Bytes of a chunk of rows that differ in width, at most (one row may be larger).
  static let raggedBytes = 139_264

  /// CRC-32 as `zlib.crc32` computes it, going on from `previous`.
  static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return previous }
    return libdeflate_crc32(previous, base, bytes.count)
  }
}
