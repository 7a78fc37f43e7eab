import ProbeMath
import ProbeModel

/// How far two runs of the same tokens are apart.
struct ActivationComparison {
  /// Whether all values are the same bits.
  private(set) var isSame = true
  /// Largest |Δ| over the largest |x| of the row, or over 1 where that is smaller.
  private(set) var worst = Worst<HookPoint>()

  /// Compares one sequence's rows with the other run's rows that stand for the same tokens.
  mutating func compare(
    _ a: ActivationCache, rows: Range<Int>, with b: ActivationCache, from start: Int, at points: [HookPoint]
  ) {
    for point in points {
      for row in rows {
        guard let left = a.row(row, at: point), let right = b.row(start + row - rows.lowerBound, at: point)
        else {
          isSame = false
          worst.meet(.nan, point)
          continue
        }
        compare(left, right, point)
      }
    }
  }

  private mutating func compare(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>, _ point: HookPoint) {
    guard a.count == b.count else {
      isSame = false
      return worst.meet(.nan, point)
    }
    if a.elementsEqual(b, by: { $0.bitPattern == $1.bitPattern }) { return worst.meet(0, point) }
    isSame = false
    let scale = max(1, Double(b.lazy.map { abs($0) }.max() ?? 1))
    let difference = zip(a, b).lazy.map { abs(Double($0) - Double($1)) }.reduce(0) {
      $1.isNaN ? .nan : max($0, $1)
    }
    worst.meet(difference / scale, point)
  }

  /// The check's answer: ok for the same bits, which is what the engine promises.
  ///
  /// - Parameters:
  ///   - what: the two runs, such as "packed = alone".
  ///   - advice: for runs that differ.
  func result(_ what: String, advice: String) -> CheckResult {
    CheckResult(
      isSame ? .ok : .failed,
      found: isSame
        ? "\(what): the same bits"
        : "\(what) does not hold: largest difference \(worst.value.brief) of the row"
          + (worst.place.map { " at \($0.name)" } ?? ""),
      expected: "the same bits",
      advice: isSame ? "" : advice,
      figures: [
        .init("same bits", isSame ? 1 : 0), .init("largest difference relative to the row", worst.value),
      ])
  }
}
