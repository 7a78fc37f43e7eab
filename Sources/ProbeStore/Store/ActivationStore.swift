import Foundation
import GRDB
import Glibc

/// One SQLite file of captured activations, with everything needed to read them: see docs/store-format.md.
///
/// Reading is safe from any number of threads and processes, also while a capture writes (write-ahead log; on a
/// network file system see ``Journal``); writing is serialised. What was committed is never lost: each batch is one
/// transaction that reaches the disk before the next begins (`synchronous = FULL`).
public final class ActivationStore: Sendable {
  /// What a store is opened for.
  public enum Access: Sendable {
    /// Reads an existing store; its file is not changed.
    case reading
    /// Reads and writes; a store that is not there is made, one of an older format is brought up to date.
    case writing
  }

  /// How the file is kept whole while it changes.
  public enum Journal: Sendable, Equatable {
    /// Readers go on while a batch is committed.
    case writeAheadLog
    /// Readers wait while a batch is committed, and the writer waits for them. On network file systems, where a
    /// write-ahead log is unsafe; the file system's name, nil for a local one.
    case rollback(fileSystem: String?)
    /// The file cannot change: it is read where nothing can be written.
    case none
  }

  /// Where the store lies.
  public let path: String
  /// How the file is kept whole while it changes.
  public let journal: Journal
  /// The one connection that writes; nil for a store opened for reading.
  private let writer: DatabaseQueue?
  /// Read-only connections, opened as they are needed. Not GRDB's writing pool, which changes the file whenever it
  /// opens it, and lowers `synchronous`.
  private let readers: DatabasePool

  /// Opens the store at `path`.
  ///
  /// - Throws: ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `cannotCreate`, `diskFull`, `busy` or
  ///   `inputOutput`. A store that is there stays as it is; of one that could not be made an empty beginning may stay,
  ///   which the next opening completes.
  public convenience init(_ path: String, for access: Access = .writing) throws {
    try self.init(path, for: access, maximumPages: nil)
  }

  /// `maximumPages` bounds the file's size (`PRAGMA max_page_count`), so that tests can fill the disk; `fileSystem`
  /// says what the store lies on.
  init(
    _ path: String, for access: Access, maximumPages: Int? = nil,
    fileSystem: (String) -> FileSystemKind = { FileSystemKind(of: $0) }
  ) throws {
    self.path = path
    let found = try Self.inspect(path, access)
    let isNew = found == nil
    let place = fileSystem(path)
    var isOurs = false
    do {
      if isNew { isOurs = try Self.makeFile(path) }
      if access == .writing {
        let writer = try Self.openWriter(path, Self.writing(maximumPages, isNew: isNew, place))
        journal = try writer.read { try Self.journal($0, place) }
        self.writer = writer
      } else {
        journal = found == .rollback(fileSystem: nil) ? .rollback(fileSystem: place.network) : found ?? .none
        writer = nil
      }
      readers = try DatabasePool(
        path: journal == .none ? Self.immutable(path) : path, configuration: Self.reading(place))
    } catch {
      if isOurs { Self.removeIfEmpty(path) }
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
    try translatingErrors {
      do {
        return try readers.read(body)
      } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
        // A writer died in the middle of a transaction since the store was opened; nothing was read yet.
        _ = try Self.inspect(path, as: path, .writing, readonly: false)
        return try readers.read(body)
      }
    }
  }

  /// Runs one transaction.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    guard let writer else {
      throw StoreError(.cannotCreate, at: path, "the store was opened for reading")
    }
    return try translatingErrors { try writer.write(body) }
  }

  /// What moves the log into the main file while a capture goes on; nil without a log.
  func makeCheckpointer() throws -> Checkpointer? {
    guard writer != nil, journal == .writeAheadLog else { return nil }
    return try translatingErrors {
      try Checkpointer(path: path, configuration: Self.writing(nil, isNew: false, .local))
    }
  }

  /// Bytes of the write-ahead log.
  var logBytes: Int {
    (try? FileManager.default.attributesOfItem(atPath: path + "-wal"))?[.size] as? Int ?? 0
  }

  func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw StoreError.translating(error, path: path)
    }
  }

  // MARK: - Opening

  /// Looks at what lies at `path` without changing it. Returns how the store that lies there is kept whole, nil when
  /// a store is to be made there.
  private static func inspect(_ path: String, _ access: Access) throws -> Journal? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    if attributes == nil {
      guard access == .writing else {
        throw StoreError(.notFound, at: path, "there is no store", advice: "`probe capture` makes one")
      }
      return nil
    }
    guard attributes?[.type] as? FileAttributeType != .typeDirectory else {
      throw StoreError.notAStore(path, "is a folder")
    }
    do {
      do {
        return try inspect(path, as: path, access)
      } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
        // Something died in the middle of a transaction, and left a journal that only a writer can take back.
        return try inspect(path, as: path, access, readonly: false)
      }
    } catch let error as DatabaseError where access == .reading && error.needsWriting {
      // SQLite notes readers of a write-ahead log beside the store. Where it cannot, nobody here can write to the
      // store either, and unless something waits to be moved into it, it can be read as a file that never changes.
      let waiting = ["-wal", "-journal"].map { path + $0 }.first { isFilled($0) }
      if let waiting {
        throw StoreError(
          .inputOutput, at: path,
          "what \(waiting) holds has to be written into the store before it can be read",
          advice: "Open the store once where it can be written, for example with `probe capture`")
      }
      do {
        return try inspect(path, as: immutable(path), access) == nil ? nil : .some(.none)
      } catch {
        throw StoreError.translating(error, path: path)
      }
    } catch {
      throw StoreError.translating(error, path: path)
    }
  }

  private static func inspect(_ path: String, as name: String, _ access: Access, readonly: Bool = true) throws
    -> Journal?
  {
    var configuration = Configuration()
    configuration.readonly = readonly
    configuration.busyMode = .timeout(10)
    let queue = try DatabaseQueue(path: name, configuration: configuration)
    defer { try? queue.close() }
    return try queue.read { db in
      guard try !checkVersion(db, path, access) else { return nil }
      return try journal(db, .local)
    }
  }

  private static func journal(_ db: Database, _ place: FileSystemKind) throws -> Journal {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
    return mode == "wal" ? .writeAheadLog : .rollback(fileSystem: place.network)
  }

  /// The name by which SQLite opens a file that nobody changes (<https://www.sqlite.org/uri.html>).
  private static func immutable(_ path: String) -> String {
    let plain = CharacterSet(
      charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
    return "file:\(path.addingPercentEncoding(withAllowedCharacters: plain) ?? path)?immutable=1"
  }

  private static func isFilled(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int ?? 0) > 0
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

  /// For how long somebody else may keep the store locked: a batch's time, with a rollback journal on a network.
  private static func patience(_ place: FileSystemKind) -> Database.BusyMode {
    .timeout(place == .local ? 10 : 60)
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

  private static func reading(_ place: FileSystemKind) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = patience(place)
    configuration.maximumReaderCount = 16
    // What other hosts write does not reach mapped memory.
    let bytes = place == .local ? 1 << 40 : 0
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = \(bytes)") }
    return configuration
  }

  private static func writing(_ maximumPages: Int?, isNew: Bool, _ place: FileSystemKind) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = patience(place)
    configuration.prepareDatabase { db in
      if isNew { try db.execute(sql: "PRAGMA page_size = \(Schema.pageSize)") }
      if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
      // What a transaction committed is on the disk, whatever happens to the power. With a write-ahead log, readers
      // go on while a batch is written.
      let mode = place == .local ? "wal" : "delete"
      // SQLite keeps a log, without an error, that others have open.
      let found = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(mode)")
      if place != .local, found == "wal" { throw DatabaseError(resultCode: .SQLITE_BUSY) }
      // A rollback journal has to be gone for the transaction to be done: EXTRA syncs the folder, too.
      try db.execute(sql: "PRAGMA synchronous = \(found == "wal" ? "FULL" : "EXTRA")")
      // The log is moved into the main file by `Checkpointer`, not by the writer in between; once it was, the file
      // becomes small again.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try db.execute(sql: "PRAGMA journal_size_limit = \(LogKeeper.longest)")
    }
    return configuration
  }

  /// Opens the one connection that writes, and brings the tables up to date.
  private static func openWriter(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
    let writer = try DatabaseQueue(path: path, configuration: configuration)
    do {
      try Schema.migrator.migrate(writer)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      // Another process made the tables between the look and the change: then there is nothing left to change.
      try Schema.migrator.migrate(writer)
    }
    return writer
  }

  /// Makes an empty file, and the folder that it lies in; both stay when the power fails. Returns whether this
  /// process made the file.
  private static func makeFile(_ path: String) throws -> Bool {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError(
        .cannotCreate, at: path, "the folder \(folder.path) cannot be made",
        advice: "Choose another file with --store, or change the folder's permissions")
    }
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
    // What cannot be made here SQLite will complain about.
    guard file >= 0 else { return false }
    Glibc.close(file)
    for place in [folder, folder.deletingLastPathComponent()] {
      let entry = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard entry >= 0 else { continue }
      fsync(entry)
      Glibc.close(entry)
    }
    return true
  }

  /// Removes a file that this process made and that nobody has put anything into since.
  private static func removeIfEmpty(_ path: String) {
    do {
      guard try inspect(path, .writing) == nil else { return }
    } catch {
      return
    }
    for file in [path, path + "-wal", path + "-shm", path + "-journal"] {
      try? FileManager.default.removeItem(atPath: file)
    }
  }
}

extension FileSystemKind {
  /// The name of a network file system; nil for a local one.
  fileprivate var network: String? {
    if case .network(let name) = self { return name }
    return nil
  }
}

extension DatabaseError {
  /// Whether reading failed for lack of something that has to be written.
  fileprivate var needsWriting: Bool {
    switch resultCode {
    case .SQLITE_CANTOPEN, .SQLITE_READONLY: true
    // The shared memory beside the store.
    case .SQLITE_IOERR:
      [.SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMMAP, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMLOCK]
        .contains(extendedResultCode)
    default: false
    }
  }
}
