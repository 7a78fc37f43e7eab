import GRDBSQLite

/// Everything that a database says, table by table, but for times of creation: what two runs must agree on, however
/// they were interrupted.
///
/// It knows no table by name, so that it stays right when the format changes.
public struct StoreContents: Equatable, Sendable {
  /// A table's rows.
  public struct Table: Equatable, Sendable {
    /// How many there are.
    public let rows: Int
    /// Hash of every value of every row, in the order of the primary key; comparable in one process only.
    public let digest: Int
  }

  /// The tables by name.
  public let tables: [String: Table]
  /// What `PRAGMA integrity_check` says: `ok` when nothing is wrong.
  public let integrity: String

  /// What a database could not be asked, and why.
  public struct Failure: Error, CustomStringConvertible {
    /// The path, the question and SQLite's answer.
    public let description: String
  }

  /// Reads the database at `path`.
  public init(_ path: String) throws {
    let database = try Connection(path)
    integrity = try database.rows("PRAGMA integrity_check") { Connection.text($0, 0) }.joined(separator: "\n")
    let names = try database.rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    ) { Connection.text($0, 0) }
    var tables: [String: Table] = [:]
    for name in names { tables[name] = try database.table(name) }
    self.tables = tables
  }

  /// What is different from `other`; empty when nothing is.
  public func differences(from other: StoreContents) -> [String] {
    let names = Set(tables.keys).union(other.tables.keys).sorted()
    let found = names.filter { tables[$0] != other.tables[$0] }.map { name in
      "\(name): \(Self.text(tables[name])), expected \(Self.text(other.tables[name]))"
    }
    return (integrity == "ok" ? [] : [integrity]) + found
  }

  private static func text(_ table: Table?) -> String {
    table.map { "\($0.rows) rows (\(UInt(bitPattern: $0.digest) % 0x10000))" } ?? "no such table"
  }
}

/// A connection that only reads.
private final class Connection {
  private let path: String
  private var database: OpaquePointer?

  init(_ path: String) throws {
    self.path = path
    let code = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, nil)
    if code != SQLITE_OK {
      defer { sqlite3_close(database) }
      throw StoreContents.Failure(description: "\(path): cannot be opened: \(code)")
    }
    sqlite3_busy_timeout(database, 10_000)
  }

  deinit { sqlite3_close(database) }

  static func text(_ statement: OpaquePointer, _ column: Int32) -> String {
    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
  }

  func rows<Value>(_ sql: String, _ value: (OpaquePointer) -> Value) throws -> [Value] {
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure(sql)
    }
    var values: [Value] = []
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW {
      values.append(value(statement))
      code = sqlite3_step(statement)
    }
    guard code == SQLITE_DONE else { throw failure(sql) }
    return values
  }

  func table(_ name: String) throws -> StoreContents.Table {
    var hasher = Hasher()
    let count = try rows("SELECT * FROM \"\(name)\"") { statement in
      for column in 0..<sqlite3_column_count(statement)
      where String(cString: sqlite3_column_name(statement, column)) != "created_at" {
        Self.hash(statement, column, into: &hasher)
      }
    }.count
    return StoreContents.Table(rows: count, digest: hasher.finalize())
  }

  private static func hash(_ statement: OpaquePointer, _ column: Int32, into hasher: inout Hasher) {
    let type = sqlite3_column_type(statement, column)
    hasher.combine(type)
    switch type {
    case SQLITE_INTEGER: hasher.combine(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: hasher.combine(sqlite3_column_double(statement, column))
    case SQLITE_NULL: break
    default:
      // A blob's bytes, or a text's in UTF-8.
      let bytes = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      hasher.combine(count)
      hasher.combine(bytes: UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    }
  }

  private func failure(_ sql: String) -> StoreContents.Failure {
    StoreContents.Failure(description: "\(path): \(sql): \(String(cString: sqlite3_errmsg(database)))")
  }
}
