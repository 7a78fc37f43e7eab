import Foundation
import GRDB
import ProbeFaults
import Testing

/// A folder that goes away with the test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "probe-faults-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { path + "/" + name }
}

/// One store from its beginning to its end: the command that fills it, and what it holds in between.
final class Trial {
  static let tokensPerBatch = 2_048
  static let batchCount = 12
  /// One block is enough; the rows of its pattern differ in width.
  static let hooks = ["blocks.0.attn.hook_pattern", "blocks.0.hook_attn_out", "blocks.0.hook_resid_pre"]

  let folder: Folder
  var store: String { folder.path("store.sqlite") }

  init() throws {
    folder = try Folder()
    try Self.corpus.write(toFile: folder.path("corpus.jsonl"), atomically: false, encoding: .utf8)
  }

  /// Sequences of 16 tokens, 128 of which fill a batch.
  private static let corpus: String = {
    let lines = (0..<(batchCount * tokensPerBatch / 16)).map { example in
      let tokens = (0..<16).map { 5 + (example * 7 + $0 * (example / 80 + 3)) % 85 }
      return "{\"id\": \"e\(example)\", \"token_ids\": \(tokens), \"label\": \"\(example % 2)\"}"
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  private static let model: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("Fixtures/models/llama-gqa").path
  }()

  /// Starts the command: the same one each time.
  func start() throws -> CaptureProcess {
    // The corpus comes from standard input, so that no path of a folder is stored.
    let arguments = ["capture", "--model", Self.model, "--corpus", "-", "--store", store]
    return try CaptureProcess(
      arguments + ["--points"] + Self.hooks, input: folder.path("corpus.jsonl"),
      messages: folder.path("messages"))
  }

  /// What a run leaves that nobody disturbs, and how many seconds the fastest of three takes.
  static let undisturbed = Result {
    var fastest = Double.infinity
    var contents: StoreContents?
    for _ in 0..<3 {
      let trial = try Trial()
      let clock = ContinuousClock()
      let start = clock.now
      let outcome = try trial.start().wait()
      fastest = min(fastest, (clock.now - start) / .seconds(1))
      try #require(outcome.code == 0 && outcome.tokens == batchCount * tokensPerBatch, "\(outcome)")
      let found = try StoreContents(trial.store)
      try #require(found.differences(from: contents ?? found) == [])
      contents = found
    }
    return (contents: try #require(contents), seconds: fastest)
  }

  // MARK: - What is committed

  /// Batches that the store holds, looked up in a copy: what is wrong with the store itself is for the program to
  /// put right.
  func batchesDone() throws -> Int {
    let copy = try Folder()
    for suffix in ["", "-wal", "-journal"] where FileManager.default.fileExists(atPath: store + suffix) {
      try FileManager.default.copyItem(atPath: store + suffix, toPath: copy.path("s.sqlite") + suffix)
    }
    guard FileManager.default.fileExists(atPath: copy.path("s.sqlite")) else { return 0 }
    let queue = try DatabaseQueue(path: copy.path("s.sqlite"))
    defer { try? queue.close() }
    return try queue.write { db in
      #expect(try String.fetchAll(db, sql: "PRAGMA quick_check") == ["ok"])
      return try Self.batchesDone(db)
    }
  }

  /// Batches that a snapshot of the store holds; whole ones, of every point alike.
  static func batchesDone(_ db: Database) throws -> Int {
    // Not `tableExists`, which remembers that there was none.
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master WHERE name = 'point'")
    if tables == 0 { return 0 }
    let points = try Row.fetchAll(
      db,
      sql: """
        SELECT hook, batches_done, rows_done,
          (SELECT coalesce(sum(row_count), 0) FROM chunk WHERE point_id = point.id) AS in_chunks
        FROM point ORDER BY hook
        """)
    if points.isEmpty { return 0 }
    #expect(points.map { $0["hook"] } == hooks)
    let done: Int = points[0]["batches_done"]
    for point in points {
      #expect(point["batches_done"] == done)
      #expect(point["rows_done"] == done * tokensPerBatch)
      #expect(point["in_chunks"] == done * tokensPerBatch)
    }
    return done
  }

  // MARK: - The end

  /// Runs the command to its end: it computes what was missing and nothing else, and nothing is different from an
  /// undisturbed run.
  func finish(_ history: String) throws {
    let done = try batchesDone()
    let outcome = try start().wait()
    #expect(outcome.code == 0, "\(history): \(outcome)")
    #expect(outcome.tokens == (Self.batchCount - done) * Self.tokensPerBatch, "\(history): \(outcome)")
    let differences = try StoreContents(store).differences(from: Self.undisturbed.get().contents)
    #expect(differences == [], "\(history)")
  }
}
