import GRDB

extension Row {
  /// A column's value. A store is a file from outside: what stands there may be anything.
  ///
  /// - Throws: ``StoreError`` (`corrupt`) when the column is NULL or of another type.
  func required<Value: DatabaseValueConvertible>(_ column: String, at location: @autoclosure () -> String)
    throws
    -> Value
  {
    let stored: DatabaseValue = self[column]
    if let value = Value.fromDatabaseValue(stored) { return value }
    throw unexpected(column, stored, Value.self, location())
  }

  /// A column's value, or nil for NULL.
  ///
  /// - Throws: ``StoreError`` (`corrupt`) when the column is of another type.
  func optional<Value: DatabaseValueConvertible>(_ column: String, at location: @autoclosure () -> String)
    throws
    -> Value?
  {
    let stored: DatabaseValue = self[column]
    if stored.isNull { return nil }
    if let value = Value.fromDatabaseValue(stored) { return value }
    throw unexpected(column, stored, Value.self, location())
  }

  /// A count, width or index: an integer from 0 to 2⁴⁰, so that products of two cannot overflow silently.
  func count(_ column: String, at location: @autoclosure () -> String) throws -> Int {
    let value: Int = try required(column, at: location())
    guard value >= 0, value <= 1 << 40 else {
      throw StoreError(
        .corrupt, at: location(), "column \(column) is \(value), which counts nothing",
        advice: "Capture into a new store")
    }
    return value
  }

  private func unexpected<Value>(
    _ column: String, _ stored: DatabaseValue, _ type: Value.Type, _ location: String
  ) -> StoreError {
    StoreError(
      .corrupt, at: location,
      "expected \(type) in column \(column), found \(stored.isNull ? "NULL" : "another type")",
      advice: "Capture into a new store")
  }
}
