/// Sums of item values over groups, in the order in which the groups first appear.
///
/// - Returns: the sum and the number of items of each group, and each item's group as an index.
public func groupTotals<Group: Hashable>(
  of values: [Double], groups: [Group]
) -> (totals: [Double], counts: [Int], indices: [Int]) {
  precondition(values.count == groups.count, "groupTotals: \(values.count) values, \(groups.count) groups")
  var numbers: [Group: Int] = [:]
  var totals: [Double] = []
  var counts: [Int] = []
  let indices = zip(values, groups).map { value, group in
    let number = numbers[group] ?? totals.count
    if number == totals.count {
      numbers[group] = number
      totals.append(0)
      counts.append(0)
    }
    totals[number] += value
    counts[number] += 1
    return number
  }
  return (totals, counts, indices)
}

/// The squared standard error of the mean of items that come in groups:
///
///     SE² = G/(G − 1) · Σ_g (Σ_{i ∈ g} (xᵢ − x̄))² / n²
///
/// Items of a group may depend on each other in any way (Liang & Zeger 1986); NaN for fewer than two groups.
public func clusteredVarianceOfMean<Group: Hashable>(_ values: [Double], groups: [Group]) -> Double {
  let (totals, counts, _) = groupTotals(of: values, groups: groups)
  guard totals.count >= 2 else { return .nan }
  let n = Double(values.count)
  let mean = totals.reduce(0, +) / n
  let squares = zip(totals, counts).reduce(0) { sum, group in
    let residual = group.0 - Double(group.1) * mean
    return sum + residual * residual
  }
  let count = Double(totals.count)
  return count / (count - 1) * squares / (n * n)
}
