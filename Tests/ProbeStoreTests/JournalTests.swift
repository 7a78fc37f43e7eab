import Foundation
import GRDB
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct JournalTests {
  private let points: [HookPoint] = [.residPost(0), HookPoint(.pattern, layer: 1)]

  /// A store as it is on a network file system.
  private func onNetwork(_ path: String, for access: ActivationStore.Access = .writing) throws
    -> ActivationStore
  {
    try ActivationStore(path, for: access, fileSystem: { _ in .network("NFS") })
  }

  private func mode(_ store: ActivationStore) throws -> String? {
    try store.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
  }

  @Test func onANetworkFileSystemTheJournalIsRolledBack() throws {
    let folder = try Folder()
    let path = folder.path("new/s.sqlite")
    let store = try onNetwork(path)
    #expect(store.journal == .rollback(fileSystem: "NFS"))
    #expect(try mode(store) == "delete")
    // 3 is EXTRA: the journal is gone for good when a commit returns.
    #expect(try store.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("new")) == ["s.sqlite"])
    #expect(try onNetwork(path, for: .reading).journal == .rollback(fileSystem: "NFS"))
    #expect(try ActivationStore(path, for: .reading).journal == .rollback(fileSystem: nil))
    #expect(
      try ActivationStore(folder.path("local.sqlite"), for: .writing, fileSystem: { _ in .local }).journal
        == .writeAheadLog)
  }

  @Test func aCaptureWithARollbackJournalIsReadMeanwhileAndResumedAndEqualsTheOther() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let capture = try model.capture(try Corpora.words(40, about: 300), points: points)
    #expect(capture.plan.batches.count >= 6)
    let local = try ActivationStore(folder.path("local.sqlite"))
    _ = try capture.run(into: local)

    let path = folder.path("network.sqlite")
    let store = try onNetwork(path)
    let reader = try onNetwork(path, for: .reading)
    let seen = Mutex<[Int]>([])
    let error = #expect(throws: StoreError.self) {
      try capture.run(
        into: store, threads: 1,
        progress: { _ in
          let done = try? reader.captures().first?.points.first?.batchesDone
          seen.withLock { $0.append(done ?? -1) }
        },
        shouldStop: { seen.withLock { $0.count > 1 } })
    }
    #expect(error?.reason == .interrupted)
    // Batches under way when the stop comes are committed too.
    let stopped = seen.withLock { $0 }
    #expect(stopped.count >= 2 && stopped == Array(0..<stopped.count))
    try reader.close()
    try store.close()

    let resumed = try onNetwork(path)
    let outcome = try capture.run(into: resumed)
    #expect(outcome.tokensComputed > 0 && outcome.tokensComputed < outcome.capture.tokenCount)
    #expect(try resumed.contents() == local.contents())
    let matrix = try resumed.matrix(.residPost(0), of: outcome.capture, rows: .all)
    let token = try #require(capture.plan.sequences.first?.ids[3])
    #expect(Array(matrix[row: 3]) == model.row(.residPost(0), token: token, position: 3))
  }

  @Test func aStoreFollowsItsFileSystem() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let capture = try FormulaModel().capture(try Corpora.words(6), points: points)
    let store = try ActivationStore(path)
    _ = try capture.run(into: store)
    let contents = try store.contents()
    try store.close()
    for (kind, expected) in [(FileSystemKind.network("Lustre"), "delete"), (.local, "wal")] {
      let store = try ActivationStore(path, for: .writing, fileSystem: { _ in kind })
      #expect(try mode(store) == expected)
      #expect(try store.contents() == contents)
      try store.close()
    }
  }

  @Test func aStoreThatOthersReadKeepsItsLog() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    let error = #expect(throws: StoreError.self) { try onNetwork(path) }
    #expect(error?.reason == .busy)
    #expect(
      error?.description == "\(path): another process keeps the store locked. Try again when it is done")
    #expect(try mode(store) == "wal")
  }

  // MARK: - Where nothing can be written

  /// Runs `body` in a thread that may write neither to the folder nor to what is in it.
  private func unwritable<Value: Sendable>(
    _ folder: Folder, _ body: @escaping @Sendable () throws -> Value
  ) throws -> Value {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).map { folder.path($0) }
    for path in files { #expect(chmod(path, 0o444) == 0) }
    #expect(chmod(folder.url.path, 0o555) == 0)
    defer { chmod(folder.url.path, 0o755) }
    let result = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    Thread {
      // Modes do not bind the superuser. The user that files are opened as is a thread's own, and all that was
      // the superuser's goes with it (setfsuid(2)); for others this changes nothing.
      typealias SetUser = @convention(c) (UInt32) -> Int32
      if geteuid() == 0, let symbol = dlsym(nil, "setfsuid") {
        _ = unsafeBitCast(symbol, to: SetUser.self)(65_534)
      }
      result.withLock { $0 = Result { try body() } }
      done.signal()
    }.start()
    done.wait()
    return try #require(result.withLock { $0 }).get()
  }

  /// A reader leaves an empty log and its shared memory behind.
  @Test(arguments: [false, true])
  func aStoreIsReadWhereNothingCanBeWritten(afterAReader: Bool) throws {
    let folder = try Folder()
    // Characters that mean something in a URI.
    let path = folder.path("a b?c#d%20é.sqlite")
    let capture = try FormulaModel().capture(try Corpora.words(6), points: points)
    let store = try ActivationStore(path)
    _ = try capture.run(into: store)
    let contents = try store.contents()
    try store.close()
    if afterAReader {
      let reader = try ActivationStore(path, for: .reading)
      _ = try reader.captures()
      try reader.close()
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect((files.count > 1) == afterAReader)

    let (journal, found) = try unwritable(folder) {
      // The thread really cannot write.
      #expect(!FileManager.default.createFile(atPath: path + "-new", contents: nil))
      let store = try ActivationStore(path, for: .reading)
      defer { try? store.close() }
      return (store.journal, try store.contents())
    }
    #expect(afterAReader || journal == .none)
    #expect(found == contents)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == files)
  }

  @Test func aStoreWithARollbackJournalIsReadWhereNothingCanBeWritten() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let store = try onNetwork(path)
    _ = try FormulaModel().capture(try Corpora.words(6), points: points).run(into: store)
    let contents = try store.contents()
    try store.close()
    #expect(try unwritable(folder) { try ActivationStore(path, for: .reading).contents() } == contents)
  }

  @Test func aLogThatWasNotWrittenIntoTheStoreIsNotPassedOver() throws {
    let folder = try Folder()
    let other = try Folder()
    let store = try ActivationStore(other.path("s.sqlite"))
    _ = try FormulaModel().capture(try Corpora.words(6), points: points).run(into: store)
    try store.write { try $0.execute(sql: "UPDATE capture SET name = 'later'") }
    // As a crash leaves them: the log is there, what readers share is not.
    for end in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: other.path("s.sqlite\(end)"), toPath: folder.path("s.sqlite\(end)"))
    }
    let path = folder.path("s.sqlite")
    let error = #expect(throws: StoreError.self) {
      try unwritable(folder) { _ = try ActivationStore(path, for: .reading) }
    }
    #expect(
      error?.description
        == "\(path): what \(path)-wal holds has to be written into the store before it can be read. Open the store "
        + "once where it can be written, for example with `probe capture`")
    #expect(error?.exitCode == 74)
    #expect(try ActivationStore(path, for: .reading).captures().map { $0.name } == ["later"])
  }

  @Test func aStoreThatCannotBeWrittenIsNotOpenedForWriting() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    try ActivationStore(path).close()
    let error = #expect(throws: StoreError.self) {
      try unwritable(folder) { _ = try ActivationStore(path, for: .writing) }
    }
    #expect(error?.reason == .cannotCreate)
  }
}
