import Foundation
import GRDB

/// One SQLite file of captured activations, with everything needed to read them: see docs/store-format.md.
///
/// Reading is safe from any number of threads and processes, also while a capture writes (write-ahead log);
/// writing is serialised. What was committed is never lost: each batch is one transaction that reaches the disk
/// before the next begins (`synchronous = FULL`).
public final class ActivationStore: Sendable {
  /// What a store is opened for.
  public enum Access: Sendable {
    /// Reads an existing store; its file is not changed.
    case reading
    /// Reads and writes; a store that is not there is made, one of an older format is brought up to date.
    case writing
  }

  /// Where the store lies.
  public let path: String
  /// The one connection that writes; nil for a store opened for reading.
  private let writer: DatabaseQueue?
  /// Read-only connections, opened as they are needed. Not GRDB's writing pool, which changes the file whenever it
  /// opens it, and lowers `synchronous`.
  private let readers: DatabasePool

  /// Opens the store at `path`.
  ///
  /// - Throws: ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `cannotCreate`, `diskFull`, `busy` or
  ///   `inputOutput`. Whatever it is, the file is as it was.
  public convenience init(_ path: String, for access: Access = .writing) throws {
    try self.init(path, for: access, maximumPages: nil)
  }

  /// `maximumPages` bounds the file's size (`PRAGMA max_page_count`), so that tests can fill the disk.
  init(_ path: String, for access: Access, maximumPages: Int?) throws {
    self.path = path
    let isNew = try Self.inspect(path, access)
    do {
      if isNew { try Self.makeFolder(of: path) }
      if access == .writing {
        let writer = try DatabaseQueue(path: path, configuration: Self.writing(maximumPages, isNew: isNew))
        try Schema.migrator.migrate(writer)
        self.writer = writer
      } else {
        writer = nil
      }
      readers = try DatabasePool(path: path, configuration: Self.reading)
    } catch {
      if isNew { Self.remove(path) }
      throw StoreError.translating(error, path: path)
    }
  }

  /// Writes the log into the main file, so that the file alone is the whole store, and closes it.
  public func close() throws {
    try translatingErrors {
      try readers.close()
      // The last connection to close moves the log into the main file, and SQLite removes it.
      try writer?.close()
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try translatingErrors { try readers.read(body) }
  }

  /// Runs one transaction.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    guard let writer else {
      throw StoreError(.cannotCreate, at: path, "the store was opened for reading")
    }
    return try translatingErrors { try writer.write(body) }
  }

  /// Moves committed pages from the log to the main file; readers that hold an old snapshot postpone it.
  func checkpoint() throws {
    do {
      try writer?.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
    {
      return
    } catch {
      throw StoreError.translating(error, path: path)
    }
  }

  private func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw StoreError.translating(error, path: path)
    }
  }

  // MARK: - Opening

  /// Looks at what lies at `path` without changing it. Returns whether a store is to be made there.
  private static func inspect(_ path: String, _ access: Access) throws -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    if attributes == nil {
      guard access == .writing else {
        throw StoreError(.notFound, at: path, "there is no store", advice: "`probe capture` makes one")
      }
      return true
    }
    guard attributes?[.type] as? FileAttributeType != .typeDirectory else {
      throw StoreError.notAStore(path, "is a folder")
    }
    do {
      do {
        return try look(path, access, readonly: true)
      } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
        // Something died in the middle of a transaction, and left a journal that only a writer can take back.
        return try look(path, access, readonly: false)
      }
    } catch {
      throw StoreError.translating(error, path: path)
    }
  }

  private static func look(_ path: String, _ access: Access, readonly: Bool) throws -> Bool {
    var configuration = Configuration()
    configuration.readonly = readonly
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    return try queue.read { try checkVersion($0, path, access) }
  }

  private static func checkVersion(_ db: Database, _ path: String, _ access: Access) throws -> Bool {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if application == 0, version == 0, try holdsNothing(db) {
      // A capture that was killed before its first migration leaves a database without any table of a store.
      guard access == .writing else { throw StoreError.notAStore(path, "is empty") }
      return true
    }
    guard application == Schema.applicationID else {
      throw StoreError.notAStore(
        path,
        "is a database of another application (application_id \(application), expected \(Schema.applicationID))"
      )
    }
    guard version <= Schema.version else {
      throw StoreError(
        .newerVersion, at: path,
        "the store has format version \(version), this program knows versions up to \(Schema.version)",
        advice: "Update the program, or capture into a new store")
    }
    return false
  }

  /// Whether there is no table, or only the migrator's own, which it makes in a transaction before the first
  /// migration.
  private static func holdsNothing(_ db: Database) throws -> Bool {
    guard
      try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name != 'grdb_migrations'") == 0
    else { return false }
    return try !db.tableExists("grdb_migrations")
      || Int.fetchOne(db, sql: "SELECT count(*) FROM grdb_migrations") == 0
  }

  private static var reading: Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    configuration.maximumReaderCount = 16
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = \(1 << 40)") }
    return configuration
  }

  private static func writing(_ maximumPages: Int?, isNew: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      if isNew { try db.execute(sql: "PRAGMA page_size = \(Schema.pageSize)") }
      if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
      // Readers go on while a batch is written; what a transaction committed is on the disk, whatever happens to
      // the power.
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    return configuration
  }

  private static func makeFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError(
        .cannotCreate, at: path, "the folder \(folder.path) cannot be made",
        advice: "Choose another file with --store, or change the folder's permissions")
    }
  }

  private static func remove(_ path: String) {
    for file in [path, path + "-wal", path + "-shm", path + "-journal"] {
      try? FileManager.default.removeItem(atPath: file)
    }
  }
}
