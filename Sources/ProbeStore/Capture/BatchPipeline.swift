import ProbeMath
import ProbeModel

/// Threads that make batches, and one that takes them in order.
struct BatchPipeline: Sendable {
  private let request: CaptureRequest
  private let threads: Int
  private let location: String
  private let makeProducer: @Sendable () -> BatchProducer

  /// - Parameter location: the store's path, for messages.
  init(
    request: CaptureRequest, threads: Int, at location: String,
    makeProducer: @escaping @Sendable () -> BatchProducer
  ) {
    (self.request, self.threads) = (request, threads)
    (self.location, self.makeProducer) = (location, makeProducer)
  }

  /// Makes batches on several threads and hands them to `take`, in order, on this one.
  ///
  /// - Parameters:
  ///   - wanted: the points of a batch, as places in the capture's list.
  ///   - shouldStop: asked after each batch; when true, batches under way are finished and handed over.
  /// - Throws: ``StoreError`` `interrupted` when it was stopped; what a producer or `take` throws.
  func forEach(
    _ batches: [Int], of wanted: @escaping @Sendable (Int) -> [Int], shouldStop: () -> Bool,
    _ take: (Int, StagedBatch) throws -> Void
  ) throws {
    guard !batches.isEmpty else { return }
    let threads = min(threads, batches.count)
    let capacity = capacity(batches)
    let queue = BatchQueue(
      batches, buffers: (0..<(threads + 2)).map { _ in StagedBatch(capacity: capacity) })
    let points = request.points.map(\.point)
    queue.start(threads: threads) { [makeProducer] in
      let produce = makeProducer()
      while let (batch, buffer) = queue.take() {
        let asked = Dictionary(uniqueKeysWithValues: wanted(batch).map { (points[$0], $0) })
        queue.deliver(
          batch,
          Result {
            try produce(batch, asked, buffer)
            return buffer
          })
      }
    }
    defer {
      queue.stop()
      queue.join()
    }
    for (place, batch) in batches.enumerated() {
      guard let result = queue.result(at: place) else { throw interrupted(before: batch) }
      let staged = try result.get()
      try take(batch, staged)
      queue.recycle(staged)
      if shouldStop() { queue.stop() }
    }
  }

  /// Bytes of the largest batch, as far as they are known beforehand (ragged points are not).
  private func capacity(_ batches: [Int]) -> Int {
    let rows = batches.map { request.plan.batches[$0].rowCount }.max() ?? 0
    let byteCount = request.identity.settings.dtype.byteCount
    return rows * request.points.reduce(0) { $0 + ($1.rowBytes(byteCount) ?? 0) }
  }

  private func interrupted(before batch: Int) -> StoreError {
    StoreError(
      .interrupted, at: location, "stopped after \(batch) of \(request.plan.batches.count) batches",
      advice: "The same command goes on from there")
  }
}
