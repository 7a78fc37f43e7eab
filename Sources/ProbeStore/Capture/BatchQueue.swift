import Foundation

/// Hands batches out to computing threads and their results, in batch order, to the one writer.
///
/// Memory is bounded by the number of ``StagedBatch`` buffers: a thread that finds none free waits until the
/// writer is done with one. A buffer and the next batch are taken together, so that the earliest batch not yet
/// computed always has a buffer and the writer never waits in vain.
/// `@unchecked Sendable`: all state is touched under `condition`'s lock only.
final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var free: [StagedBatch]
  private let batches: [Int]
  /// How many were handed out.
  private var taken = 0
  private var results: [Int: Result<StagedBatch, any Error>] = [:]
  private var isStopped = false
  private var running = 0

  /// A queue of these batches, which are handed out in their order.
  init(_ batches: [Int], buffers: [StagedBatch]) {
    self.batches = batches
    free = buffers
  }

  /// Starts `count` threads that call `work`.
  func start(threads count: Int, _ work: @escaping @Sendable () -> Void) {
    running = count
    for index in 0..<count {
      let thread = Thread {
        work()
        self.locked {
          self.running -= 1
          self.condition.broadcast()
        }
      }
      thread.name = "capture-\(index)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  // MARK: Computing threads

  /// The next batch and a buffer for it, or nil when there is nothing left to do.
  func take() -> (batch: Int, buffer: StagedBatch)? {
    locked {
      while !isStopped, taken < batches.count, free.isEmpty { condition.wait() }
      guard !isStopped, taken < batches.count, let buffer = free.popLast() else { return nil }
      defer { taken += 1 }
      buffer.reset()
      return (batches[taken], buffer)
    }
  }

  /// Delivers what came of a batch; after a failure no further batch is handed out.
  func deliver(_ batch: Int, _ result: Result<StagedBatch, any Error>) {
    locked {
      results[batch] = result
      if case .failure = result { isStopped = true }
      condition.broadcast()
    }
  }

  // MARK: The writer

  /// Waits for the batch at `place` in the list. Nil when it will never come because the queue was stopped before
  /// it was handed out.
  func result(at place: Int) -> Result<StagedBatch, any Error>? {
    locked {
      let batch = batches[place]
      while results[batch] == nil {
        if place >= taken, isStopped || running == 0 { return nil }
        condition.wait()
      }
      return results.removeValue(forKey: batch)
    }
  }

  /// Gives a buffer back.
  func recycle(_ buffer: StagedBatch) {
    locked {
      free.append(buffer)
      condition.broadcast()
    }
  }

  /// Hands out no further batch; those under way are finished.
  func stop() {
    locked {
      isStopped = true
      condition.broadcast()
    }
  }

  /// Waits until every thread has ended.
  func join() {
    locked {
      while running > 0 { condition.wait() }
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
