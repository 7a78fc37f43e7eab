import GRDB
import ProbeMath
import ProbeModel

extension ActivationStore {
  /// The activations of one point as a matrix `[row, width]` in float32.
  ///
  /// Each chunk is read once, its checksum verified, and its scalars converted straight into the result, by as
  /// many threads as there are processors where that pays. The row shape is flattened: `[head, dHead]` gives
  /// `head · dHead` columns.
  ///
  /// - Throws: ``StoreError``: `missing` for a point, or rows, that the capture does not hold; `damagedChunk`
  ///   naming hook, examples and chunk.
  public func matrix(
    _ point: HookPoint, of capture: CaptureRecord, rows selection: RowSelection = .withoutSentinels
  ) throws -> Tensor {
    let (record, width, chunkRows) = try even(point, of: capture)
    let (runs, count) = try runs(selection, of: capture, record, chunkRows: chunkRows)
    let values = try [Float](unsafeUninitializedCapacity: count * width) { buffer, initialized in
      if let target = buffer.baseAddress {
        try decode(runs, of: record, capture, width: width, chunkRows: chunkRows, into: target)
      }
      initialized = count * width
    }
    return Tensor([count, width], values)
  }

  /// Takes all rows of a point to `body` as float32, block by block in their order; memory stays that of one
  /// block, whatever the size of the store.
  ///
  /// - Parameters:
  ///   - rows: which rows; all captured ones when nil.
  ///   - rowsPerBlock: rows of a block, at most; when nil about 8 MiB of float32.
  ///   - body: gets the rows' numbers and their values `[row, width]`, valid until it returns.
  /// - Throws: ``StoreError`` as ``matrix(_:of:rows:)``; what `body` throws.
  public func forEachBlock(
    _ point: HookPoint, of capture: CaptureRecord, rows: Range<Int>? = nil, rowsPerBlock: Int? = nil,
    _ body: (Range<Int>, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let (record, width, chunkRows) = try even(point, of: capture)
    let rows = rows ?? 0..<capture.rowCount
    try check(rows, of: record)
    let usual = max(1, (8 << 20) / (chunkRows * width * 4)) * chunkRows
    let step = rowsPerBlock ?? usual
    precondition(step > 0, "ActivationStore.forEachBlock: \(step) rows a block")
    let blocks = stride(from: rows.lowerBound, to: rows.upperBound, by: step).map {
      $0..<min(rows.upperBound, $0 + step)
    }
    let chunks = try read { db in try ChunkReader(db, path: path, capture, record).chunks(rows) }
    let scan = BlockScan(
      self, capture, record, width: width, chunkRows: chunkRows, blocks: blocks, chunks: chunks,
      threads: threads(for: step * width * capture.settings.dtype.byteCount))
    try scan.run { rows, values in
      try body(rows, UnsafeBufferPointer(start: values, count: rows.count * width))
    }
  }

  // MARK: - What there is

  /// The record of a captured point.
  func stored(_ point: HookPoint, of capture: CaptureRecord) throws -> PointRecord {
    if let record = capture.point(point) { return record }
    throw StoreError(
      .missing, at: "\(path), capture \(capture.id)",
      "\(point.name) was not captured; there are \(capture.points.map(\.hook).joined(separator: ", "))",
      advice: "`probe capture` with this point adds it and keeps the rest")
  }

  /// The record of a captured point whose rows are equally wide, their width, and the rows of a chunk.
  func even(_ point: HookPoint, of capture: CaptureRecord) throws -> (PointRecord, width: Int, chunkRows: Int)
  {
    let record = try stored(point, of: capture)
    guard let width = record.width, let chunkRows = record.chunkRows else {
      throw StoreError(
        .missing, at: "\(path), \(point.name)", "the point's rows differ in width: there is no matrix",
        advice: "Read it with `raggedRows`")
    }
    return (record, width, chunkRows)
  }

  func check(_ rows: Range<Int>, of record: PointRecord) throws {
    precondition(rows.lowerBound >= 0, "ActivationStore: row \(rows.lowerBound)")
    guard rows.upperBound <= record.rowsDone else {
      throw StoreError(
        .missing, at: "\(path), \(record.hook)",
        "rows up to \(rows.upperBound) are asked for, \(record.rowsDone) are captured",
        advice: "Run the capture again: it goes on where it stopped")
    }
    guard try holds(rows: rows.upperBound, of: record) else {
      throw StoreError(
        .corrupt, at: "\(path), \(record.hook)", "\(record.rowsDone) rows are more than the file holds",
        advice: "`probe store verify` says what is damaged")
    }
  }

  /// Rows of a capture without those of sentinels, as ranges.
  func rangesWithoutSentinels(_ capture: CaptureRecord) throws -> [Range<Int>] {
    let sentinels = try read { db in
      // From each sequence to its own tokens, by the primary key: a scan of all tokens would take seconds.
      try Int.fetchAll(
        db,
        sql: """
          SELECT DISTINCT t.row FROM sequence s CROSS JOIN token t ON t.capture_id = s.capture_id
            AND t.example_id = s.example_id AND t.position < 0
          WHERE s.capture_id = ? AND t.row IS NOT NULL ORDER BY t.row
          """, arguments: [capture.id])
    }
    var ranges: [Range<Int>] = []
    var start = 0
    for row in sentinels where row < capture.rowCount && row >= start {
      if row > start { ranges.append(start..<row) }
      start = row + 1
    }
    if start < capture.rowCount { ranges.append(start..<capture.rowCount) }
    return ranges
  }

  private func runs(
    _ selection: RowSelection, of capture: CaptureRecord, _ record: PointRecord, chunkRows: Int
  ) throws -> ([RowRun], count: Int) {
    switch selection {
    case .all:
      try check(0..<capture.rowCount, of: record)
      return (RowRun.runs(of: [0..<capture.rowCount], chunkRows: chunkRows), capture.rowCount)
    case .withoutSentinels:
      try check(0..<capture.rowCount, of: record)
      let ranges = try rangesWithoutSentinels(capture)
      return (RowRun.runs(of: ranges, chunkRows: chunkRows), ranges.reduce(0) { $0 + $1.count })
    case .rows(let rows):
      if let least = rows.min(), let most = rows.max() { try check(least..<(most + 1), of: record) }
      return (RowRun.runs(of: rows, chunkRows: chunkRows), rows.count)
    }
  }

  // MARK: - Reading

  /// Bytes from which on a second thread earns its start.
  private static let bytesPerThread = 1 << 20

  private func threads(for byteCount: Int) -> Int {
    min(availableProcessors, 1 + byteCount / Self.bytesPerThread)
  }

  private func decode(
    _ runs: [RowRun], of record: PointRecord, _ capture: CaptureRecord, width: Int, chunkRows: Int,
    into target: UnsafeMutablePointer<Float>
  ) throws {
    guard let first = runs.first, let last = runs.last else { return }
    let bytes = (last.row + last.count - first.row) * width * capture.settings.dtype.byteCount
    let parts = RowRun.parts(runs, threads(for: bytes), chunkRows: chunkRows)
    // Each part writes rows of its own.
    nonisolated(unsafe) let target = target
    _ = try concurrently(parts.count) { part in
      try read { db in
        let reader = ChunkReader(db, path: path, capture, record)
        guard let first = parts[part].first, let last = parts[part].last else { return }
        try reader.decode(
          parts[part], chunkRows: chunkRows, chunks: reader.chunks(first.row..<(last.row + last.count)),
          into: target)
      }
    }
  }
}
