import GRDB
import ProbeMath
import ProbeModel

extension Export {
  /// Values read at a time, in bytes of float32.
  private static let batchBytes = 4 << 20

  /// The values of a point in float32, some rows at a time; `widths` are given for ragged points.
  ///
  /// Values pass through float32 whatever the store's type: there and back changes no bit of a finite value, and others
  /// are never stored.
  func forEachBatch(
    of point: HookPoint, _ body: (_ values: UnsafeBufferPointer<Float>, _ widths: [Int]?) throws -> Void
  ) throws {
    let record = try record(point)
    guard let width = record.width else { return try forEachRaggedBatch(of: point, body) }
    try forEachGroup(rowBytes: width * 4, chunkRows: record.chunkRows ?? 1) { rows in
      let matrix = try store.matrix(point, of: capture, rows: .rows(rows))
      try matrix.elements.withUnsafeBufferPointer { try body($0, nil) }
    }
  }

  /// Rows that lie in the same chunks, so that each chunk is read and verified once.
  private func forEachGroup(rowBytes: Int, chunkRows: Int, _ body: ([Int]) throws -> Void) throws {
    let step = max(1, Self.batchBytes / (rowBytes * chunkRows)) * chunkRows
    var rows: [Int] = []
    var window = 0
    for run in runs {
      for row in run {
        if row / step != window || rows.count == step {
          if !rows.isEmpty { try body(rows) }
          rows.removeAll(keepingCapacity: true)
          window = row / step
        }
        rows.append(row)
      }
    }
    if !rows.isEmpty { try body(rows) }
  }

  // MARK: - Ragged points

  /// Number of values of all exported rows of a ragged point.
  func valueCount(ofRagged point: HookPoint) throws -> Int {
    var count = 0
    try forEachWidth(ofRagged: point) { count += $0.reduce(0, +) }
    return count
  }

  /// The widths of the exported rows of a ragged point, some rows at a time.
  func forEachWidth(ofRagged point: HookPoint, _ body: ([Int]) throws -> Void) throws {
    let record = try record(point)
    for run in runs {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: 4_096) {
        try body(widths(of: start..<min(start + 4_096, run.upperBound), record))
      }
    }
  }

  /// Where each exported row of a ragged point begins, and where the last ends, in values: rowCount + 1 numbers.
  func forEachOffset(ofRagged point: HookPoint, _ body: ([Int]) throws -> Void) throws {
    try body([0])
    var end = 0
    try forEachWidth(ofRagged: point) { widths in
      try body(
        widths.map { width in
          end += width
          return end
        })
    }
  }

  private func widths(of rows: Range<Int>, _ record: PointRecord) throws -> [Int] {
    let place = "\(store.path), \(record.hook)"
    let widths = try store.read { db in
      try Row.fetchAll(
        db, sql: "SELECT width FROM ragged_row WHERE point_id = ? AND row >= ? AND row < ? ORDER BY row",
        arguments: [record.id, rows.lowerBound, rows.upperBound]
      ).map { try $0.count("width", at: place) }
    }
    guard widths.count == rows.count else {
      throw StoreError(
        .corrupt, at: place,
        "expected \(rows.count) rows from row \(rows.lowerBound) on, found \(widths.count)",
        advice: "Capture into a new store")
    }
    return widths
  }

  private func forEachRaggedBatch(
    of point: HookPoint, _ body: (UnsafeBufferPointer<Float>, [Int]?) throws -> Void
  ) throws {
    let record = try record(point)
    for run in runs {
      var start = run.lowerBound
      while start < run.upperBound {
        let known = try widths(of: start..<min(start + 4_096, run.upperBound), record)
        var (end, size) = (0, 0)
        while end < known.count, end == 0 || (size + known[end]) * 4 <= Self.batchBytes {
          size += known[end]
          end += 1
        }
        let (values, _) = try store.raggedRows(point, of: capture, rows: start..<(start + end))
        try values.withUnsafeBufferPointer { try body($0, Array(known[..<end])) }
        start += end
      }
    }
  }
}

extension ScalarType {
  /// Appends values, encoded as stored, to a file by way of `scratch`.
  func write(
    _ values: UnsafeBufferPointer<Float>, scratch: inout [UInt8],
    _ put: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if self == .float32 { return try put(UnsafeRawBufferPointer(values)) }
    let size = values.count * byteCount
    if scratch.count < size { scratch = [UInt8](repeating: 0, count: size) }
    try scratch.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      _ = encode(values, to: base)
      try put(UnsafeRawBufferPointer(start: base, count: size))
    }
  }
}
