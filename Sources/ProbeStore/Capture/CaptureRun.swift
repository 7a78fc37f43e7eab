import ProbeMath
import ProbeModel

/// One run of a capture: which batches are missing, and the threads that compute them.
struct CaptureRun {
  private let request: CaptureRequest
  private let store: ActivationStore
  private let points: [HookPoint]
  private let records: [PointRecord]
  private let batches: Range<Int>
  private(set) var tokensDone = 0
  private(set) var bytes = 0

  init(request: CaptureRequest, record: CaptureRecord, store: ActivationStore) {
    self.request = request
    self.store = store
    points = request.points.map(\.point)
    records = points.compactMap { record.point($0) }
    // Every point goes on by itself: one that was added later starts at 0 while the others are complete.
    let first = records.map(\.batchesDone).min() ?? 0
    batches = first..<max(request.plan.batches.count, first)
  }

  private var tokensTotal: Int { batches.reduce(0) { $0 + request.plan.batches[$1].tokenCount } }

  /// Computes and commits the missing batches in order.
  mutating func execute(
    threads: Int, progress: (CaptureProgress) -> Void, shouldStop: () -> Bool
  ) throws {
    guard !batches.isEmpty else { return }
    let threads = min(threads, batches.count)
    let queue = BatchQueue(batches, buffers: (0..<(threads + 2)).map { _ in StagedBatch(capacity: capacity) })
    let worker = BatchWorker(
      request: request, points: points, firstBatches: records.map(\.batchesDone), queue: queue)
    queue.start(threads: threads) { worker.work() }
    defer {
      queue.stop()
      queue.join()
    }
    let clock = ContinuousClock()
    let start = clock.now
    let total = tokensTotal
    progress(CaptureProgress(tokensDone: 0, tokensTotal: total, bytes: 0, seconds: 0))
    for batch in batches {
      guard let result = queue.result(of: batch) else { throw interrupted(before: batch) }
      let staged = try result.get()
      try store.commit(
        staged, batch: batch, plan: request.plan, points: records, dtype: request.identity.settings.dtype)
      tokensDone += request.plan.batches[batch].tokenCount
      bytes += staged.byteCount
      queue.recycle(staged)
      progress(
        CaptureProgress(
          tokensDone: tokensDone, tokensTotal: total, bytes: bytes, seconds: (clock.now - start) / .seconds(1)
        ))
      if shouldStop() { queue.stop() }
    }
    try store.checkpoint()
  }

  /// Bytes of the largest batch, as far as they are known beforehand (ragged points are not).
  private var capacity: Int {
    let rows = batches.map { request.plan.batches[$0].rowCount }.max() ?? 0
    let byteCount = request.identity.settings.dtype.byteCount
    return rows * request.points.reduce(0) { $0 + ($1.rowBytes(byteCount) ?? 0) }
  }

  private func interrupted(before batch: Int) -> StoreError {
    StoreError(
      .interrupted, at: store.path, "stopped after \(batch) of \(request.plan.batches.count) batches",
      advice: "The same command goes on from there")
  }
}

/// What each computing thread does.
private struct BatchWorker: Sendable {
  let request: CaptureRequest
  let points: [HookPoint]
  /// First batch that each point lacks.
  let firstBatches: [Int]
  let queue: BatchQueue

  func work() {
    let pass = request.source.makePass()
    while let (batch, buffer) = queue.take() {
      do {
        try compute(batch, into: buffer, with: pass)
        queue.deliver(batch, .success(buffer))
      } catch {
        queue.deliver(batch, .failure(error))
      }
    }
  }

  private func compute(_ index: Int, into buffer: StagedBatch, with pass: CaptureSource.Pass) throws {
    let batch = request.plan.batches[index]
    var missing: [HookPoint: Int] = [:]
    for (place, point) in points.enumerated() where firstBatches[place] <= index { missing[point] = place }
    let encoder = RowEncoder(
      plan: request.plan, batch: batch, dtype: request.identity.settings.dtype, corpus: request.corpus,
      points: missing
    )
    try pass(request.plan.tokens(of: batch), Set(missing.keys)) { try encoder.encode($0, into: buffer) }
    let seen = Set(buffer.parts.map(\.point))
    guard buffer.parts.count == missing.count, seen.count == missing.count else {
      let absent = missing.filter { !seen.contains($0.value) }.keys.sorted().map(\.name).joined(
        separator: ", ")
      throw StoreError(
        .badInput, at: request.source.name,
        "the forward pass showed \(buffer.parts.count) of \(missing.count) points",
        advice: absent.isEmpty ? "" : "Missing: \(absent)")
    }
  }
}
