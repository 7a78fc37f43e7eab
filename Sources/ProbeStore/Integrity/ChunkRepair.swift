import GRDB
import ProbeMath

/// Rows of a point that are written again as one chunk, or, for ragged points, as the chunks of one batch.
struct RepairedRows {
  /// Place of the point in the capture's list.
  let point: Int
  /// Rows of the capture.
  let total: Int
  let rows: Range<Int>
  var bytes: [UInt8] = []
  /// Values of each row, for ragged points.
  var widths: [Int]?
  /// Rows that `bytes` holds so far.
  var filled = 0
}

/// Collects the rows of damaged chunks from the batches that they come from.
struct ChunkRepair {
  private let plan: CapturePlan
  /// What is being written again, by the first batch that it needs.
  private var open: [RepairedRows]
  /// The batches that are computed again, in order.
  let batches: [Int]
  /// The points that each of them is computed for, as places in the capture's list.
  let points: [Int: [Int]]
  /// The points with chunks behind their last committed row.
  let strays: [Int]

  init(_ damage: [StoreDamage], _ plan: CapturePlan, _ records: [PointRecord]) {
    self.plan = plan
    var open: [RepairedRows] = []
    var points: [Int: Set<Int>] = [:]
    var strays: [Int] = []
    for found in damage {
      guard let point = records.firstIndex(where: { $0.hook == found.hook }) else { continue }
      let isRagged = records[point].width == nil
      let rows = found.rows.clamped(to: 0..<records[point].rowsDone)
      guard !rows.isEmpty else {
        strays.append(point)
        continue
      }
      for batch in plan.batches.indices where plan.batches[batch].rows.overlaps(rows) {
        // Ragged chunks never cross batches, so a batch's are written again together.
        if isRagged, points[batch]?.contains(point) != true {
          open.append(
            RepairedRows(
              point: point, total: plan.rowCount, rows: plan.batches[batch].rows, widths: []))
        }
        points[batch, default: []].insert(point)
      }
      if !isRagged { open.append(RepairedRows(point: point, total: plan.rowCount, rows: rows)) }
    }
    self.strays = strays
    self.open = open
    self.points = points.mapValues { $0.sorted() }
    batches = points.keys.sorted()
  }

  /// Takes what it needs of a batch; returns what is complete with it.
  mutating func take(_ staged: StagedBatch, batch index: Int) -> [RepairedRows] {
    let batch = plan.batches[index].rows
    for part in staged.parts {
      let bytes = staged.bytes(of: part)
      for place in open.indices where open[place].point == part.point && open[place].rows.overlaps(batch) {
        let wanted = open[place].rows.clamped(to: batch)
        let first = wanted.lowerBound - batch.lowerBound
        if let widths = part.widths {
          open[place].widths = widths
          open[place].bytes += bytes
        } else {
          let rowBytes = bytes.count / max(part.rowCount, 1)
          open[place].bytes += bytes[(first * rowBytes)..<((first + wanted.count) * rowBytes)]
        }
        open[place].filled += wanted.count
      }
    }
    let done = open.filter { $0.filled == $0.rows.count }
    open.removeAll { $0.filled == $0.rows.count }
    return done
  }
}

extension CapturePlan.Batch {
  /// The batch's rows in every point.
  var rows: Range<Int> { firstRow..<(firstRow + rowCount) }
}

extension ActivationStore {
  /// Writes rows anew in place of the chunks that held them, in one transaction.
  func replace(_ repaired: RepairedRows, of point: PointRecord, dtype: ScalarType) throws {
    try write { db in
      let writer = try ChunkWriter(db, path: path)
      try writer.claim(point)
      try repaired.bytes.withUnsafeBytes { bytes in
        if let widths = repaired.widths {
          try writer.remove(rows: repaired.rows, of: point)
          try writer.append(
            bytes, widths: widths, scalarBytes: dtype.byteCount, firstRow: repaired.rows.lowerBound,
            point: point)
        } else {
          try writer.replace(bytes, rows: repaired.rows, of: point, totalRows: repaired.total)
        }
      }
    }
  }

  /// Removes what lies behind the last committed row of a point.
  func removeStrays(of point: PointRecord) throws {
    try write { db in
      let writer = try ChunkWriter(db, path: path)
      try writer.claim(point)
      try writer.remove(rows: point.rowsDone..<Int.max, of: point)
    }
  }
}
