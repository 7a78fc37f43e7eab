import ProbeModel
import ProbeStore

/// Euclidean norms of the captured rows at one point: attention sinks and other outliers ruin fits unseen.
public struct NormSummary: Sendable, Codable, Equatable {
  /// Where.
  public let point: HookPoint
  /// Median norm of a row.
  public let median: Double
  /// Largest norm.
  public let largest: Double
  /// Rows whose norm is more than ten times the median.
  public let outliers: Int

  init(_ point: HookPoint, of context: AnalysisContext) throws {
    let rows = try context.store.matrix(point, of: context.capture)
    let norms = (0..<rows.rows).map { row in
      rows[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }.sorted()
    self.point = point
    median = norms.isEmpty ? 0 : norms[norms.count / 2]
    largest = norms.last ?? 0
    let limit = 10 * median
    outliers = norms.reversed().prefix { $0 > limit }.count
  }
}
