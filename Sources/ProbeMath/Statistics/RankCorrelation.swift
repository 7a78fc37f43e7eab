/// Spearman's rank correlation of two values of each item: Pearson's correlation of weighted mean ranks.
///
///     rank(i) = Σ_{j: xⱼ < xᵢ} wⱼ + ½ Σ_{j: xⱼ = xᵢ} wⱼ
///
/// Whole weights give what copies of the items would. Both orders are sorted once; each weighting is linear in the
/// number of items.
public struct RankCorrelation: ItemStatistic {
  private let first: Ordering
  private let second: Ordering

  /// The rank correlation of `x` with `y`.
  public init(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count, "RankCorrelation: \(x.count) and \(y.count) values")
    first = Ordering(x)
    second = Ordering(y)
  }

  /// Number of items.
  public var itemCount: Int { first.items.count }
  /// [−1, 1].
  public var range: StatisticRange { .signedUnit }

  /// The weighted correlation; NaN where either side is constant.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    let count = itemCount
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count + 1) { scratch in
      guard let x = scratch.baseAddress else { return .nan }
      let y = x + count
      first.ranks(weights, into: x)
      second.ranks(weights, into: y)
      var total = 0.0
      for i in 0..<count { total += weights[i] }
      guard total > 0 else { return .nan }
      // The weighted mean of the ranks so defined is half of the weight, whatever the ties.
      let centre = 0.5 * total
      var (xx, yy, xy) = (0.0, 0.0, 0.0)
      for i in 0..<count {
        let (a, b) = (x[i] - centre, y[i] - centre)
        xx += weights[i] * a * a
        yy += weights[i] * b * b
        xy += weights[i] * a * b
      }
      return xx > 0 && yy > 0 ? min(1, max(-1, xy / (xx * yy).squareRoot())) : .nan
    }
  }

  /// Items by rising value, with the ends of runs of equal values.
  private struct Ordering: Sendable {
    let items: [Int32]
    let endsRun: [Bool]

    init(_ values: [Double]) {
      let sorted = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
      items = sorted.map { Int32($0) }
      endsRun = sorted.indices.map {
        $0 + 1 == sorted.count || values[sorted[$0]] != values[sorted[$0 + 1]]
      }
    }

    func ranks(_ weights: UnsafeBufferPointer<Double>, into ranks: UnsafeMutablePointer<Double>) {
      var below = 0.0
      var start = 0
      for end in items.indices where endsRun[end] {
        var tied = 0.0
        for place in start...end { tied += weights[Int(items[place])] }
        for place in start...end { ranks[Int(items[place])] = below + 0.5 * tied }
        below += tied
        start = end + 1
      }
    }
  }
}
