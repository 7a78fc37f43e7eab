import Foundation
import GRDB
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct StoreOpeningTests {
  private func error(_ path: String, _ access: ActivationStore.Access = .writing) -> StoreError? {
    #expect(throws: StoreError.self) { _ = try ActivationStore(path, for: access) }
  }

  @Test func aNewStoreIsMarkedAndPaged() throws {
    let folder = try Folder()
    let path = folder.path("new/deep/s.sqlite")
    let store = try ActivationStore(path)
    func pragma(_ name: String) throws -> String? {
      try store.write { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
    #expect(try pragma("application_id") == "\(0x7072_6265)")
    #expect(try pragma("user_version") == "4")
    #expect(try pragma("page_size") == "65536")
    #expect(try pragma("journal_mode") == "wal")
    // 2 is FULL: a commit waits for the disk.
    #expect(try pragma("synchronous") == "2")
    try store.close()
    let reader = try ActivationStore(path, for: .reading)
    #expect(try reader.captures() == [])
    let refusal = #expect(throws: StoreError.self) { try reader.write { _ in } }
    #expect(refusal?.problem == "the store was opened for reading")
  }

  @Test func aMissingStoreIsNotMadeByReading() throws {
    let folder = try Folder()
    let path = folder.path("none.sqlite")
    let error = error(path, .reading)
    #expect(error?.description == "\(path): there is no store. `probe capture` makes one")
    #expect(error?.exitCode == 66)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: [ActivationStore.Access.reading, .writing])
  func aNewerStoreIsRefusedWithBothVersions(access: ActivationStore.Access) throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    try store.write { try $0.execute(sql: "PRAGMA user_version = 7") }
    try store.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = error(path, access)
    #expect(error?.reason == .newerVersion)
    #expect(
      error?.description
        == "\(path): the store has format version 7, this program knows versions up to 4. Update the program, or "
        + "capture into a new store")
    #expect(error?.exitCode == 65)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func anotherApplicationsDatabaseIsLeftAsItIs() throws {
    let folder = try Folder()
    let path = folder.path("notes.sqlite")
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "CREATE TABLE note (text TEXT); PRAGMA application_id = 42") }
    try queue.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = error(path)
    #expect(error?.reason == .notAStore)
    #expect(
      error?.problem
        == "is a database of another application (application_id 42, expected 1886544485), so it is no activation store"
    )
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["notes.sqlite"])
  }

  @Test func aTextFileIsNoStore() throws {
    let folder = try Folder()
    let path = folder.path("readme.txt")
    try Data(String(repeating: "hello ", count: 100).utf8).write(to: URL(fileURLWithPath: path))
    let error = error(path)
    #expect(error?.reason == .notAStore)
    #expect(error?.problem == "is not an SQLite database, so it is no activation store")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == String(repeating: "hello ", count: 100))
  }

  @Test func aFolderIsNoStore() throws {
    let folder = try Folder()
    #expect(error(folder.url.path)?.problem == "is a folder, so it is no activation store")
  }

  @Test func anEmptyFileBecomesAStoreOnlyByWriting() throws {
    let folder = try Folder()
    let path = folder.path("empty.sqlite")
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(error(path, .reading)?.problem == "is empty, so it is no activation store")
    #expect(try ActivationStore(path).captures() == [])
  }

  /// The superuser may write anywhere, so that the tests use places where nobody can.
  @Test(arguments: ["/proc/probe/s.sqlite", "/proc/s.sqlite"])
  func anUnwritableFolderIsNamed(path: String) throws {
    let error = error(path)
    #expect(error?.reason == .cannotCreate)
    #expect(error?.location == path)
    #expect(error?.exitCode == 73)
    #expect(
      error?.advice == "Choose another file with --store, or change the folder's permissions",
      "\(error?.problem ?? "")")
  }

  @Test func aPathUnderAFileIsUnwritable() throws {
    let folder = try Folder()
    let file = folder.path("file")
    try Data("x".utf8).write(to: URL(fileURLWithPath: file))
    #expect(error(file + "/s.sqlite")?.reason == .cannotCreate)
  }

  @Test func aFullDiskAtTheBeginningLeavesNoFile() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let error = #expect(throws: StoreError.self) { try ActivationStore(path, for: .writing, maximumPages: 3) }
    #expect(error?.reason == .diskFull)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
  }

  @Test func aFullDiskLeavesAValidStoreThatGoesOn() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let model = FormulaModel()
    let capture = try model.capture(try Corpora.words(10), points: [.residPost(0), .residPost(1)])
    // About half of what the capture needs (two points of 7,000 rows of 576 bytes, 64 KiB pages).
    let small = try ActivationStore(path, for: .writing, maximumPages: 80)
    let error = #expect(throws: StoreError.self) { try capture.run(into: small) }
    #expect(error?.reason == .diskFull)
    #expect(error?.exitCode == 74)
    #expect(
      error?.description
        == "\(path): no space is left (database or disk is full). What was committed is kept: make room, and run the "
        + "same command again to go on")
    let record = try #require(try small.captures().first)
    let done = record.points.map(\.batchesDone)
    #expect(done[0] > 0 && done[0] < record.batchCount && done[0] == done[1])
    try small.close()

    let roomy = try ActivationStore(path)
    #expect(try roomy.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    let outcome = try capture.run(into: roomy)
    #expect(outcome.tokensComputed < outcome.capture.tokenCount)
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try capture.run(into: whole)
    #expect(try roomy.contents() == whole.contents())
  }
}
