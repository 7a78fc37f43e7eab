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

  /// Runs of ranges that follow one another, cut at chunks.
  static func runs(of ranges: [Range<Int>], chunkRows: Int) -> [RowRun] {
    var runs: [RowRun] = []
    var target = 0
    for range in ranges {
      var row = range.lowerBound
      while row < range.upperBound {
        let end = min(range.upperBound, row - row % chunkRows + chunkRows)
        runs.append(RowRun(row: row, target: target, count: end - row))
        target += end - row
        row = end
      }
    }
    return runs
  }

  /// Cuts runs into about equal parts, between chunks.
  static func parts(_ runs: [RowRun], _ count: Int, chunkRows: Int) -> [ArraySlice<RowRun>] {
    var parts: [ArraySlice<RowRun>] = []
    var start = 0
    for part in 1...max(count, 1) {
      var end = runs.count * part / max(count, 1)
      while end > start, end < runs.count, runs[end].row / chunkRows == runs[end - 1].row / chunkRows {
        end += 1
      }
      end = max(end, start)
      if end > start { parts.append(runs[start..<end]) }
      start = end
    }
    return parts
  }
}
