import GRDB
import GRDBSQLite

/// Reads parts of the BLOBs of one column, without SQLite building whole ones.
///
/// Lives inside one read transaction.
final class BlobReader {
  private let database: Database
  private let table: String
  private let column: String
  private var blob: OpaquePointer?

  init(_ database: Database, table: String, column: String) {
    (self.database, self.table, self.column) = (database, table, column)
  }

  deinit { sqlite3_blob_close(blob) }

  /// Goes to the BLOB of row `id`; returns its size in bytes, or nil when there is none.
  func move(to id: Int64) throws -> Int? {
    var code: Int32
    if blob == nil {
      code = sqlite3_blob_open(database.sqliteConnection, "main", table, column, id, 0, &blob)
    } else {
      code = sqlite3_blob_reopen(blob, id)
    }
    if code == SQLITE_OK { return Int(sqlite3_blob_bytes(blob)) }
    // A handle that missed is of no more use.
    sqlite3_blob_close(blob)
    blob = nil
    // No such row, or no BLOB in it.
    if code & 0xff == SQLITE_ERROR { return nil }
    throw RawStatement.error(database)
  }

  /// Reads `count` bytes from `offset` on.
  func read(_ count: Int, at offset: Int, into target: UnsafeMutableRawPointer) throws {
    guard sqlite3_blob_read(blob, target, Int32(count), Int32(offset)) == SQLITE_OK else {
      throw RawStatement.error(database)
    }
  }
}
