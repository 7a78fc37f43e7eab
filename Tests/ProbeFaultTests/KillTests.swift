import Foundation
import GRDB
import ProbeFaults
import ProbeMath
import Testing

/// The capturing process is killed at any moment: no committed batch is lost, and the same command ends as if nothing
/// had happened.
///
/// One after the other: the moments are drawn from the time that an undisturbed run takes. The seed decides them,
/// though what the process is doing then is another thing each time.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KillTests {
  private func pause(_ seconds: Double) { usleep(UInt32(max(seconds, 0) * 1e6)) }

  /// Kills count only when they hit a running process.
  @Test func killedAnyNumberOfTimesTheRerunEndsTheSame() throws {
    let wanted = FaultSettings.isLong ? 200 : 10
    var seconds = try Trial.undisturbed.get().seconds
    var stream = RandomStream(seed: FaultSettings.seed, "kills")
    var (kills, runs, trials) = (0, 0, 0)
    var committedAtKill: [Int] = []
    // Some runs end before their kill; a machine where most do is too irregular to say anything.
    while kills < wanted, runs < 4 * wanted {
      let trial = try Trial()
      trials += 1
      var history = "seed \(FaultSettings.seed), trial \(trials), batches at each kill:"
      var done = 0
      for _ in 0...stream.index(below: 6) {
        runs += 1
        let process = try trial.start()
        // A quarter of the time goes by before the first batch; the rest is shorter when batches are there already.
        let rest = 0.25 + 0.75 * Double(Trial.batchCount - done) / Double(Trial.batchCount)
        pause(seconds * rest * stream.uniform())
        process.send(SIGKILL)
        let outcome = try process.wait()
        let now = try trial.batchesDone()
        history += " \(now)"
        #expect(now >= done, "\(history)")
        done = now
        guard outcome.signal == SIGKILL else {
          #expect(outcome.code == 0, "\(history): \(outcome)")
          seconds *= 0.9
          break
        }
        // What a run takes follows the machine, which does other things at the same time.
        seconds *= 1.03
        kills += 1
        committedAtKill.append(done)
      }
      try trial.finish(history)
    }
    #expect(kills >= wanted)
    // The kills came while batches were written, too.
    #expect(committedAtKill.contains { $0 > 0 && $0 < Trial.batchCount })
    print("faults: \(kills) kills in \(trials) stores, seed \(FaultSettings.seed)")
  }

  @Test func controlCFinishesTheBatchAndTheSameCommandGoesOn() throws {
    let seconds = try Trial.undisturbed.get().seconds
    var stream = RandomStream(seed: FaultSettings.seed, "interrupts")
    var interrupted = 0
    for attempt in 0..<(FaultSettings.isLong ? 25 : 3) {
      let trial = try Trial()
      let process = try trial.start()
      // By the time that the store is there, the program listens.
      while try process.poll() == nil, !FileManager.default.fileExists(atPath: trial.store) { pause(0.001) }
      if attempt > 0 { pause(seconds * stream.uniform()) }
      process.send(SIGINT)
      let outcome = try process.wait()
      let done = try trial.batchesDone()
      if outcome.code == 130 {
        interrupted += 1
        #expect(outcome.stoppedAfter == done, "\(outcome)")
        #expect(outcome.messages.contains("The same command goes on from there"))
      } else {
        #expect(outcome.code == 0 && done == Trial.batchCount, "\(outcome)")
      }
      try trial.finish("seed \(FaultSettings.seed), interrupted after \(done) batches")
    }
    #expect(interrupted > 0)
  }

  @Test func aReaderSeesWholeBatchesWhileTheWriterIsKilled() throws {
    let seconds = try Trial.undisturbed.get().seconds
    var stream = RandomStream(seed: FaultSettings.seed, "readers")
    var seen: Set<Int> = []
    for _ in 0..<(FaultSettings.isLong ? 8 : 2) {
      let trial = try Trial()
      let first = try trial.start()
      while try first.poll() == nil, !FileManager.default.fileExists(atPath: trial.store) { pause(0.001) }
      // The connection stays open over the death of the writer and the work of its successor.
      let reader = try Reader(trial.store)
      let deadline = ContinuousClock.now + .seconds(seconds * stream.uniform())
      while ContinuousClock.now < deadline { seen.insert(try reader.look()) }
      first.send(SIGKILL)
      try first.wait()
      seen.insert(try reader.look())
      let second = try trial.start()
      while try second.poll() == nil { seen.insert(try reader.look()) }
      #expect(try reader.look() == Trial.batchCount)
      try reader.close()
      try trial.finish("seed \(FaultSettings.seed), read meanwhile")
    }
    #expect(seen.contains { $0 > 0 && $0 < Trial.batchCount })
  }
}

/// Any SQLite client that reads a store while another process writes it.
private final class Reader {
  private let queue: DatabaseQueue
  private var done = 0

  init(_ path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  func close() throws { try queue.close() }

  /// Reads everything in one transaction: whole batches, not fewer than last time, with right checksums.
  func look() throws -> Int {
    let now = try queue.read { db in
      let now = try Trial.batchesDone(db)
      guard now > 0 else { return now }
      let chunks = try Row.fetchCursor(
        db,
        sql: """
          SELECT row_count * row_bytes AS used, crc32, data
          FROM chunk JOIN chunk_data USING (id) JOIN point ON point.id = point_id
          """)
      while let chunk = try chunks.next() {
        let data: Data = chunk["data"]
        #expect(Self.checksum(data.prefix(chunk["used"] ?? data.count)) == chunk["crc32"])
      }
      return now
    }
    #expect(now >= done)
    done = now
    return now
  }

  /// CRC-32 as zlib has it (RFC 1952, section 8).
  private static func checksum(_ data: Data) -> UInt32 {
    data.withUnsafeBytes { bytes in
      ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
  }
}
