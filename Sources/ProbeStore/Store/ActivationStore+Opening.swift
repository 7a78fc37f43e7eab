import Foundation
import GRDB
import Glibc

/// How a store's file is found, made and opened.
extension ActivationStore {
  /// Looks at what lies at `path` without changing it. Returns how the store that lies there is kept whole, nil when
  /// a store is to be made there.
  static func inspect(_ path: String, _ access: Access) throws -> Journal? {
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

  static func inspect(_ path: String, as name: String, _ access: Access, readonly: Bool = true) throws
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

  static func journal(_ db: Database, _ place: FileSystemKind) throws -> Journal {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
    return mode == "wal" ? .writeAheadLog : .rollback(fileSystem: place.network)
  }

  /// The name by which SQLite opens a file that nobody changes (<https://www.sqlite.org/uri.html>).
  static func immutable(_ path: String) -> String {
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

  static func reading(_ place: FileSystemKind) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = patience(place)
    configuration.maximumReaderCount = 16
    // What other hosts write does not reach mapped memory.
    let bytes = place == .local ? 1 << 40 : 0
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = \(bytes)") }
    return configuration
  }

  static func writing(_ maximumPages: Int?, isNew: Bool, _ place: FileSystemKind) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = patience(place)
    configuration.prepareDatabase { db in
      // Until there is a log, transactions have a rollback journal, and one that came back after its deletion would
      // undo what the log holds: EXTRA syncs the folder, too.
      try db.execute(sql: "PRAGMA synchronous = EXTRA")
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
  static func openWriter(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
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
  static func makeFile(_ path: String) throws -> Bool {
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
    syncFolder(folder.path)
    syncFolder(folder.deletingLastPathComponent().path)
    return true
  }

  /// Makes what was created and deleted in a folder last.
  static func syncFolder(_ path: String) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    Glibc.close(folder)
  }

  /// Removes a file that this process made and that nobody has put anything into since.
  static func removeIfEmpty(_ path: String) {
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
  var network: String? {
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
