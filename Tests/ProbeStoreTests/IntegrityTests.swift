import Foundation
import GRDB
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct IntegrityTests {
  private let points: [HookPoint] = [.residPost(0), .residPost(1), HookPoint(.pattern, layer: 0)]

  private func filled(_ folder: Folder, positions: Positions = .all) throws -> (
    ActivationStore, FormulaModel, Capture
  ) {
    let model = FormulaModel()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let corpus = try positions == .last ? Corpora.words(700, about: 20) : Corpora.words(6, about: 400)
    let capture = try model.capture(corpus, points: points, positions: positions)
    _ = try capture.run(into: store)
    model.passes.withLock { $0.removeAll() }
    return (store, model, capture)
  }

  /// Flips one bit of a chunk's bytes.
  private func flip(_ db: Database, hook: String, chunk: Int) throws {
    let id = try Int64.fetchOne(
      db,
      sql: """
        SELECT chunk.id FROM chunk JOIN point ON point.id = point_id WHERE hook = ?
        ORDER BY first_row LIMIT 1 OFFSET ?
        """, arguments: [hook, chunk])
    var data = try #require(
      try Data.fetchOne(db, sql: "SELECT data FROM chunk_data WHERE id = ?", arguments: [id]))
    data[data.count / 3] ^= 1
    try db.execute(sql: "UPDATE chunk_data SET data = ? WHERE id = ?", arguments: [data, id])
  }

  @Test func aSoundStoreHasNoFaults() throws {
    let folder = try Folder()
    let (store, _, _) = try filled(folder)
    let result = try store.verify()
    #expect(result.faults == [])
    #expect(result.points == 3)
    #expect(result.captures == 1)
    let bytes = try store.read { try Int.fetchOne($0, sql: "SELECT sum(length(data)) FROM chunk_data") }
    #expect(result.bytes == bytes)
  }

  @Test(arguments: [
    "UPDATE chunk_data SET data = x'' WHERE id = 2", "DELETE FROM chunk_data WHERE id = 3",
    "DELETE FROM chunk_data WHERE id = 4; DELETE FROM chunk WHERE id = 4",
    "UPDATE chunk SET row_count = row_count - 1 WHERE id = 2", "UPDATE chunk SET crc32 = 0",
    "UPDATE ragged_row SET width = width + 1 WHERE row = 100", "DELETE FROM ragged_row WHERE row = 7",
    "UPDATE ragged_row SET byte_offset = byte_offset + 4 WHERE row = 200",
  ])
  func damagedChunksAreFoundAndTheCaptureMendsThemAlone(sql: String) throws {
    let folder = try Folder()
    let (store, model, capture) = try filled(folder)
    let record = try #require(try store.captures().first)
    let before = try points.prefix(2).map { try store.matrix($0, of: record, rows: .all) }
    let pattern = try store.raggedRows(points[2], of: record, rows: 0..<record.rowCount)
    try store.write { try $0.execute(sql: sql) }
    let faults = try store.verify().faults
    #expect(!faults.isEmpty)
    #expect(faults.contains { $0.isRepairable })

    let outcome = try capture.run(into: store)
    #expect(outcome.chunksRepaired > 0)
    if !sql.contains("SET crc32 = 0") {
      // Only what was damaged is computed: one point.
      #expect(model.passes.withLock { $0.allSatisfy { $0.points.count == 1 } })
      #expect(outcome.tokensComputed < record.tokenCount)
    }
    #expect(try store.verify().faults == [])
    #expect(try points.prefix(2).map { try store.matrix($0, of: record, rows: .all) } == before)
    #expect(try store.raggedRows(points[2], of: record, rows: 0..<record.rowCount) == pattern)
    #expect(try capture.run(into: store).tokensComputed == 0)
  }

  @Test func aMendedStoreEqualsTheOneThatWasDamaged() throws {
    let folder = try Folder()
    // A chunk of 700 single rows takes its rows from many batches.
    let (store, _, capture) = try filled(folder, positions: .last)
    let before = try store.contents()
    #expect(capture.plan.batches.count >= 4)
    try store.write { db in
      try flip(db, hook: "blocks.0.hook_resid_post", chunk: 0)
      try flip(db, hook: "blocks.1.hook_resid_post", chunk: 1)
    }
    let fault = try #require(try store.verify().faults.first)
    #expect(fault.location.contains("blocks.0.hook_resid_post, chunk of row 0, examples \"e0\" to \"e"))
    #expect(fault.problem.hasPrefix("the checksum is "))
    #expect(try capture.run(into: store).chunksRepaired == 2)
    #expect(try store.contents() == before)
  }

  @Test func damageBehindTheEndOfAnUnfinishedCaptureIsMendedBeforeItGoesOn() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let capture = try model.capture(Corpora.words(14, about: 1_200), points: Array(points.prefix(2)))
    let reference = try ActivationStore(folder.path("r.sqlite"))
    _ = try capture.run(into: reference)
    let store = try ActivationStore(folder.path("t.sqlite"))
    #expect(throws: StoreError.self) { try capture.run(into: store, threads: 1, shouldStop: { true }) }
    try store.write { try flip($0, hook: "blocks.1.hook_resid_post", chunk: 0) }
    #expect(try capture.run(into: store).chunksRepaired == 1)
    #expect(try store.contents() == reference.contents())
  }

  @Test(arguments: [
    // The last chunk alone is lost, at less than its final size.
    "DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk WHERE point_id = 1)",
    "UPDATE chunk_data SET data = substr(data, 1, (SELECT row_count FROM chunk k WHERE k.id = chunk_data.id) * 576)",
    // Chunks that nobody wrote: between others, behind the last row.
    "INSERT INTO chunk (id, point_id, first_row, row_count, byte_count, crc32) VALUES (900, 1, 5, 1, 576, 0)",
    """
    INSERT INTO chunk (id, point_id, first_row, row_count, byte_count, crc32)
    SELECT 900, 1, rows_done + 10, 1, 576, 0 FROM point WHERE id = 1
    """,
  ])
  func anUnfinishedCaptureIsMendedAndGoesOnToTheSameStore(sql: String) throws {
    let folder = try Folder()
    let capture = try FormulaModel().capture(Corpora.words(14, about: 1_200), points: Array(points.prefix(2)))
    let reference = try ActivationStore(folder.path("r.sqlite"))
    _ = try capture.run(into: reference)
    let store = try ActivationStore(folder.path("t.sqlite"))
    #expect(throws: StoreError.self) { try capture.run(into: store, threads: 1, shouldStop: { true }) }
    #expect(try store.verify().faults == [])
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: store.path, configuration: configuration).write { try $0.execute(sql: sql) }
    #expect(try !store.verify().faults.isEmpty)
    #expect(try capture.run(into: store).chunksRepaired > 0)
    #expect(try store.verify().faults == [])
    let record = try #require(try store.captures().first)
    let expected = try #require(try reference.captures().first)
    for point in points.prefix(2) {
      #expect(
        try store.matrix(point, of: record, rows: .all) == reference.matrix(point, of: expected, rows: .all))
    }
  }

  @Test func aRaggedChunkThatClaimsLaterRowsIsMended() throws {
    let folder = try Folder()
    let capture = try FormulaModel().capture(Corpora.words(14, about: 400), points: points)
    let store = try ActivationStore(folder.path("t.sqlite"))
    _ = try? capture.run(into: store, threads: 1, shouldStop: { true })
    try store.write { db in
      try db.execute(
        sql: """
          UPDATE chunk SET row_count = row_count + 100000 WHERE id = (
            SELECT max(chunk.id) FROM chunk JOIN point ON point.id = point_id WHERE hook LIKE '%pattern')
          """)
    }
    _ = try capture.run(into: store)
    #expect(try store.verify().faults == [])
  }

  // MARK: While somebody else writes

  @Test func aStoreIsSoundAtEveryMomentOfACapture() throws {
    let folder = try Folder()
    let capture = try FormulaModel().capture(Corpora.words(14, about: 1_200), points: points)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let reader = Mutex<ActivationStore?>(nil)
    let faults = Mutex<[StoreFault]>([])
    _ = try capture.run(
      into: store,
      progress: { _ in
        let found = Result {
          try reader.withLock { reader in
            if reader == nil { reader = try ActivationStore(store.path, for: .reading) }
            return try reader?.verify().faults ?? []
          }
        }
        faults.withLock {
          $0 += (try? found.get()) ?? [StoreFault(location: "\(found)", problem: "", isRepairable: false)]
        }
      })
    #expect(faults.withLock { $0 } == [])
  }

  @Test func whoeverLookedBeforeAnotherWentOnSeesNoDamageAndWritesNothing() throws {
    let folder = try Folder()
    let capture = try FormulaModel().capture(Corpora.words(14, about: 1_200), points: [.residPost(0)])
    let store = try ActivationStore(folder.path("s.sqlite"))
    _ = try? capture.run(into: store, threads: 1, shouldStop: { true })
    let stale = try #require(try store.captures().first)
    let point = stale.points[0]
    #expect(point.rowsDone > 0 && !point.isComplete)
    _ = try capture.run(into: store)
    let before = try store.contents()
    #expect(try store.damage(of: point, stale) == [])
    let repaired = RepairedRows(
      point: 0, total: stale.rowCount, rows: 0..<1, bytes: [UInt8](repeating: 0, count: 576), filled: 1)
    let error = #expect(throws: StoreError.self) {
      try store.replace(repaired, of: point, dtype: .float16)
    }
    #expect(error?.reason == .busy)
    #expect(try store.contents() == before)
  }

  @Test func manyWhoMakeTheSameStoreAtOnceAllHaveIt() throws {
    let folder = try Folder()
    for round in 0..<20 {
      let path = folder.path("\(round).sqlite")
      let stores = try concurrently(4) { _ in try ActivationStore(path) }
      let capture = try FormulaModel().capture(Corpora.words(2, about: 20), points: [.residPost(0)])
      _ = try capture.run(into: stores[0])
      #expect(try stores[3].captures().count == 1)
    }
  }

  @Test(arguments: [
    ("UPDATE point SET shape = '[4611686018427387904,4]'", StoreError.Reason.corrupt),
    ("UPDATE point SET shape = '[7]'", .corrupt),
    ("UPDATE point SET rows_done = 1000000000000; UPDATE capture SET row_count = 1000000000000", .corrupt),
    ("UPDATE capture SET shard = '0/1000000000000'", .corrupt),
  ])
  func sizesBeyondReasonAreErrorsNotTraps(sql: String, reason: StoreError.Reason) throws {
    let folder = try Folder()
    let (store, _, _) = try filled(folder)
    try store.write { try $0.execute(sql: sql) }
    let error = #expect(throws: StoreError.self) {
      let capture = try #require(try store.captures().first)
      _ = try store.matrix(.residPost(0), of: capture, rows: .all)
    }
    #expect(error?.reason == reason, "\(error?.description ?? "")")
    #expect(try !store.verify().faults.isEmpty)
  }

  @Test(arguments: [
    ("UPDATE example SET text = text || ' x' WHERE ordinal = 1", "the corpus has the sha256"),
    ("UPDATE example SET labels = '{\"odd\":true}' WHERE ordinal = 0", "the corpus has the sha256"),
    (
      "UPDATE token SET token_id = token_id + 1 WHERE position = 3 AND example_id = 2",
      "its sequences or tokens"
    ),
    (
      "UPDATE token SET start_byte = start_byte - 1 WHERE position = 3 AND example_id = 2",
      "its sequences or tokens"
    ),
    ("UPDATE sequence SET dropped_tokens = 1 WHERE example_id = 1", "its sequences or tokens"),
    ("UPDATE capture SET sentinel = 'none'", "its settings or digests"),
    ("UPDATE capture SET weights_digest = 'w2'", "its settings or digests"),
    ("INSERT INTO chunk_data VALUES (9999, x'00')", "1 chunks' bytes belong to nothing"),
    ("UPDATE capture SET dtype = 'float8'", "dtype is \"float8\""),
  ])
  func whateverElseWasChangedIsNamed(sql: String, problem: String) throws {
    let folder = try Folder()
    let (store, _, _) = try filled(folder)
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: store.path, configuration: configuration).write { try $0.execute(sql: sql) }
    let faults = try store.verify().faults
    #expect(faults.contains { $0.problem.hasPrefix(problem) && !$0.isRepairable }, "\(faults)")
  }

  @Test func aTornPageIsADamagedDatabase() throws {
    let folder = try Folder()
    let (store, _, _) = try filled(folder)
    let root = try store.read { db in
      try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'token'") ?? 0
    }
    try store.close()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: store.path))
    try file.seek(toOffset: UInt64(root - 1) * UInt64(Schema.pageSize))
    try file.write(contentsOf: Data(repeating: 0xa5, count: 512))
    try file.close()
    let faults: [StoreFault]
    do {
      faults = try ActivationStore(store.path, for: .reading).verify().faults
    } catch {
      #expect((error as? StoreError)?.reason == .corrupt)
      return
    }
    #expect(
      faults.contains { $0.location.hasSuffix("database") || $0.problem.contains("damaged") }, "\(faults)")
  }
}
