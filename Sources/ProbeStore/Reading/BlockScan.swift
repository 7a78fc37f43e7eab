import Foundation
import ProbeMath

/// Threads that decode the blocks of a scan, each a part of every block, ahead of the one that takes them.
///
/// Each thread keeps its connection and its read transaction for the whole scan; the taker has none, so that it may
/// read the store by itself. `@unchecked Sendable`: the state is touched under `condition` only, and a part of a
/// buffer by the one thread whose part it is, between the handing over of the buffer and the report that it is done.
final class BlockScan: @unchecked Sendable {
  /// Blocks that lie ready or are being decoded: one is taken while the next is filled.
  private static let buffered = 2

  private let store: ActivationStore
  private let capture: CaptureRecord
  private let point: PointRecord
  private let chunkRows: Int
  private let blocks: [Range<Int>]
  private let chunks: [StoredChunk]
  private let threads: Int
  private let buffers: [FloatBuffer]
  private let condition = NSCondition()
  /// Parts done of each buffered block.
  private var partsDone: [Int]
  private var taken = 0
  private var running = 0
  private var isStopped = false
  private var failure: (any Error)?

  init(
    _ store: ActivationStore, _ capture: CaptureRecord, _ point: PointRecord, width: Int, chunkRows: Int,
    blocks: [Range<Int>], chunks: [StoredChunk], threads: Int
  ) {
    (self.store, self.capture, self.point, self.chunkRows) = (store, capture, point, chunkRows)
    (self.blocks, self.chunks, self.threads) = (blocks, chunks, threads)
    let count = (blocks.map(\.count).max() ?? 0) * width
    buffers = (0..<min(Self.buffered, blocks.count)).map { _ in FloatBuffer(count: count) }
    partsDone = Array(repeating: 0, count: buffers.count)
  }

  /// Hands every block over, in order, on this thread.
  func run(_ body: (Range<Int>, UnsafePointer<Float>) throws -> Void) throws {
    start()
    defer {
      locked { isStopped = true }
      locked { while running > 0 { condition.wait() } }
    }
    for (index, block) in blocks.enumerated() {
      let slot = index % buffers.count
      try locked {
        while partsDone[slot] < threads, failure == nil { condition.wait() }
        if let failure { throw failure }
      }
      try body(block, UnsafePointer(buffers[slot].pointer))
      locked {
        partsDone[slot] = 0
        taken += 1
      }
    }
  }

  private func start() {
    running = threads
    for part in 0..<threads {
      let thread = Thread { [self] in
        do {
          try store.read { db in
            try work(part, ChunkReader(db, path: store.path, capture, point))
          }
        } catch {
          locked { failure = failure ?? error }
        }
        locked { running -= 1 }
      }
      thread.name = "scan-\(part)"
      thread.start()
    }
  }

  private func work(_ part: Int, _ reader: ChunkReader) throws {
    for (index, block) in blocks.enumerated() {
      let isWanted = locked {
        while index >= taken + buffers.count, !isStopped, failure == nil { condition.wait() }
        return !isStopped && failure == nil
      }
      guard isWanted else { return }
      let parts = RowRun.parts(RowRun.runs(of: [block], chunkRows: chunkRows), threads, chunkRows: chunkRows)
      if part < parts.count {
        try reader.decode(
          parts[part], chunkRows: chunkRows, chunks: chunks, into: buffers[index % buffers.count].pointer)
      }
      locked { partsDone[index % buffers.count] += 1 }
    }
  }

  private func locked<Value>(_ body: () throws -> Value) rethrows -> Value {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return try body()
  }
}
