import ProbeMath
import ProbeModel

/// One run of a capture: what is missing or damaged, and the threads that compute it.
struct CaptureRun {
  private let request: CaptureRequest
  private let store: ActivationStore
  private let records: [PointRecord]
  private let capture: CaptureRecord
  private let pipeline: BatchPipeline
  private let shouldStop: () -> Bool
  private let progress: (CaptureProgress) -> Void
  private let clock = ContinuousClock()
  private var start = ContinuousClock.now
  private var tokensTotal = 0
  private(set) var tokensDone = 0
  private(set) var bytes = 0
  private(set) var chunksRepaired = 0

  private var dtype: ScalarType { request.identity.settings.dtype }

  init(
    request: CaptureRequest, record: CaptureRecord, store: ActivationStore, threads: Int,
    makeProducer: @escaping @Sendable () -> BatchProducer, progress: @escaping (CaptureProgress) -> Void,
    shouldStop: @escaping () -> Bool
  ) {
    (self.request, self.store, capture) = (request, store, record)
    (self.progress, self.shouldStop) = (progress, shouldStop)
    records = request.points.compactMap { record.point($0.point) }
    pipeline = BatchPipeline(
      request: request, threads: threads, at: store.path, makeProducer: makeProducer)
  }

  /// Computes and commits, in order, what is damaged and then what is missing.
  ///
  /// - Parameter verify: whether what is there is read first, and damaged chunks are computed anew.
  mutating func execute(verify: Bool) throws {
    var repair = ChunkRepair(verify ? try damage() : [], request.plan, records)
    // Every point goes on by itself: one that was added later starts at 0 while the others are complete.
    let first = records.map(\.batchesDone).min() ?? 0
    let missing = Array(first..<max(request.plan.batches.count, first))
    guard !repair.batches.isEmpty || !repair.strays.isEmpty || !missing.isEmpty else { return }
    tokensTotal = (repair.batches + missing).reduce(0) { $0 + request.plan.batches[$1].tokenCount }
    start = clock.now
    report()
    let log = try LogKeeper(store)
    try mend(&repair, log)
    // A stop that came while damaged chunks were written anew.
    if !repair.batches.isEmpty, !missing.isEmpty { try checkStop() }
    try add(missing, log)
    try log.finish()
  }

  private func damage() throws -> [StoreDamage] {
    try records.flatMap { record in
      if record.rowsDone > 0 { try checkStop() }
      return try store.damage(of: record, capture)
    }
  }

  private mutating func mend(_ repair: inout ChunkRepair, _ log: LogKeeper) throws {
    for point in repair.strays {
      try store.removeStrays(of: records[point])
      chunksRepaired += 1
    }
    let damaged = repair.points
    try pipeline.forEach(repair.batches, of: { damaged[$0] ?? [] }, shouldStop: shouldStop) { batch, staged in
      for chunk in repair.take(staged, batch: batch) {
        try store.replace(chunk, of: records[chunk.point], dtype: dtype)
        bytes += chunk.bytes.count
        chunksRepaired += 1
      }
      try log.committed()
      tokensDone += request.plan.batches[batch].tokenCount
      report()
    }
  }

  private mutating func add(_ batches: [Int], _ log: LogKeeper) throws {
    let done = records.map(\.batchesDone)
    try pipeline.forEach(
      batches, of: { batch in done.indices.filter { done[$0] <= batch } }, shouldStop: shouldStop
    ) { batch, staged in
      try store.commit(staged, batch: batch, plan: request.plan, points: records, dtype: dtype)
      try log.committed()
      tokensDone += request.plan.batches[batch].tokenCount
      bytes += staged.byteCount
      report()
    }
  }

  private func checkStop() throws {
    guard shouldStop() else { return }
    throw StoreError(
      .interrupted, at: store.path, "stopped while it was read", advice: "The same command goes on from there"
    )
  }

  private func report() {
    progress(
      CaptureProgress(
        tokensDone: tokensDone, tokensTotal: tokensTotal, bytes: bytes,
        seconds: (clock.now - start) / .seconds(1)))
  }
}
