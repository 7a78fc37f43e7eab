import ArgumentParser
import Foundation
import Glibc
import ProbeMath
import ProbeModel
import ProbeStore

/// Scanning one point of a store into float32 matrices, checksums verified, from a warm cache; in turns with memcpy
/// on as many threads.
struct StoreRead: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-read")

  @Option(help: "Tokens of the store: 13 points of 768 float16 values each.")
  var tokens = 104_000
  @Option var rounds = 5
  @Option(help: "Where to write the store.")
  var folder = "."
  @Flag(help: "Keep the store for readers of other programs, and print its path.")
  var keep = false

  struct Row: Encodable {
    let storeBytes: Int
    let outBytes: Int
    let scan: [Double]
    let matrix: [Double]
    let sampled: [Double]
    let sampledRows: Int
    /// Bytes copied a second, each counted once.
    let memcpyBytesPerSecond: [Double]
  }

  func run() throws {
    if keep { return try work(folder) }
    try inFolder(folder) { try work($0) }
  }

  private func work(_ folder: String) throws {
    let path = folder + "/read.sqlite"
    let capture = try StoreSource.capture(tokens: tokens)
    let writing = try ActivationStore(path)
    _ = try capture.run(into: writing)
    try writing.close()
    let store = try ActivationStore(path, for: .reading)
    let record = try store.captures()[0]
    let point = StoreSource.points[6]
    let outBytes = record.rowCount * StoreSource.width * 4
    var (scan, matrix, sampled, copies) = ([Double](), [Double](), [Double](), [Double]())
    let sampler = try RowSampler(store, point, of: record, batchSize: 4_096, seed: 1)
    for round in 0...rounds {
      var rows = 0
      let scanning = try seconds {
        try store.forEachBlock(point, of: record) { range, _ in rows += range.count }
      }
      precondition(rows == record.rowCount)
      let whole = try seconds { _ = try store.matrix(point, of: record) }
      let steps = min(10, sampler.batchesPerEpoch)
      let sampling = try seconds { for step in 0..<steps { _ = try sampler.batch(step) } }
      let copying = Self.copied()
      // The first round warms the cache.
      if round > 0 {
        scan.append(scanning)
        matrix.append(whole)
        sampled.append(sampling)
        copies.append(copying)
      }
    }
    try emit(
      Row(
        storeBytes: fileSize(path), outBytes: outBytes, scan: scan, matrix: matrix, sampled: sampled,
        sampledRows: min(10, sampler.batchesPerEpoch) * 4_096, memcpyBytesPerSecond: copies))
  }

  /// Bytes that memcpy moves in a second on all processors, from 128 MiB to 128 MiB each.
  private static func copied() -> Double {
    let count = 128 << 20
    let buffers = (0..<availableProcessors).map { _ in
      UnsafeMutableRawPointer.allocate(byteCount: 2 * count, alignment: 64)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    for buffer in buffers { memset(buffer, 1, 2 * count) }
    nonisolated(unsafe) let shared = buffers
    var best = 0.0
    for _ in 0..<3 {
      let time = seconds {
        _ = concurrently(shared.count) { index in
          memcpy(shared[index], shared[index] + count, count) == shared[index]
        }
      }
      best = max(best, Double(shared.count * count) / time)
    }
    return best
  }
}
