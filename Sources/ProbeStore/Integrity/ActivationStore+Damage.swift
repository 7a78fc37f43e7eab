import GRDB
import ProbeMath

extension ActivationStore {
  /// Reads every chunk of a point, as far as it was captured, and returns what is not as it was written.
  func damage(of point: PointRecord, _ capture: CaptureRecord) throws -> [StoreDamage] {
    guard point.rowsDone > 0 else { return [] }
    guard let chunkRows = point.chunkRows else {
      return try read { db in
        try ChunkReader(db, path: path, capture, point).raggedDamage()
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
    }.flatMap { $0 }
  }
}

extension ChunkReader {
  /// - Parameter range: numbers of chunks, from 0.
  fileprivate func evenDamage(_ range: Range<Int>, chunkRows: Int) throws -> [StoreDamage] {
    let rows = (range.lowerBound * chunkRows)..<min(range.upperBound * chunkRows, point.rowsDone)
    let found = Dictionary(
      try chunks(rows).map { ($0.firstRow, $0) }, uniquingKeysWith: { first, _ in first })
    var damage: [StoreDamage] = []
    for index in range {
      let first = index * chunkRows
      let expected = first..<min(first + chunkRows, point.rowsDone)
      do {
        guard let chunk = found[first] else { throw self.damage("the chunk is missing", expected) }
        guard chunk.rowCount == expected.count else {
          throw self.damage("expected \(expected.count) rows, found \(chunk.rowCount)", expected)
        }
        try verify(chunk, byteCount: byteCount(rows: chunk.rowCount))
      } catch let error as StoreDamage {
        damage.append(error)
      }
    }
    return damage
  }

  fileprivate func raggedDamage() throws -> [StoreDamage] {
    var damage: [StoreDamage] = []
    var next = 0
    for chunk in try chunks(0..<point.rowsDone) {
      do {
        if chunk.firstRow > next { throw self.damage("the chunk is missing", next..<chunk.firstRow) }
        guard chunk.firstRow == next, chunk.rows.upperBound <= point.rowsDone else {
          throw self.damage("expected row \(next), found a chunk of rows \(chunk.rows)", chunk.rows)
        }
      } catch let error as StoreDamage {
        damage.append(error)
      }
      do {
        _ = try places(in: chunk)
        try verify(chunk, byteCount: chunk.byteCount)
      } catch let error as StoreDamage {
        damage.append(error)
      }
      next = max(next, chunk.rows.upperBound)
    }
    if next < point.rowsDone { damage.append(self.damage("the chunk is missing", next..<point.rowsDone)) }
    return damage
  }
}
