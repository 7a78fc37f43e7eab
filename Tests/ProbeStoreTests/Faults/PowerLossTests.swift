import Foundation
import GRDB
import GRDBSQLite
import ProbeFaults
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@testable import ProbeStore

/// The power fails after any operation of a capture: every batch whose commit had returned is there afterwards.
///
/// A run is recorded once; then what the disk may hold is written down for many moments, opened, and captured to the
/// end. Moments and surviving sectors are drawn from the seed.
@Suite(.timeLimit(.minutes(10))) struct PowerLossTests {
  /// A recorded run: what was done to the files, and when each batch was committed.
  private struct Recording {
    let plan: FaultPlan
    /// Operations that had happened when the n-th batch was reported as committed.
    let commits: [Int]

    func committed(after operation: Int) -> Int { commits.count { $0 <= operation } }
  }

  /// How a disk, or a store, is made to lose what it should keep.
  enum Flaw: String, CaseIterable, Sendable {
    case synchronousOff, synchronousNormal, diskThatIgnoresSyncs
  }

  private func record(_ known: KnownCapture, in folder: Folder, flaw: Flaw? = nil) throws -> Recording {
    let path = folder.path("recorded.sqlite")
    let plan = FaultPlan(path)
    plan.record()
    if flaw == .diskThatIgnoresSyncs { plan.ignoreSyncs() }
    let store = try ActivationStore(path)
    try lower(store, flaw)
    let commits = Mutex<[Int]>([])
    let committed = CommittedBatches()
    _ = try known.make().capture.run(
      into: store, threads: 2,
      progress: { _ in
        let batch = committed.report()
        if batch > 0 { commits.withLock { $0.append(plan.entryCount) } }
        // The log is moved while the capture runs, as SQLite does by itself when it is long: once so that it starts
        // anew, once so that it stays and is written over.
        if batch == 1 { try? store.checkpoint() }
        if batch == 3 { try? Self.checkpointPassively(path) }
      })
    try store.close()
    return Recording(plan: plan, commits: commits.withLock { $0 })
  }

  private static func checkpointPassively(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.inDatabase { _ = try $0.checkpoint(.passive) }
    try queue.close()
  }

  /// Lowers the store's own durability. The level cannot be changed inside the transaction that `write` opens.
  private func lower(_ store: ActivationStore, _ flaw: Flaw?) throws {
    guard let flaw, flaw != .diskThatIgnoresSyncs else { return }
    let level = flaw == .synchronousOff ? "OFF" : "NORMAL"
    try store.write { db in
      let code = sqlite3_exec(
        db.sqliteConnection, "COMMIT; PRAGMA synchronous = \(level); BEGIN IMMEDIATE", nil, nil, nil)
      #expect(code == SQLITE_OK)
    }
  }

  /// What is wrong after losses of power at the moments `moments`, in their order.
  private func complaints(
    about recording: Recording, _ known: KnownCapture, at moments: [Int], _ survivals: [PowerLoss.Survival],
    _ stream: inout RandomStream
  ) throws -> [String] {
    var complaints: [String] = []
    var loss = PowerLoss(recording.plan)
    for moment in moments {
      loss.advance(to: moment)
      for survival in survivals {
        let folder = try Folder()
        let path = folder.path("left.sqlite")
        try loss.write(to: path, survival, &stream)
        let found = known.complaints(
          about: path, committed: recording.committed(after: moment),
          readFirst: stream.index(below: 2) == 0)
        complaints += found.map { "after operation \(moment), \(survival): \($0)" }
      }
    }
    return complaints
  }

  private static func torn(_ stream: inout RandomStream) -> [PowerLoss.Survival] {
    let probability = [0.1, 0.5, 0.9][stream.index(below: 3)]
    return [.sectors(of: 512, probability: probability), .sectors(of: 4_096, probability: 1 - probability)]
  }

  @Test func atEverySyncEveryCommittedBatchIsThere() throws {
    let known = try KnownCapture.large.get()
    let folder = try Folder()
    let recording = try record(known, in: folder)
    let syncs = (0..<recording.plan.entryCount).filter { recording.plan[$0].operation == .sync }
    // One sync for each batch at least, and one for each time the log is moved.
    #expect(syncs.count >= known.batchCount + 3)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "syncs")
    // Just before the sync is done, and just after.
    let moments = syncs.flatMap { [$0, $0 + 1] }
    let survivals = FaultSettings.isLong ? [.nothing, .everything] + Self.torn(&stream) : [.nothing]
    let complaints = try complaints(about: recording, known, at: moments, survivals, &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  @Test func betweenSyncsEveryCommittedBatchIsThere() throws {
    let known = try KnownCapture.large.get()
    let folder = try Folder()
    let recording = try record(known, in: folder)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "between")
    let count = FaultSettings.isLong ? 150 : 12
    let moments = Set((0..<count).map { _ in stream.index(below: recording.plan.entryCount + 1) }).sorted()
    for moment in moments { #expect(recording.committed(after: moment) <= known.batchCount) }
    let complaints = try complaints(
      about: recording, known, at: moments, Self.torn(&stream), &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  /// A store is made with a rollback journal before it has a log: that part is short and every moment of it is tried.
  @Test func whileAStoreIsMadeThePowerMayFailAtAnyMoment() throws {
    let known = try KnownCapture.small.get()
    let folder = try Folder()
    let recording = try record(known, in: folder)
    let first = try #require(recording.commits.first)
    let moments = FaultSettings.isLong ? Array(0...first) : FaultSettings.sample(first, most: 20)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "making")
    let complaints = try complaints(
      about: recording, known, at: moments, [.nothing, .everything] + Self.torn(&stream), &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  /// The harness finds what it is there to find.
  @Test(arguments: Flaw.allCases) func aFlawIsFound(flaw: Flaw) throws {
    let known = try KnownCapture.small.get()
    let folder = try Folder()
    let recording = try record(known, in: folder, flaw: flaw)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "flaw")
    let complaints = try complaints(about: recording, known, at: recording.commits, [.nothing], &stream)
    #expect(complaints.contains { $0.contains("lost: ") }, "\(complaints)")
  }
}
