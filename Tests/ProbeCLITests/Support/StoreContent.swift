import Foundation
import GRDB

/// Everything that a store says, table by table: what two runs must agree on, however they were interrupted.
struct StoreContent: Equatable {
  /// The rows of each table in the order of their values, each as text; `created_at` left out.
  let tables: [String: [String]]
  /// What SQLite finds wrong with the file.
  let integrity: [String]

  init(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    (tables, integrity) = try queue.write { db in
      let names = try String.fetchAll(
        db,
        sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      var tables: [String: [String]] = [:]
      for name in names {
        tables[name] = try Row.fetchAll(db, sql: "SELECT * FROM \(name)").map { Self.text($0) }.sorted()
      }
      return (tables, try String.fetchAll(db, sql: "PRAGMA integrity_check"))
    }
  }

  private static func text(_ row: Row) -> String {
    row.filter { $0.0 != "created_at" }.map { name, value in
      guard case .blob(let data) = value.storage else { return "\(name)=\(value)" }
      return "\(name)=\(data.base64EncodedString())"
    }.joined(separator: "|")
  }
}
