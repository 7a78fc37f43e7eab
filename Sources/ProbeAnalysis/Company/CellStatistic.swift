import ProbeMath

/// The mean over cells of a statistic of each cell's items, weighted by the items' weight.
///
/// Scores of different probes are not on one scale: an AUROC is taken inside what one probe scored, and averaged. Cells
/// where it is undefined, such as those of a single class, are left out.
struct CellStatistic: ItemStatistic {
  /// Items of some probe's test set, as indices below ``itemCount``, and the statistic over them in that order.
  struct Cell: Sendable {
    let items: [Int]
    let statistic: any ItemStatistic
  }

  let itemCount: Int
  let cells: [Cell]
  let range: StatisticRange
  let strata: [Int]?

  /// - Parameter labels: the class of every item.
  init(_ cells: [Cell], labels: [Int]) {
    precondition(!cells.isEmpty, "CellStatistic: of nothing")
    itemCount = labels.count
    self.cells = cells
    range = cells[0].statistic.range
    strata = cells[0].statistic.strata == nil ? nil : labels
  }

  func value(weights: UnsafeBufferPointer<Double>) -> Double {
    let longest = cells.reduce(1) { max($0, $1.items.count) }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: longest) { scratch in
      var (sum, total) = (0.0, 0.0)
      for cell in cells {
        var weight = 0.0
        for (place, item) in cell.items.enumerated() {
          scratch[place] = weights[item]
          weight += weights[item]
        }
        let value = cell.statistic.value(
          weights: UnsafeBufferPointer(rebasing: scratch[..<cell.items.count]))
        guard !value.isNaN else { continue }
        sum += weight * value
        total += weight
      }
      return total > 0 ? sum / total : .nan
    }
  }
}
