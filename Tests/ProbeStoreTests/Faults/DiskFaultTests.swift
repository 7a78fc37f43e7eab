import Foundation
import GRDB
import ProbeFaults
import Testing

@testable import ProbeModel
@testable import ProbeStore

/// Full disks and failing disks, at every operation of a small capture.
///
/// Whatever fails: a typed error, nothing committed is lost, and the same capture goes on when the fault is gone.
@Suite(.timeLimit(.minutes(10))) struct DiskFaultTests {
  private static let full = ResultCode.SQLITE_FULL.rawValue
  private static let faults = [
    Fault(.write, full, isLasting: true),
    Fault(.write, full),
    Fault(.write, full, isLasting: true, isTorn: true),
    Fault(.write, ResultCode.SQLITE_IOERR_WRITE.rawValue),
    Fault(.write, ResultCode.SQLITE_IOERR_WRITE.rawValue, isTorn: true),
    Fault(.write, ResultCode.SQLITE_IOERR_WRITE.rawValue, isLasting: true),
    Fault(.sync, ResultCode.SQLITE_IOERR_FSYNC.rawValue),
    Fault(.sync, ResultCode.SQLITE_IOERR_FSYNC.rawValue, isLasting: true),
    Fault(.read, ResultCode.SQLITE_IOERR_READ.rawValue),
    Fault(.read, ResultCode.SQLITE_IOERR_READ.rawValue, isLasting: true),
    Fault(.truncate, ResultCode.SQLITE_IOERR_TRUNCATE.rawValue),
    Fault(.delete, ResultCode.SQLITE_IOERR_DELETE.rawValue),
  ]

  private static let threads = 2

  /// A run at the end of which, and once in between, the log is moved into the database.
  private func run(_ capture: Capture, into store: ActivationStore, _ committed: CommittedBatches) throws {
    _ = try capture.run(
      into: store, threads: Self.threads,
      progress: { _ in if committed.report() == 2 { try? store.checkpoint() } })
  }

  /// On a network the store has a rollback journal.
  @Test(arguments: faults, [FileSystemKind.local, .network("nfs")])
  func whateverFailsNothingCommittedIsLostAndTheSameCaptureGoesOn(fault: Fault, place: FileSystemKind) throws
  {
    let known = try KnownCapture.small.get().on(place)
    let count = try operations(known, fault.operation)
    if fault.operation == .truncate, place != .local { return #expect(count == 0) }
    #expect(count > 0)
    let most = FaultSettings.isLong ? place == .local ? 200 : 40 : place == .local ? 12 : 5
    let trials = FaultSettings.sample(count, most: most)
    var (thrown, missed) = (0, 0)
    for nth in trials {
      // The log is moved on a thread of its own, so that runs differ in the number of their operations, on a busy
      // machine by several: an operation that did not come is waited for again.
      var isMissed = true
      for _ in 0..<4 where isMissed {
        let trial = try disturb(known, fault, at: nth)
        #expect(trial.complaints == [], "\(fault), operation \(nth) of \(count)")
        thrown += trial.threw ? 1 : 0
        isMissed = trial.failures == 0
      }
      missed += isMissed ? 1 : 0
    }
    #expect(missed <= max(1, trials.count / 5))
    // A deleted log is the last thing that happens; whether it is deleted matters to nobody.
    if fault.operation != .delete { #expect(thrown > 0) }
  }

  /// How often a run does something.
  private func operations(_ known: KnownCapture, _ operation: FaultOperation) throws -> Int {
    let folder = try Folder()
    let plan = FaultPlan(folder.path("s.sqlite"))
    let store = try known.open(folder.path("s.sqlite"))
    try run(known.make().capture, into: store, CommittedBatches())
    try store.close()
    return plan.count(operation)
  }

  private func disturb(_ known: KnownCapture, _ fault: Fault, at nth: Int) throws -> (
    complaints: [String], threw: Bool, failures: Int
  ) {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let plan = FaultPlan(path)
    plan.arm(fault, at: nth)
    let (capture, model) = try known.make()
    let committed = CommittedBatches()
    var complaints: [String] = []
    var failure: (any Error)?
    var store: ActivationStore?
    do {
      store = try known.open(path)
      if let store { try run(capture, into: store, committed) }
    } catch {
      failure = error
      complaints += wrong(error, fault, path)
    }
    let passes = model.passes.withLock { $0.count }
    if passes > committed.count + Self.threads + 2 {
      complaints.append("\(passes) batches were computed, \(committed.count) committed")
    }
    // Where the fault passes while the store stays open, the same store goes on, too.
    if nth.isMultiple(of: 2), failure != nil, let store {
      plan.disarm()
      complaints += try known.complaints(about: store, committed: committed.count)
    }
    try? store?.close()
    store = nil
    plan.disarm()
    complaints += known.complaints(about: path, committed: committed.count)
    return (complaints, failure != nil, plan.failures)
  }

  private func wrong(_ error: any Error, _ fault: Fault, _ path: String) -> [String] {
    let reason: StoreError.Reason = fault.code == Self.full ? .diskFull : .inputOutput
    guard let error = error as? StoreError, error.reason == reason, error.exitCode == 74,
      error.location == path
    else {
      return ["not a typed error: \(error)"]
    }
    return []
  }

  @Test func howeverFewPagesThereAreTheSameCaptureGoesOnWhenThereAreMore() throws {
    let known = try KnownCapture.small.get()
    // SQLite takes no bound below the pages that are there, so that two bounds are enough for everything.
    for pages in 1...known.pageCount {
      let folder = try Folder()
      let path = folder.path("s.sqlite")
      let committed = CommittedBatches()
      do {
        let store = try known.open(path, maximumPages: pages)
        defer { try? store.close() }
        try run(known.make().capture, into: store, committed)
        #expect(pages == known.pageCount, "\(pages) pages were enough")
      } catch let error as StoreError {
        #expect(error.reason == .diskFull, "\(pages) pages: \(error)")
        #expect(pages < known.pageCount)
      }
      #expect(known.complaints(about: path, committed: committed.count) == [], "\(pages) pages")
    }
  }

  @Test func aReadThatFailsIsATypedErrorAndTheNextOneWorks() throws {
    let known = try KnownCapture.small.get()
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let whole = try ActivationStore(path)
    let record = try known.make().capture.run(into: whole).capture
    try whole.close()
    let plan = FaultPlan(path)

    func read() throws -> [[Float]] {
      let store = try ActivationStore(path, for: .reading)
      let captures = try store.captures()
      #expect(captures == [record])
      let rows = try KnownCapture.points.map { point in
        point.site.isRagged
          ? try store.raggedRows(point, of: record, rows: 0..<record.rowCount).values
          : try store.matrix(point, of: record, rows: .all).elements
      }
      try store.close()
      return rows
    }
    let expected = try read()
    let count = plan.count(.read)
    #expect(count > 10)
    let fault = Fault(.read, ResultCode.SQLITE_IOERR_READ.rawValue)
    for nth in 1...count {
      plan.arm(fault, at: nth)
      let error = #expect(throws: StoreError.self, "read \(nth)") { try read() }
      #expect(error.map { wrong($0, fault, path) } == [], "read \(nth)")
      #expect(plan.failures == nth)
      plan.disarm()
      #expect(try read() == expected, "read \(nth)")
    }
  }

  @Test func otherDatabasesAreNotDisturbed() throws {
    let folder = try Folder()
    let plan = FaultPlan(folder.path("a.sqlite"))
    plan.record()
    plan.arm(Fault(.write, Self.full, isLasting: true), at: 1)
    let known = try KnownCapture.small.get()
    #expect(known.complaints(about: folder.path("b.sqlite"), committed: 0) == [])
    #expect(plan.failures == 0)
    #expect(plan.entryCount == 0)
    #expect(throws: StoreError.self) { try ActivationStore(folder.path("a.sqlite")) }
    #expect(plan.failures > 0)
  }
}
