/// Indices of the `count` largest values, largest first; of equal ones the lowest index first. NaN is never among them.
///
/// - Complexity: one comparison a value, and a place in the list for each that is among the largest so far.
public func indicesOfLargest(_ count: Int, in values: some RandomAccessCollection<Float>) -> [Int] {
  guard count > 0 else { return [] }
  var kept: [(value: Float, index: Int)] = []
  kept.reserveCapacity(min(count, values.count) + 1)
  for (index, value) in values.enumerated() where !value.isNaN {
    if kept.count == count, let last = kept.last, value <= last.value { continue }
    // Behind all that are as large: they came first.
    var (low, high) = (0, kept.count)
    while low < high {
      let middle = (low + high) / 2
      if kept[middle].value >= value { low = middle + 1 } else { high = middle }
    }
    kept.insert((value, index), at: low)
    if kept.count > count { kept.removeLast() }
  }
  return kept.map { $0.index }
}
