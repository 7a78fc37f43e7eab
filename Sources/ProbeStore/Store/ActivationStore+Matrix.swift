import GRDB
import ProbeMath
import ProbeModel

extension ActivationStore {
  /// The activations of one point as a matrix `[row, width]` in float32.
  ///
  /// Chunks are scanned once, in their order; each checksum is verified, and scalars are converted straight from
  /// SQLite's memory into the result. The row shape is flattened: `[head, dHead]` gives `head · dHead` columns.
  ///
  /// - Throws: ``StoreError``: `missing` for a point, or rows, that the capture does not hold; `damagedChunk`
  ///   naming hook, examples and chunk.
  public func matrix(
    _ point: HookPoint, of capture: CaptureRecord, rows selection: RowSelection = .withoutSentinels
  ) throws -> Tensor {
    let record = try stored(point, of: capture)
    guard let width = record.width, let chunkRows = record.chunkRows else {
      throw StoreError(
        .missing, at: "\(path), \(point.name)", "the point's rows differ in width: there is no matrix",
        advice: "Read it with `raggedRows`")
    }
    let rows = try indices(selection, of: capture, record)
    let runs = RowRun.runs(of: rows, chunkRows: chunkRows)
    let values = try [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
      if let target = buffer.baseAddress {
        try scan(runs, of: record, width: width, chunkRows: chunkRows, capture, into: target)
      }
      count = rows.count * width
    }
    return Tensor([rows.count, width], values)
  }

  /// The rows of a ragged point, one after the other, with the start of each and the end of the last.
  ///
  /// - Throws: ``StoreError`` as ``matrix(_:of:rows:)``.
  public func raggedRows(
    _ point: HookPoint, of capture: CaptureRecord, rows range: Range<Int>
  ) throws -> (values: [Float], offsets: [Int]) {
    let record = try stored(point, of: capture)
    guard record.width == nil else {
      throw StoreError(
        .missing, at: "\(path), \(point.name)", "the point's rows are equally wide",
        advice: "Read it with `matrix`")
    }
    try check(range, of: record)
    return try read { db in try readRagged(range, of: record, capture, db) }
  }

  // MARK: - What there is

  private func stored(_ point: HookPoint, of capture: CaptureRecord) throws -> PointRecord {
    if let record = capture.point(point) { return record }
    throw StoreError(
      .missing, at: "\(path), capture \(capture.id)",
      "\(point.name) was not captured; there are \(capture.points.map(\.hook).joined(separator: ", "))",
      advice: "`probe capture` with this point adds it and keeps the rest")
  }

  private func indices(_ selection: RowSelection, of capture: CaptureRecord, _ record: PointRecord) throws
    -> [Int]
  {
    switch selection {
    case .all:
      try check(0..<capture.rowCount, of: record)
      return Array(0..<capture.rowCount)
    case .withoutSentinels:
      try check(0..<capture.rowCount, of: record)
      let sentinels = try read { db in
        try Int.fetchSet(
          db, sql: "SELECT row FROM token WHERE capture_id = ? AND position < 0 AND row IS NOT NULL",
          arguments: [capture.id])
      }
      return (0..<capture.rowCount).filter { !sentinels.contains($0) }
    case .rows(let rows):
      if let least = rows.min(), let most = rows.max() { try check(least..<(most + 1), of: record) }
      return rows
    }
  }

  private func check(_ rows: Range<Int>, of record: PointRecord) throws {
    precondition(rows.lowerBound >= 0, "ActivationStore: row \(rows.lowerBound)")
    guard rows.upperBound <= record.rowsDone else {
      throw StoreError(
        .missing, at: "\(path), \(record.hook)",
        "rows up to \(rows.upperBound) are asked for, \(record.rowsDone) are captured",
        advice: "Run the capture again: it goes on where it stopped")
    }
  }

  // MARK: - Scanning

  private func scan(
    _ runs: [RowRun], of record: PointRecord, width: Int, chunkRows: Int, _ capture: CaptureRecord,
    into target: UnsafeMutablePointer<Float>
  ) throws {
    guard let first = runs.first, let last = runs.last else { return }
    try read { db in
      var expected = first.row - first.row % chunkRows
      let chunks = try chunkCursor(record, from: expected, to: last.row + last.count, db)
      var next = 0
      while let row = try chunks.next() {
        let chunk = try StoredChunk(row, at: "\(path), \(record.hook)")
        guard chunk.firstRow == expected, chunk.rowCount <= chunkRows else { break }
        expected += chunkRows
        let begin = next
        while next < runs.count, runs[next].row < expected { next += 1 }
        // SQLite reads a chunk's bytes only when they are asked for.
        if begin == next { continue }
        try row.withUnsafeData(named: "data") { data in
          try data?.withUnsafeBytes { memory in
            try verify(
              chunk, memory, byteCount: chunk.rowCount * width * capture.settings.dtype.byteCount, record,
              capture, db)
            try decode(runs[begin..<next], chunk, memory, width: width, record, capture, db, into: target)
          }
        }
      }
      guard next == runs.count else {
        throw damage(
          "the chunk is missing or too long", firstRow: expected, rowCount: chunkRows, record, capture, db)
      }
    }
  }

  /// Converts what the runs want of one chunk.
  private func decode(
    _ runs: ArraySlice<RowRun>, _ chunk: StoredChunk, _ memory: UnsafeRawBufferPointer, width: Int,
    _ record: PointRecord, _ capture: CaptureRecord, _ db: Database, into target: UnsafeMutablePointer<Float>
  ) throws {
    guard let base = memory.baseAddress else { return }
    for run in runs {
      let offset = run.row - chunk.firstRow
      guard offset + run.count <= chunk.rowCount else {
        throw damage(
          "expected row \(run.row + run.count - 1), the chunk ends before it", firstRow: chunk.firstRow,
          rowCount: chunk.rowCount, record, capture, db)
      }
      capture.settings.dtype.decode(
        base + offset * width * capture.settings.dtype.byteCount, count: run.count * width,
        into: target + run.target * width)
    }
  }

  private func readRagged(
    _ range: Range<Int>, of record: PointRecord, _ capture: CaptureRecord, _ db: Database
  ) throws -> (values: [Float], offsets: [Int]) {
    var values: [Float] = []
    var offsets = [0]
    let first = try Int.fetchOne(
      db, sql: "SELECT max(first_row) FROM chunk WHERE point_id = ? AND first_row <= ?",
      arguments: [record.id, range.lowerBound])
    let chunks = try chunkCursor(record, from: first ?? 0, to: range.upperBound, db)
    while let row = try chunks.next() {
      let chunk = try StoredChunk(row, at: "\(path), \(record.hook)")
      let places = try Row.fetchAll(
        db,
        sql:
          "SELECT row, byte_offset, width FROM ragged_row WHERE chunk_id = ? AND point_id = ? ORDER BY row",
        arguments: [chunk.id, record.id])
      try row.withUnsafeData(named: "data") { data in
        try data?.withUnsafeBytes { memory in
          try verify(chunk, memory, byteCount: memory.count, record, capture, db)
          for place in places where range.contains(try place.count("row", at: "\(path), \(record.hook)")) {
            let width = try place.count("width", at: "\(path), \(record.hook)")
            let offset = try place.count("byte_offset", at: "\(path), \(record.hook)")
            guard offset + width * capture.settings.dtype.byteCount <= memory.count,
              let base = memory.baseAddress
            else {
              throw damage(
                "a row reaches beyond its chunk", firstRow: chunk.firstRow, rowCount: chunk.rowCount, record,
                capture,
                db)
            }
            let piece = [Float](unsafeUninitializedCapacity: width) { buffer, count in
              if let target = buffer.baseAddress {
                capture.settings.dtype.decode(base + offset, count: width, into: target)
              }
              count = width
            }
            values += piece
            offsets.append(values.count)
          }
        }
      }
    }
    guard offsets.count == range.count + 1 else {
      throw damage(
        "expected \(range.count) rows, found \(offsets.count - 1)", firstRow: range.lowerBound,
        rowCount: range.count, record, capture, db)
    }
    return (values, offsets)
  }

  private func chunkCursor(_ record: PointRecord, from first: Int, to end: Int, _ db: Database) throws
    -> RowCursor
  {
    try Row.fetchCursor(
      db,
      sql: """
        SELECT chunk.id, first_row, row_count, crc32, data FROM chunk JOIN chunk_data USING (id)
        WHERE point_id = ? AND first_row >= ? AND first_row < ? ORDER BY first_row
        """, arguments: [record.id, first, end])
  }

  // MARK: - Damage

  private func verify(
    _ chunk: StoredChunk, _ memory: UnsafeRawBufferPointer, byteCount: Int, _ record: PointRecord,
    _ capture: CaptureRecord, _ db: Database
  ) throws {
    guard memory.count >= byteCount else {
      throw damage(
        "expected \(byteCount) bytes, found \(memory.count)", firstRow: chunk.firstRow,
        rowCount: chunk.rowCount,
        record, capture, db)
    }
    let found = ChunkLayout.checksum(UnsafeRawBufferPointer(rebasing: memory.prefix(byteCount)))
    guard Int64(found) == chunk.checksum else {
      throw damage(
        "the checksum is \(found), written was \(chunk.checksum)", firstRow: chunk.firstRow,
        rowCount: chunk.rowCount, record, capture, db)
    }
  }

  private func damage(
    _ problem: String, firstRow: Int, rowCount: Int, _ record: PointRecord, _ capture: CaptureRecord,
    _ db: Database
  ) -> StoreError {
    let keys =
      (try? String.fetchAll(
        db,
        sql: """
          SELECT e.key FROM sequence s JOIN example e ON e.id = s.example_id
          WHERE s.capture_id = ? AND s.first_row < ? AND s.first_row + s.row_count > ? ORDER BY s.first_row
          """, arguments: [capture.id, firstRow + rowCount, firstRow])) ?? []
    let examples = keys.isEmpty ? "" : ", examples \"\(keys[0])\" to \"\(keys[keys.count - 1])\""
    return StoreError(
      .damagedChunk,
      at: "\(path), capture \(capture.id), \(record.hook), chunk of row \(firstRow)\(examples)",
      problem, advice: "The file was changed by something else: capture into a new store")
  }
}

/// A chunk's description, from a row of ``ActivationStore``'s chunk query.
private struct StoredChunk {
  let id: Int64
  let firstRow: Int
  let rowCount: Int
  let checksum: Int64

  init(_ row: Row, at location: String) throws {
    id = try row.required("id", at: location)
    firstRow = try row.count("first_row", at: location)
    rowCount = try row.count("row_count", at: location)
    checksum = try row.required("crc32", at: location)
  }
}
