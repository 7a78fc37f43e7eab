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
        // A journal that was taken back while the store was opened is gone for good before anything is committed.
        Self.syncFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
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
}
