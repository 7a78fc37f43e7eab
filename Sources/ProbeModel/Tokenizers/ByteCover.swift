/// The bytes that any of many ranges has, for questions of overlap in the logarithm of their number.
///
/// Ranges that share a byte are joined; ranges that only touch are kept apart.
package struct ByteCover: Sendable {
  private var runs: [Range<Int>] = []

  /// The cover of ranges in any order; empty ones cover nothing.
  package init(_ ranges: some Sequence<Range<Int>>) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = runs.last, range.lowerBound < last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        runs.append(range)
      }
    }
  }

  /// Whether one of the ranges shares a byte with `range`.
  package func overlaps(_ range: Range<Int>) -> Bool {
    guard !range.isEmpty, let run = firstRun(endingBehind: range.lowerBound) else { return false }
    return run.lowerBound < range.upperBound
  }

  /// Whether one of the ranges has the bytes on both sides of `place`.
  func crosses(_ place: Int) -> Bool {
    guard let run = firstRun(endingBehind: place) else { return false }
    return run.lowerBound < place
  }

  private func firstRun(endingBehind place: Int) -> Range<Int>? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound > place { high = middle } else { low = middle + 1 }
    }
    return low < runs.count ? runs[low] : nil
  }
}
