import GRDB
import ProbeMath

/// A chunk as the table `chunk` describes it.
struct StoredChunk: Sendable {
  let id: Int64
  let firstRow: Int
  let rowCount: Int
  let byteCount: Int
  let checksum: Int64

  var rows: Range<Int> { firstRow..<(firstRow + rowCount) }

  init(_ row: Row, at location: String) throws {
    id = try row.required("id", at: location)
    firstRow = try row.count("first_row", at: location)
    rowCount = try row.count("row_count", at: location)
    byteCount = try row.count("byte_count", at: location)
    checksum = try row.required("crc32", at: location)
  }
}

/// Reads the chunks of one point in one read transaction, and verifies each on the way.
///
/// Bytes come from SQLite in pieces that stay in the processor's cache between the checksum and the conversion.
struct ChunkReader {
  /// Bytes taken from SQLite at a time: a multiple of every scalar's size, well below a second-level cache.
  private static let pieceBytes = 128 << 10

  let db: Database
  let path: String
  let capture: CaptureRecord
  let point: PointRecord
  private let blob: BlobReader
  private let piece: FloatBuffer

  init(_ db: Database, path: String, _ capture: CaptureRecord, _ point: PointRecord) {
    (self.db, self.path, self.capture, self.point) = (db, path, capture, point)
    blob = BlobReader(db, table: "chunk_data", column: "data")
    piece = FloatBuffer(count: Self.pieceBytes / 4)
  }

  /// Bytes of `count` rows of equal width.
  func byteCount(rows count: Int) -> Int { count * (point.width ?? 0) * capture.settings.dtype.byteCount }

  /// The chunks that hold rows from `first` up to `end`, in order.
  func chunks(_ rows: Range<Int>) throws -> [StoredChunk] {
    let found = try Row.fetchAll(
      db,
      sql: """
        SELECT id, first_row, row_count, byte_count, crc32 FROM chunk WHERE point_id = :point
        AND first_row >= coalesce(
          (SELECT max(first_row) FROM chunk WHERE point_id = :point AND first_row <= :first), 0)
        AND first_row < :end ORDER BY first_row
        """, arguments: ["point": point.id, "first": rows.lowerBound, "end": rows.upperBound])
    return try found.map { try StoredChunk($0, at: "\(path), \(point.hook)") }
  }

  /// Takes the first `byteCount` bytes of a chunk to `body`, piece by piece, and compares their checksum.
  ///
  /// What `body` made of the pieces counts only when this returns.
  ///
  /// - Throws: ``StoreDamage``.
  func verify(
    _ chunk: StoredChunk, byteCount: Int, _ body: (Int, UnsafeRawBufferPointer) throws -> Void = { _, _ in }
  ) throws {
    let size = try blob.move(to: chunk.id) ?? 0
    guard size >= byteCount else {
      throw damage("expected \(byteCount) bytes, found \(size)", chunk.rows)
    }
    var checksum: UInt32 = 0
    for offset in stride(from: 0, to: byteCount, by: Self.pieceBytes) {
      let count = min(Self.pieceBytes, byteCount - offset)
      try blob.read(count, at: offset, into: piece.pointer)
      let bytes = UnsafeRawBufferPointer(start: piece.pointer, count: count)
      checksum = ChunkLayout.checksum(bytes, after: checksum)
      try body(offset, bytes)
    }
    guard Int64(checksum) == chunk.checksum else {
      throw damage("the checksum is \(checksum), written was \(chunk.checksum)", chunk.rows)
    }
  }

  /// Bytes of a chunk's BLOB; nil when there is none.
  func blobSize(of chunk: StoredChunk) throws -> Int? { try blob.move(to: chunk.id) }

  /// Reads bytes of a chunk that was verified before.
  func read(_ chunk: StoredChunk, count: Int, at offset: Int, into target: UnsafeMutableRawPointer) throws {
    guard let size = try blob.move(to: chunk.id), size >= offset + count else {
      throw damage("the chunk has become shorter", chunk.rows)
    }
    try blob.read(count, at: offset, into: target)
  }

  /// Verifies the chunks that hold the runs, and converts the runs' rows to float32.
  ///
  /// - Parameters:
  ///   - runs: in the order of rows; each lies in one chunk of `chunkRows` rows.
  ///   - chunks: those that hold the runs, and maybe others, in order.
  ///   - target: row 0 of the result.
  /// - Throws: ``StoreDamage``.
  func decode(
    _ runs: ArraySlice<RowRun>, chunkRows: Int, chunks: [StoredChunk],
    into target: UnsafeMutablePointer<Float>
  ) throws {
    guard let first = runs.first else { return }
    var next = runs.startIndex
    let begin = chunks.partitioningIndex { $0.firstRow > first.row - chunkRows }
    for chunk in chunks[begin...] {
      guard next < runs.endIndex else { return }
      let expected = runs[next].row - runs[next].row % chunkRows
      // Chunks in between hold nothing that is asked for.
      if chunk.firstRow < expected { continue }
      guard chunk.firstRow == expected, chunk.rowCount <= chunkRows else { break }
      let begin = next
      while next < runs.endIndex, runs[next].row < expected + chunkRows { next += 1 }
      try decode(runs[begin..<next], of: chunk, into: target)
    }
    guard next == runs.endIndex else {
      let start = runs[next].row - runs[next].row % chunkRows
      throw damage("the chunk is missing or too long", start..<(start + chunkRows))
    }
  }

  private func decode(
    _ runs: ArraySlice<RowRun>, of chunk: StoredChunk, into target: UnsafeMutablePointer<Float>
  ) throws {
    if let run = runs.first(where: { $0.row + $0.count > chunk.rows.upperBound }) {
      throw damage("expected row \(run.row + run.count - 1), the chunk ends before it", chunk.rows)
    }
    let dtype = capture.settings.dtype
    let width = point.width ?? 0
    var rest = runs
    try verify(chunk, byteCount: byteCount(rows: chunk.rowCount)) { offset, bytes in
      guard let base = bytes.baseAddress else { return }
      let end = offset + bytes.count
      for run in rest {
        let start = byteCount(rows: run.row - chunk.firstRow)
        if start >= end { break }
        let (low, high) = (max(start, offset), min(start + byteCount(rows: run.count), end))
        guard low < high else { continue }
        dtype.decode(
          base + (low - offset), count: (high - low) / dtype.byteCount,
          into: target + run.target * width + (low - start) / dtype.byteCount)
      }
      // Those that go on in the next piece are looked at again; repeats may overlap.
      rest = rest.drop { byteCount(rows: $0.row + $0.count - chunk.firstRow) <= end }
    }
  }

  func damage(_ problem: String, _ rows: Range<Int>) -> StoreDamage {
    StoreDamage(problem, rows: rows, of: point, capture, db)
  }
}

extension Array {
  /// The first index whose element, and all behind it, meet the condition.
  fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
