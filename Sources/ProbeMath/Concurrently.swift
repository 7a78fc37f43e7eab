import Dispatch
import Foundation

/// Number of processors this process may run on.
public let availableProcessors = max(1, ProcessInfo.processInfo.activeProcessorCount)

/// Runs `work(0) … work(count − 1)` on the available processors and returns their results in order.
///
/// - Throws: the first error by index, after every item has run, so that which error a caller sees does not depend
///   on timing.
public func concurrently<Result: Sendable, Failure: Error>(
  _ count: Int, _ work: @Sendable (Int) throws(Failure) -> Result
) throws(Failure) -> [Result] {
  // Each item writes its own slot, and nobody reads before all are done.
  let slots = UnsafeMutableBufferPointer<Swift.Result<Result, Failure>?>.allocate(capacity: max(count, 0))
  slots.initialize(repeating: nil)
  defer {
    slots.deinitialize()
    slots.deallocate()
  }
  nonisolated(unsafe) let shared = slots
  DispatchQueue.concurrentPerform(iterations: max(count, 0)) { index in
    do throws(Failure) {
      shared[index] = .success(try work(index))
    } catch {
      shared[index] = .failure(error)
    }
  }
  var results: [Result] = []
  results.reserveCapacity(slots.count)
  for slot in slots {
    if let slot { results.append(try slot.get()) }
  }
  return results
}
