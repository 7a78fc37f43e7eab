import GRDB

/// Rows of a point whose bytes are not those that were written.
public struct StoreDamage: Error, Sendable, Equatable {
  /// Number of the capture.
  public let capture: Int64
  /// The hook's full name.
  public let hook: String
  /// The rows of the chunk.
  public let rows: Range<Int>
  /// Keys of the first and the last example with rows in it; empty when the store does not say.
  public let examples: [String]
  /// What is wrong: expected and found.
  public let problem: String

  /// The damage as an error of a store.
  func error(at path: String) -> StoreError {
    let range = examples.count == 2 ? ", examples \"\(examples[0])\" to \"\(examples[1])\"" : ""
    return StoreError(
      .damagedChunk, at: "\(path), capture \(capture), \(hook), chunk of row \(rows.lowerBound)\(range)",
      problem,
      advice:
        "The file was changed by something else. The same `probe capture`, or `probe store import`, writes damaged "
        + "chunks anew and keeps the rest; `probe store verify` lists them all")
  }

  init(_ problem: String, rows: Range<Int>, of point: PointRecord, _ capture: CaptureRecord, _ db: Database) {
    self.capture = capture.id
    hook = point.hook
    self.rows = rows
    self.problem = problem
    func key(_ order: String) -> String? {
      try? String.fetchOne(
        db,
        sql: """
          SELECT e.key FROM sequence s JOIN example e ON e.id = s.example_id
          WHERE s.capture_id = ? AND s.first_row < ? AND s.first_row + s.row_count > ?
          ORDER BY s.first_row \(order) LIMIT 1
          """, arguments: [capture.id, rows.upperBound, rows.lowerBound])
    }
    examples = [key("ASC"), key("DESC")].compactMap { $0 }
  }
}
