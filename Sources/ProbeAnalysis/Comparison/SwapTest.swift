import ProbeMath

/// A two-sided test of no difference between two read-outs of the same items that exchanges them group by group.
///
/// If the sides do not differ, what A and B said about a group could as well have been said the other way round. The
/// observed difference is compared with those after exchanging a random half of the groups (all 2^G exchanges where
/// that is no more than ``mostExact``): p = #{|D*| ≥ |D|} / 2^G, else (1 + #{|D*| ≥ |D|}) / (1 + R). For a mean, this is
/// the sign-flip test on the groups' sums. Items of one group move together, so their dependence is kept.
///
/// Scores of two models are not on one scale: for AUROC, exchange ranks within each side (Bandos, Rockette & Gur,
/// Statistics in Medicine 24 (2005) 2873–2893).
struct SwapTest: Sendable {
  /// Most exchanges that are gone through one by one: those of 13 groups.
  static let mostExact = 1 << 13

  /// The p-value; nil where the difference is undefined.
  let p: Double?
  /// Whether all exchanges were gone through.
  let isExact: Bool

  /// - Parameters:
  ///   - statistic: over twice the items, A's first.
  ///   - groups: group of each item, from 0 below `groupCount`.
  ///   - resamples: random exchanges where there are too many to go through.
  init(
    _ statistic: any ItemStatistic, groups: [Int], groupCount: Int, resamples: Int, stream: RandomStream
  ) {
    precondition(
      statistic.itemCount == 2 * groups.count,
      "SwapTest: a statistic of \(statistic.itemCount) for \(groups.count) items")
    precondition(resamples > 0, "SwapTest: \(resamples) resamples")
    var difference = SwappedDifference(statistic, groups: groups, groupCount: groupCount)
    var swapped = [Bool](repeating: false, count: groupCount)
    let observed = difference.value(swapped)
    isExact = groupCount < 63 && 1 << groupCount <= Self.mostExact
    guard !observed.isNaN else {
      p = nil
      return
    }
    // Sums of the same terms in another order differ in the last bits: a tie must stay one.
    let least = abs(observed) - 1e-12 * max(1, abs(observed))
    var extreme = 0
    if isExact {
      for code in 0..<(1 << groupCount) {
        for group in 0..<groupCount { swapped[group] = code >> group & 1 == 1 }
        if abs(difference.value(swapped)) >= least { extreme += 1 }
      }
      p = Double(extreme) / Double(1 << groupCount)
    } else {
      var stream = stream
      for _ in 0..<resamples {
        var bits: UInt64 = 0
        for group in 0..<groupCount {
          if group % 64 == 0 { bits = stream.next() }
          swapped[group] = bits & 1 == 1
          bits >>= 1
        }
        if abs(difference.value(swapped)) >= least { extreme += 1 }
      }
      p = Double(1 + extreme) / Double(1 + resamples)
    }
  }
}

/// The statistic of one side minus that of the other, after some groups were exchanged.
private struct SwappedDifference {
  private let statistic: any ItemStatistic
  private let groups: [Int]
  private var weights: [Double]
  private var sums: GroupSums?

  init(_ statistic: any ItemStatistic, groups: [Int], groupCount: Int) {
    (self.statistic, self.groups) = (statistic, groups)
    weights = [Double](repeating: 0, count: statistic.itemCount)
    sums = (statistic as? any AdditiveStatistic).map {
      GroupSums($0, groups: groups, groupCount: groupCount)
    }
  }

  mutating func value(_ swapped: [Bool]) -> Double {
    if sums != nil { return sums?.difference(swapped) ?? .nan }
    let first = side(swapped, isSecond: false)
    return first - side(swapped, isSecond: true)
  }

  private mutating func side(_ swapped: [Bool], isSecond: Bool) -> Double {
    for (item, group) in groups.enumerated() {
      let takesB = swapped[group] != isSecond
      weights[item] = takesB ? 0 : 1
      weights[groups.count + item] = takesB ? 1 : 0
    }
    return weights.withUnsafeBufferPointer { statistic.value(weights: $0) }
  }
}

/// Each group's terms on either side, added up once: an exchange then costs a pass over groups.
private struct GroupSums {
  private let statistic: any AdditiveStatistic
  private let terms: Int
  /// `[side][group][term]`.
  private var totals: [Double]
  private let groupCount: Int
  private var sums: [Double]

  init(_ statistic: any AdditiveStatistic, groups: [Int], groupCount: Int) {
    (self.statistic, self.groupCount) = (statistic, groupCount)
    let terms = statistic.termCount
    self.terms = terms
    totals = [Double](repeating: 0, count: 2 * groupCount * terms)
    sums = [Double](repeating: 0, count: terms)
    totals.withUnsafeMutableBufferPointer { totals in
      guard let base = totals.baseAddress else { return }
      for (item, group) in groups.enumerated() {
        statistic.add(item, weight: 1, to: base + group * terms)
        statistic.add(groups.count + item, weight: 1, to: base + (groupCount + group) * terms)
      }
    }
  }

  mutating func difference(_ swapped: [Bool]) -> Double {
    let first = side(swapped, isSecond: false)
    return first - side(swapped, isSecond: true)
  }

  private mutating func side(_ swapped: [Bool], isSecond: Bool) -> Double {
    for term in 0..<terms { sums[term] = 0 }
    for group in 0..<groupCount {
      let base = ((swapped[group] != isSecond ? groupCount : 0) + group) * terms
      for term in 0..<terms { sums[term] += totals[base + term] }
    }
    return sums.withUnsafeBufferPointer { sums in
      sums.baseAddress.map { statistic.value(sums: $0) } ?? .nan
    }
  }
}
