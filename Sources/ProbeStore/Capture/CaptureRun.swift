import ProbeMath
import ProbeModel

/// One run of a capture: what is missing or damaged, and the threads that compute it.
struct CaptureRun {
  private let request: CaptureRequest
  private let store: ActivationStore
  private let records: [PointRecord]
  private let capture: CaptureRecord
  private let makeProducer: @Sendable () -> BatchProducer
  private(set) var tokensDone = 0
  private(set) var bytes = 0
  private(set) var chunksRepaired = 0

  init(
    request: CaptureRequest, record: CaptureRecord, store: ActivationStore,
    makeProducer: @escaping @Sendable () -> BatchProducer
  ) {
    (self.request, self.store, capture, self.makeProducer) = (request, store, record, makeProducer)
    records = request.points.compactMap { record.point($0.point) }
  }

  /// Computes and commits, in order, what is damaged and then what is missing.
  ///
  /// - Parameter verify: whether what is there is read first, and damaged chunks are computed anew.
  mutating func execute(
    threads: Int, verify: Bool, progress: (CaptureProgress) -> Void, shouldStop: () -> Bool
  ) throws {
    var repair = ChunkRepair(
      verify ? try records.flatMap { try store.damage(of: $0, capture) } : [], request.plan, records)
    // Every point goes on by itself: one that was added later starts at 0 while the others are complete.
    let first = records.map(\.batchesDone).min() ?? 0
    let missing = Array(first..<max(request.plan.batches.count, first))
    guard !repair.batches.isEmpty || !missing.isEmpty else { return }
    let clock = ContinuousClock()
    let start = clock.now
    let total = (repair.batches + missing).reduce(0) { $0 + request.plan.batches[$1].tokenCount }
    func report() {
      progress(
        CaptureProgress(
          tokensDone: tokensDone, tokensTotal: total, bytes: bytes, seconds: (clock.now - start) / .seconds(1)
        ))
    }
    report()
    let log = try LogKeeper(store)
    let pipeline = BatchPipeline(
      request: request, threads: threads, at: store.path, makeProducer: makeProducer)
    let damaged = repair.points
    try pipeline.forEach(repair.batches, of: { damaged[$0] ?? [] }, shouldStop: shouldStop) { batch, staged in
      for chunk in repair.take(staged, batch: batch) {
        try store.replace(chunk, of: records[chunk.point], dtype: request.identity.settings.dtype)
        bytes += chunk.bytes.count
        chunksRepaired += 1
      }
      try log.committed()
      tokensDone += request.plan.batches[batch].tokenCount
      report()
    }
    let done = records.map(\.batchesDone)
    try pipeline.forEach(
      missing, of: { batch in done.indices.filter { done[$0] <= batch } }, shouldStop: shouldStop
    ) { batch, staged in
      try store.commit(
        staged, batch: batch, plan: request.plan, points: records, dtype: request.identity.settings.dtype)
      try log.committed()
      tokensDone += request.plan.batches[batch].tokenCount
      bytes += staged.byteCount
      report()
    }
    try log.finish()
  }
}
