import CLibdeflate
import GRDB
import ProbeMath

/// Appends rows to the chunks of hook points, inside one transaction.
struct ChunkWriter {
  private let db: Database
  private let path: String
  private let insertChunk: RawStatement
  private let insertData: RawStatement
  private let extend: RawStatement
  private let insertRow: RawStatement
  private let advance: RawStatement

  init(_ db: Database, path: String) throws {
    self.db = db
    self.path = path
    insertChunk = try RawStatement(
      db, "INSERT INTO chunk (point_id, first_row, row_count, byte_count, crc32) VALUES (?, ?, ?, ?, ?)")
    // Bytes without a chunk, which only damage leaves, give way.
    insertData = try RawStatement(db, "INSERT OR REPLACE INTO chunk_data (id, data) VALUES (?, ?)")
    extend = try RawStatement(db, "UPDATE chunk SET row_count = ?, crc32 = ? WHERE id = ?")
    insertRow = try RawStatement(
      db, "INSERT INTO ragged_row (point_id, row, chunk_id, byte_offset, width) VALUES (?, ?, ?, ?, ?)")
    advance = try RawStatement(
      db, "UPDATE point SET batches_done = ?, rows_done = ? WHERE id = ? AND batches_done = ?")
  }

  // MARK: - Rows of equal width

  /// Appends whole rows from row `firstRow` on to a point that will have `totalRows`.
  ///
  /// A chunk is given its final size when its first row arrives, and later rows are written into it in place, so
  /// that a small batch rewrites the pages it touches and not the chunk.
  func append(
    _ bytes: UnsafeRawBufferPointer, rowBytes: Int, chunkRows: Int, firstRow: Int, totalRows: Int,
    point: PointRecord
  ) throws {
    var row = firstRow
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunkFirst = row - row % chunkRows
      let capacity = min(chunkRows, totalRows - chunkFirst)
      let count = min(rest.count / rowBytes, chunkFirst + capacity - row)
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(count * rowBytes))
      if row == chunkFirst {
        try open(piece, count: count, firstRow: row, byteCount: capacity * rowBytes, point: point)
      } else {
        try fill(piece, count: count, chunkFirst: chunkFirst, filled: row - chunkFirst, point: point)
      }
      row += count
      rest = rest.dropFirst(count * rowBytes)
    }
  }

  private func open(
    _ piece: UnsafeRawBufferPointer, count: Int, firstRow: Int, byteCount: Int, point: PointRecord
  ) throws {
    let id = try insert(piece, count: count, firstRow: firstRow, byteCount: byteCount, point: point)
    try insertBytes(piece, padded: byteCount, id: id)
  }

  /// Writes a chunk at its final size in one go; what is not known yet is zero.
  private func insertBytes(_ bytes: UnsafeRawBufferPointer, padded size: Int, id: Int64) throws {
    insertData.bind(Int(id))
    guard bytes.count < size else {
      insertData.bind(bytes, at: 2)
      return try insertData.run()
    }
    var whole = [UInt8](bytes)
    whole.append(contentsOf: repeatElement(0, count: size - bytes.count))
    try whole.withUnsafeBytes {
      insertData.bind($0, at: 2)
      try insertData.run()
    }
  }

  private func fill(
    _ piece: UnsafeRawBufferPointer, count: Int, chunkFirst: Int, filled: Int, point: PointRecord
  ) throws {
    let row = try Row.fetchOne(
      db, sql: "SELECT id, row_count, crc32 FROM chunk WHERE point_id = ? AND first_row = ?",
      arguments: [point.id, chunkFirst])
    let place = "\(path), \(point.hook), chunk of row \(chunkFirst)"
    let found = try row?.count("row_count", at: place) ?? 0
    guard let row, found == filled else {
      throw StoreError(
        .corrupt, at: place, "expected \(filled) rows, found \(found)", advice: "Capture into a new store")
    }
    let id: Int64 = try row.required("id", at: place)
    let checksum: UInt32 = try row.required("crc32", at: place)
    let rowBytes = piece.count / count
    try RawStatement.write(piece, to: "chunk_data", column: "data", id: id, at: filled * rowBytes, db)
    extend.bind(filled + count, Int(ChunkLayout.checksum(piece, after: checksum)), Int(id))
    try extend.run()
  }

  private func insert(
    _ piece: UnsafeRawBufferPointer, count: Int, firstRow: Int, byteCount: Int, point: PointRecord
  ) throws -> Int64 {
    insertChunk.bind(Int(point.id), firstRow, count, byteCount, Int(ChunkLayout.checksum(piece)))
    try insertChunk.run()
    return db.lastInsertedRowID
  }

  // MARK: - Rows of different widths

  /// Appends rows of `widths` values each. Such chunks end with the batch: their later size is not known.
  func append(
    _ bytes: UnsafeRawBufferPointer, widths: [Int], scalarBytes: Int, firstRow: Int, point: PointRecord
  ) throws {
    var next = 0
    var start = 0
    while next < widths.count {
      let first = next
      var offsets: [Int] = []
      var size = 0
      while next < widths.count, next == first || size + widths[next] * scalarBytes <= ChunkLayout.raggedBytes
      {
        offsets.append(size)
        size += widths[next] * scalarBytes
        next += 1
      }
      let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + size)])
      let id = try insert(
        piece, count: next - first, firstRow: firstRow + first, byteCount: size, point: point)
      insertData.bind(Int(id))
      insertData.bind(piece, at: 2)
      try insertData.run()
      for (index, offset) in offsets.enumerated() {
        insertRow.bind(Int(point.id), firstRow + first + index, Int(id), offset, widths[first + index])
        try insertRow.run()
      }
      start += size
    }
  }

  // MARK: - Repair

  /// Removes every chunk that begins in these rows.
  func remove(rows: Range<Int>, of point: PointRecord) throws {
    let arguments: StatementArguments = [point.id, rows.lowerBound, rows.upperBound]
    let beginning = "point_id = ? AND first_row >= ? AND first_row < ?"
    try db.execute(
      sql: "DELETE FROM chunk_data WHERE id IN (SELECT id FROM chunk WHERE \(beginning))",
      arguments: arguments)
    try db.execute(sql: "DELETE FROM chunk WHERE \(beginning)", arguments: arguments)
    try db.execute(
      sql: "DELETE FROM ragged_row WHERE point_id = ? AND row >= ? AND row < ?", arguments: arguments)
  }

  /// Writes the rows of one chunk anew, at its final size; a chunk that is there keeps its number.
  func replace(_ bytes: UnsafeRawBufferPointer, rows: Range<Int>, of point: PointRecord, totalRows: Int)
    throws
  {
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM chunk WHERE point_id = ? AND first_row = ?",
      arguments: [point.id, rows.lowerBound])
    let chunk = rows.lowerBound..<min(rows.lowerBound + (point.chunkRows ?? rows.count), totalRows)
    try remove(rows: chunk, of: point)
    let size = chunk.count * point.rowBytes
    try db.execute(
      sql:
        "INSERT INTO chunk (id, point_id, first_row, row_count, byte_count, crc32) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [
        id, point.id, rows.lowerBound, rows.count, size, Int64(ChunkLayout.checksum(bytes)),
      ])
    try insertBytes(bytes, padded: size, id: db.lastInsertedRowID)
  }

  /// Makes sure that nobody else captures the point: what a repair replaces is what it looked at.
  ///
  /// - Throws: ``StoreError`` (`busy`) when somebody else went on meanwhile.
  func claim(_ point: PointRecord) throws {
    advance.bind(point.batchesDone, point.rowsDone, Int(point.id), point.batchesDone)
    try advance.run()
    guard db.changesCount == 1 else { throw busy(point) }
  }

  // MARK: - Progress

  /// Notes that the first `batches` batches of a point, `rows` rows, are in the store. Comes first in the
  /// transaction, so that a second writer of the same point is found out before it writes.
  ///
  /// - Throws: ``StoreError`` (`busy`) when somebody else noted it meanwhile.
  func advance(to batches: Int, rows: Int, point: PointRecord) throws {
    advance.bind(batches, rows, Int(point.id), batches - 1)
    try advance.run()
    guard db.changesCount == 1 else { throw busy(point) }
  }

  private func busy(_ point: PointRecord) -> StoreError {
    StoreError(
      .busy, at: "\(path), \(point.hook)", "another process captures the same point",
      advice: "Wait for it: running the same command again goes on where it stops")
  }
}

extension ActivationStore {
  /// Commits one batch: all of its rows, or nothing.
  func commit(
    _ staged: StagedBatch, batch index: Int, plan: CapturePlan, points: [PointRecord], dtype: ScalarType
  )
    throws
  {
    let batch = plan.batches[index]
    var log = EarlyWriteback(path + "-wal")
    try write { db in
      let writer = try ChunkWriter(db, path: path)
      for part in staged.parts.sorted(by: { $0.point < $1.point }) {
        let point = points[part.point]
        let bytes = staged.bytes(of: part)
        try writer.advance(to: index + 1, rows: batch.firstRow + batch.rowCount, point: point)
        if let width = point.width, let chunkRows = point.chunkRows {
          try writer.append(
            bytes, rowBytes: width * dtype.byteCount, chunkRows: chunkRows, firstRow: batch.firstRow,
            totalRows: plan.rowCount, point: point)
        } else {
          try writer.append(
            bytes, widths: part.widths ?? [], scalarBytes: dtype.byteCount, firstRow: batch.firstRow,
            point: point)
        }
        log.wrote(bytes.count)
      }
    }
  }
}
