/// Which rows of a point to read, and in which order.
public enum RowSelection: Sendable, Equatable {
  /// Every captured row, sentinels included, in the order of examples and positions.
  case all
  /// Every captured row but those of sentinels: what token probes want.
  case withoutSentinels
  /// The given rows, in the given order; repeats are allowed.
  case rows([Int])
}

/// Neighbouring rows of one chunk that are read into neighbouring places.
struct RowRun: Equatable {
  /// First row in the store.
  var row: Int
  /// First row of the result.
  var target: Int
  var count: Int

  /// Runs in the order of the store, so that each chunk is read once.
  static func runs(of rows: [Int], chunkRows: Int) -> [RowRun] {
    var runs: [RowRun] = []
    for (target, row) in rows.enumerated() {
      if let last = runs.last, last.row + last.count == row, row % chunkRows != 0 {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(RowRun(row: row, target: target, count: 1))
      }
    }
    return runs.sorted { ($0.row, $0.target) < ($1.row, $1.target) }
  }
}
