import GRDB
import ProbeMath
import ProbeModel

extension ActivationStore {
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
    let dtype = capture.settings.dtype
    var values: [Float] = []
    var offsets = [0]
    try read { db in
      let reader = ChunkReader(db, path: path, capture, record)
      for chunk in try reader.chunks(range) {
        let bytes = try reader.raggedChunk(chunk)
        for place in try reader.places(in: chunk) where range.contains(place.row) {
          let count = place.bytes.count / dtype.byteCount
          let start = values.count
          values.append(contentsOf: repeatElement(0, count: count))
          values.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBytes { source in
              if let target = target.baseAddress, let source = source.baseAddress {
                dtype.decode(source + place.bytes.lowerBound, count: count, into: target + start)
              }
            }
          }
          offsets.append(values.count)
        }
      }
      guard offsets.count == range.count + 1 else {
        throw reader.damage("expected \(range.count) rows, found \(offsets.count - 1)", range)
      }
    }
    return (values, offsets)
  }
}

/// Where a ragged row lies in its chunk.
struct RaggedPlace {
  let row: Int
  let bytes: Range<Int>
}

extension ChunkReader {
  /// The verified bytes of a chunk of ragged rows.
  func raggedChunk(_ chunk: StoredChunk) throws -> [UInt8] {
    var all: [UInt8] = []
    try verify(chunk, byteCount: chunk.byteCount) { _, bytes in all.append(contentsOf: bytes) }
    return all
  }

  /// The rows of a chunk, which lie one behind the other and fill it.
  ///
  /// - Throws: ``StoreDamage`` when they do not.
  func places(in chunk: StoredChunk) throws -> [RaggedPlace] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT row, chunk_id, byte_offset, width FROM ragged_row
        WHERE point_id = ? AND row >= ? AND row < ? ORDER BY row
        """, arguments: [point.id, chunk.rows.lowerBound, chunk.rows.upperBound])
    let location = "\(path), \(point.hook)"
    var places: [RaggedPlace] = []
    var end = 0
    for (index, row) in rows.enumerated() {
      let offset = try row.count("byte_offset", at: location)
      let byteCount = try row.count("width", at: location) * capture.settings.dtype.byteCount
      let id: Int64 = try row.required("chunk_id", at: location)
      let number = try row.count("row", at: location)
      guard offset == end, id == chunk.id, number == chunk.firstRow + index else {
        throw damage("row \(number) is not where its neighbours end", chunk.rows)
      }
      end += byteCount
      places.append(RaggedPlace(row: number, bytes: offset..<end))
    }
    guard places.count == chunk.rowCount, end == chunk.byteCount else {
      throw damage(
        "its \(places.count) rows fill \(end) bytes, expected \(chunk.rowCount) rows in \(chunk.byteCount)",
        chunk.rows)
    }
    return places
  }
}
