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
    /// The files before the run.
    let start: PowerLoss
    /// Batches that were there before.
    let before: Int
    /// Operations that had happened when the n-th batch was reported as committed.
    let commits: [Int]

    func committed(after operation: Int) -> Int { before + commits.count { $0 <= operation } }
  }

  /// How a disk, or a store, is made to lose what it should keep.
  enum Flaw: String, CaseIterable, Sendable {
    case synchronousOff, synchronousNormal, diskThatIgnoresSyncs
  }

  /// Runs the capture into `path` and notes what is done to its files.
  private func record(_ known: KnownCapture, _ path: String, flaw: Flaw? = nil) throws -> Recording {
    let plan = FaultPlan(path)
    plan.record()
    if flaw == .diskThatIgnoresSyncs { plan.ignoreSyncs() }
    let start = PowerLoss(plan, of: path)
    let store = try known.open(path)
    try lower(store, flaw)
    // A reader's snapshot keeps the log from being moved, and so from being synced by somebody whose level is as it
    // should be.
    let reader = try flaw.map { _ in try Self.snapshot(path) }
    defer { try? reader?.close() }
    let before = try known.batchesDone(in: store)
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
        if batch == 3 { try? Self.checkpointPassively(path, known) }
      })
    try store.close()
    return Recording(plan: plan, start: start, before: before, commits: commits.withLock { $0 })
  }

  private static func snapshot(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { db in
      try db.execute(sql: "BEGIN")
      _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM point")
    }
    return queue
  }

  private static func checkpointPassively(_ path: String, _ known: KnownCapture) throws {
    guard known.place == .local else { return }
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
    var loss = recording.start
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

  @Test(arguments: [FileSystemKind.local, .network("nfs")])
  func atEverySyncEveryCommittedBatchIsThere(place: FileSystemKind) throws {
    let known = try KnownCapture.large.get().on(place)
    let folder = try Folder()
    let recording = try record(known, folder.path("s.sqlite"))
    let syncs = (0..<recording.plan.entryCount).filter { recording.plan[$0].operation == .sync }
    // One for each batch at least.
    #expect(syncs.count >= known.batchCount)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "syncs")
    // Just before the sync is done, and just after.
    let moments = syncs.flatMap { [$0, $0 + 1] }
    let survivals = FaultSettings.isLong ? [.nothing, .everything] + Self.torn(&stream) : [.nothing]
    let complaints = try complaints(about: recording, known, at: moments, survivals, &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  @Test(arguments: [FileSystemKind.local, .network("nfs")])
  func betweenSyncsEveryCommittedBatchIsThere(place: FileSystemKind) throws {
    let known = try KnownCapture.large.get().on(place)
    let folder = try Folder()
    let recording = try record(known, folder.path("s.sqlite"))
    var stream = RandomStream(seed: FaultSettings.seed, "power", "between")
    let count = FaultSettings.isLong ? place == .local ? 100 : 40 : 8
    let moments = Set((0..<count).map { _ in stream.index(below: recording.plan.entryCount + 1) }).sorted()
    for moment in moments { #expect(recording.committed(after: moment) <= known.batchCount) }
    let complaints = try complaints(
      about: recording, known, at: moments, Self.torn(&stream), &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  /// A store has a rollback journal before it has a log: that part is short and every moment of it is tried.
  @Test(arguments: [FileSystemKind.local, .network("nfs")])
  func whileAStoreIsMadeThePowerMayFailAtAnyMoment(place: FileSystemKind) throws {
    let known = try KnownCapture.small.get().on(place)
    let folder = try Folder()
    let recording = try record(known, folder.path("s.sqlite"))
    let first = try #require(recording.commits.first)
    let most = FaultSettings.isLong ? place == .local ? first : 50 : 15
    let moments = [0] + FaultSettings.sample(first, most: most)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "making")
    let complaints = try complaints(
      about: recording, known, at: moments, [.nothing, .everything, Self.torn(&stream)[0]], &stream)
    #expect(complaints == [], "seed \(FaultSettings.seed)")
  }

  @Test(arguments: [FileSystemKind.local, .network("nfs")])
  func thePowerMayFailAgainAndAgain(place: FileSystemKind) throws {
    let known = try KnownCapture.small.get().on(place)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "again")
    for _ in 0..<(FaultSettings.isLong ? 25 : 4) {
      var folder = try Folder()
      var committed = 0
      var history = "seed \(FaultSettings.seed)"
      for _ in 0..<4 {
        let recording = try record(known, folder.path("s.sqlite"))
        #expect(recording.before >= committed, "\(history)")
        let moment = stream.index(below: recording.plan.entryCount + 1)
        let survival = Self.torn(&stream)[stream.index(below: 2)]
        committed = recording.committed(after: moment)
        history += ", \(survival) after operation \(moment)"
        var loss = recording.start
        loss.advance(to: moment)
        folder = try Folder()
        try loss.write(to: folder.path("s.sqlite"), survival, &stream)
      }
      #expect(known.complaints(about: folder.path("s.sqlite"), committed: committed) == [], "\(history)")
    }
  }

  /// Without a loss the record gives the very files that are there.
  @Test func theRecordIsComplete() throws {
    let known = try KnownCapture.small.get()
    let folder = try Folder()
    let recording = try record(known, folder.path("s.sqlite"))
    var loss = recording.start
    loss.advance(to: recording.plan.entryCount)
    var stream = RandomStream(seed: 1)
    let copy = try Folder()
    try loss.write(to: copy.path("s.sqlite"), .everything, &stream)
    for folder in [folder, copy] {
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["s.sqlite"])
    }
    let bytes = try [folder, copy].map { try Data(contentsOf: $0.url.appendingPathComponent("s.sqlite")) }
    #expect(bytes[0] == bytes[1])
  }

  /// The harness finds what it is there to find.
  @Test(arguments: Flaw.allCases) func aFlawIsFound(flaw: Flaw) throws {
    let known = try KnownCapture.small.get()
    let folder = try Folder()
    let recording = try record(known, folder.path("s.sqlite"), flaw: flaw)
    var stream = RandomStream(seed: FaultSettings.seed, "power", "flaw")
    let complaints = try complaints(about: recording, known, at: recording.commits, [.nothing], &stream)
    #expect(complaints.contains { $0.contains("lost: ") }, "\(complaints)")
  }
}
