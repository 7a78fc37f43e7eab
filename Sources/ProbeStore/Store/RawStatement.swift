import GRDB
import GRDBSQLite

/// A prepared statement that binds memory without copying it; for the rows and chunks of a capture, of which
/// there are many and large ones.
final class RawStatement {
  private let database: Database
  private let statement: OpaquePointer

  init(_ database: Database, _ sql: String) throws {
    self.database = database
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(database.sqliteConnection, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw Self.error(database) }
    self.statement = statement
  }

  deinit { sqlite3_finalize(statement) }

  /// Binds integers, nil as NULL, from column 1 on.
  func bind(_ values: Int?...) {
    for (index, value) in values.enumerated() { bind(value, at: Int32(index + 1)) }
  }

  /// Binds an integer.
  func bind(_ value: Int?, at column: Int32) {
    if let value {
      sqlite3_bind_int64(statement, column, Int64(value))
    } else {
      sqlite3_bind_null(statement, column)
    }
  }

  /// Binds a text, which SQLite copies.
  func bind(_ text: String?, at column: Int32) {
    guard var text else {
      sqlite3_bind_null(statement, column)
      return
    }
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        _ = sqlite3_bind_text64(
          statement, column, characters.baseAddress, UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
      }
    }
  }

  /// Binds bytes in place: they must stay until ``run()`` returns.
  func bind(_ bytes: UnsafeRawBufferPointer, at column: Int32) {
    sqlite3_bind_blob64(statement, column, bytes.baseAddress, UInt64(bytes.count), nil)
  }

  /// Runs a statement that returns no rows, and readies it for the next values.
  func run() throws {
    let code = sqlite3_step(statement)
    guard code == SQLITE_DONE else {
      let error = Self.error(database)
      sqlite3_reset(statement)
      throw error
    }
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  /// Overwrites a part of a stored BLOB without touching its other pages.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to table: String, column: String, id: Int64, at offset: Int,
    _ db: Database
  ) throws {
    var blob: OpaquePointer?
    guard sqlite3_blob_open(db.sqliteConnection, "main", table, column, id, 1, &blob) == SQLITE_OK, let blob
    else {
      throw error(db)
    }
    let code = sqlite3_blob_write(blob, bytes.baseAddress, Int32(bytes.count), Int32(offset))
    let failure = code == SQLITE_OK ? nil : error(db)
    let closing = sqlite3_blob_close(blob)
    if let failure { throw failure }
    guard closing == SQLITE_OK else { throw error(db) }
  }

  static func error(_ db: Database) -> DatabaseError {
    let connection = db.sqliteConnection
    return DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
      message: String(cString: sqlite3_errmsg(connection)))
  }
}
