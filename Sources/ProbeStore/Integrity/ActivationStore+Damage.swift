import GRDB
import ProbeMath

extension ActivationStore {
  /// Reads every chunk of a point, as far as it was captured, and returns what is not as it was written.
  func damage(of point: PointRecord, _ capture: CaptureRecord) throws -> [StoreDamage] {
    let beyond = try read { db in try ChunkReader(db, path: path, capture, point).damageBeyond() }
    guard point.rowsDone > 0 else { return beyond }
    guard try holds(rows: point.rowsDone, of: point) else {
      return try read { db in
        [
          ChunkReader(db, path: path, capture, point).damage(
            "\(point.rowsDone) rows are more than the file holds", 0..<point.rowsDone)
        ]
      }
    }
    guard let chunkRows = point.chunkRows else {
      return try read { db in
        try ChunkReader(db, path: path, capture, point).raggedDamage() + beyond
      }
    }
    let chunks = (point.rowsDone + chunkRows - 1) / chunkRows
    // A thread wants some work to be worth its start.
    let parts = min(availableProcessors, max(1, chunks / 4))
    return try concurrently(parts) { part in
      try read { db in
        try ChunkReader(db, path: path, capture, point).evenDamage(
          (chunks * part / parts)..<(chunks * (part + 1) / parts), chunkRows: chunkRows)
      }
    }.flatMap { $0 } + beyond
  }
}

extension ActivationStore {
  /// Whether the file is large enough for so many rows; what a damaged table says must not be allocated.
  func holds(rows: Int, of point: PointRecord) throws -> Bool {
    let bytes = try read { db in
      (try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
        * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
    // A ragged row takes a row of a table at least.
    let rowBytes = point.chunkRows == nil ? 1 : point.rowBytes
    return rows <= bytes / max(rowBytes, 1)
  }
}

extension ChunkReader {
  /// Rows that are committed now: another process may have gone on since the record was read.
  private func rowsDone() throws -> Int {
    let rows = try Int.fetchOne(db, sql: "SELECT rows_done FROM point WHERE id = ?", arguments: [point.id])
    return min(max(rows ?? 0, point.rowsDone), capture.rowCount)
  }

  /// Chunks and rows behind the last committed row: no crash leaves any.
  fileprivate func damageBeyond() throws -> [StoreDamage] {
    let done = try rowsDone()
    let strays = try Int.fetchOne(
      db,
      sql: """
        SELECT (SELECT count(*) FROM chunk WHERE point_id = :point AND first_row >= :done)
          + (SELECT count(*) FROM ragged_row WHERE point_id = :point AND row >= :done)
        """, arguments: ["point": point.id, "done": done])
    return strays == 0
      ? [] : [damage("\(strays ?? 0) chunks or rows lie behind the last committed one", done..<done)]
  }

  /// - Parameter range: numbers of chunks, from 0.
  fileprivate func evenDamage(_ range: Range<Int>, chunkRows: Int) throws -> [StoreDamage] {
    let done = try rowsDone()
    let rows = (range.lowerBound * chunkRows)..<min(range.upperBound * chunkRows, done)
    let found = Dictionary(grouping: try chunks(rows)) { $0.firstRow / chunkRows }
    var damage: [StoreDamage] = []
    for index in range {
      let first = index * chunkRows
      let expected = first..<min(first + chunkRows, done)
      do {
        guard let chunk = found[index]?.first else { throw self.damage("the chunk is missing", expected) }
        guard found[index]?.count == 1, chunk.rows == expected else {
          throw self.damage("expected one chunk of rows \(expected), found rows \(chunk.rows)", expected)
        }
        // A chunk has its final size from the beginning.
        let size = byteCount(rows: min(chunkRows, capture.rowCount - first))
        guard chunk.byteCount == size, try blobSize(of: chunk) == size else {
          throw self.damage(
            "expected \(size) bytes, found \(try blobSize(of: chunk) ?? 0), noted are \(chunk.byteCount)",
            expected)
        }
        try verify(chunk, byteCount: byteCount(rows: chunk.rowCount))
      } catch let error as StoreDamage {
        damage.append(error)
      }
    }
    return damage
  }

  fileprivate func raggedDamage() throws -> [StoreDamage] {
    let done = try rowsDone()
    var damage: [StoreDamage] = []
    var next = 0
    for chunk in try chunks(0..<done) {
      do {
        if chunk.firstRow > next {
          damage.append(self.damage("the chunk is missing", next..<min(chunk.firstRow, done)))
        }
        guard chunk.firstRow >= next, chunk.rows.upperBound <= done else {
          let rows = min(chunk.firstRow, next)..<min(max(chunk.rows.upperBound, next + 1), done)
          throw self.damage("expected row \(next), found a chunk of rows \(chunk.rows)", rows)
        }
        _ = try places(in: chunk)
        try verify(chunk, byteCount: chunk.byteCount)
      } catch let error as StoreDamage {
        damage.append(error)
      }
      next = max(next, chunk.rows.upperBound)
    }
    if next < done { damage.append(self.damage("the chunk is missing", next..<done)) }
    return damage
  }
}
