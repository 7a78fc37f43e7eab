import GRDB
import ProbeMath
import ProbeModel
import Synchronization

/// Seeded minibatches of a point's rows, in an order that is shuffled anew in each epoch.
///
/// Only indices are permuted (``IndexPermutation``); no byte in the store moves, and any step can be asked for at
/// any time, so that training goes on where it stopped. A chunk's checksum is verified when its first row is read;
/// later rows of it are read alone.
public final class RowSampler: Sendable {
  /// Rows of a minibatch; the last one of an epoch may be smaller.
  public let batchSize: Int
  /// Rows of an epoch.
  public let rowCount: Int
  /// Values of a row.
  public let width: Int
  /// Minibatches of an epoch.
  public var batchesPerEpoch: Int { (rowCount + batchSize - 1) / batchSize }

  private let store: ActivationStore
  private let capture: CaptureRecord
  private let point: PointRecord
  private let chunkRows: Int
  private let chunks: [StoredChunk]
  private let ranges: [Range<Int>]
  /// How many rows come before each range.
  private let before: [Int]
  private let seed: UInt64
  private let verified: Mutex<[Bool]>

  /// A sampler of all rows, or of all but those of sentinels.
  ///
  /// - Throws: ``StoreError`` as ``ActivationStore/matrix(_:of:rows:)``.
  public init(
    _ store: ActivationStore, _ point: HookPoint, of capture: CaptureRecord, batchSize: Int, seed: UInt64,
    withSentinels: Bool = false
  ) throws {
    precondition(batchSize > 0, "RowSampler: batches of \(batchSize)")
    let (record, width, chunkRows) = try store.even(point, of: capture)
    try store.check(0..<capture.rowCount, of: record)
    (self.store, self.capture, self.point, self.width) = (store, capture, record, width)
    (self.chunkRows, self.batchSize, self.seed) = (chunkRows, batchSize, seed)
    ranges = withSentinels ? [0..<capture.rowCount] : try store.rangesWithoutSentinels(capture)
    before = ranges.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    rowCount = before[before.count - 1]
    chunks = try store.read { db in
      try ChunkReader(db, path: store.path, capture, record).chunks(0..<capture.rowCount)
    }
    verified = Mutex(Array(repeating: false, count: chunks.count))
  }

  /// The rows of minibatch `step`, counted through all epochs.
  public func rows(_ step: Int) -> [Int] {
    precondition(step >= 0, "RowSampler: step \(step)")
    guard rowCount > 0 else { return [] }
    let (epoch, batch) = step.quotientAndRemainder(dividingBy: batchesPerEpoch)
    let order = IndexPermutation(rowCount, seed: seed, "minibatches", "\(epoch)")
    let start = batch * batchSize
    return (start..<min(start + batchSize, rowCount)).map { row(order[$0]) }
  }

  /// The rows of minibatch `step` and their values `[row, width]` in float32.
  ///
  /// - Throws: ``StoreError``: `damagedChunk`, `missing`.
  public func batch(_ step: Int) throws -> (rows: [Int], values: Tensor) {
    let rows = rows(step)
    return (rows, try values(of: rows))
  }

  /// The values of any rows, in their order.
  ///
  /// - Throws: ``StoreError``: `damagedChunk`, `missing`.
  public func values(of rows: [Int]) throws -> Tensor {
    if let least = rows.min(), let most = rows.max() { try store.check(least..<(most + 1), of: point) }
    let values = try [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
      if let target = buffer.baseAddress { try read(rows, into: target) }
      count = rows.count * width
    }
    return Tensor([rows.count, width], values)
  }

  // MARK: Reading

  private func read(_ rows: [Int], into target: UnsafeMutablePointer<Float>) throws {
    let runs = RowRun.runs(of: rows, chunkRows: chunkRows)
    try store.read { db in
      let reader = ChunkReader(db, path: store.path, capture, point)
      let dtype = capture.settings.dtype
      let bytes = FloatBuffer(count: (reader.byteCount(rows: chunkRows) + 3) / 4)
      for run in runs {
        let index = run.row / chunkRows
        guard index < chunks.count, chunks[index].firstRow == index * chunkRows,
          chunks[index].rowCount <= chunkRows, chunks[index].rows.contains(run.row + run.count - 1)
        else {
          throw reader.damage(
            "the chunk is missing or too short", (index * chunkRows)..<((index + 1) * chunkRows))
        }
        let chunk = chunks[index]
        if !verified.withLock({ $0[index] }) {
          try reader.verify(chunk, byteCount: reader.byteCount(rows: chunk.rowCount))
          verified.withLock { $0[index] = true }
        }
        try reader.read(
          chunk, count: reader.byteCount(rows: run.count),
          at: reader.byteCount(rows: run.row - chunk.firstRow), into: bytes.pointer)
        dtype.decode(bytes.pointer, count: run.count * width, into: target + run.target * width)
      }
    }
  }

  /// The row that is number `index` of those sampled.
  private func row(_ index: Int) -> Int {
    var (low, high) = (0, ranges.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if before[middle] <= index { low = middle } else { high = middle }
    }
    return ranges[low].lowerBound + index - before[low]
  }
}
