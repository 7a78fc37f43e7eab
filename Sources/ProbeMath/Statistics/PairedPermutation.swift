/// Whether a paired difference has mean zero, for items in groups: signs of whole groups are flipped.
///
/// Under the null the two sides are interchangeable within every group, so each group's summed difference D_g is as
/// likely to have come out with the other sign. T = |Σ_g D_g| is compared with its values under flipped signs:
///
/// - up to ``exactGroups`` groups with D_g ≠ 0: all 2^G sign patterns, p = share with T* ≥ T (the observed one is
///   among them);
/// - more: B random patterns, p = (1 + #{T* ≥ T}) / (1 + B).
///
/// With one item a group and differences of right and wrong, the exact test is McNemar's. It assumes nothing of the
/// items within a group. Reference: Pitman, JRSS Supplement 4 (1937) 119–130.
public struct PairedPermutation: Sendable, Codable, Equatable {
  /// Most groups whose sign patterns are all visited.
  public static let exactGroups = 14

  /// The mean difference per item, first − second.
  public let difference: Double
  /// The two-sided p-value; 1 when no group differs.
  public let p: Double
  /// Number of sign patterns compared, the observed one included.
  public let patterns: Int

  /// Tests `differences` (first − second, such as 1, 0, −1 for right and wrong), one per item.
  ///
  /// - Parameter groups: the group of each item, any labels.
  public init<Group: Hashable>(
    differences: [Double], groups: [Group], permutations: Int = 9999, stream: RandomStream
  ) {
    precondition(
      differences.count == groups.count && !differences.isEmpty,
      "PairedPermutation: \(differences.count) differences, \(groups.count) groups")
    precondition(differences.allSatisfy { $0.isFinite }, "PairedPermutation: a difference is not finite")
    precondition(permutations > 0, "PairedPermutation: \(permutations) permutations")
    let sums = groupTotals(of: differences, groups: groups).totals.filter { $0 != 0 }
    let total = sums.reduce(0, +)
    difference = total / Double(differences.count)
    // Sums in another order differ in their last bits; equal ones must count as reached.
    let threshold = abs(total) - 1e-9 * sums.reduce(0) { $0 + abs($1) }
    var reached = 0
    if sums.count <= Self.exactGroups {
      patterns = 1 << sums.count
      for pattern in 0..<patterns {
        var flipped = 0.0
        for (group, sum) in sums.enumerated() { flipped += pattern >> group & 1 == 1 ? -sum : sum }
        if abs(flipped) >= threshold { reached += 1 }
      }
    } else {
      patterns = permutations + 1
      reached = 1
      var stream = stream
      for _ in 0..<permutations where abs(Self.flipped(sums, &stream)) >= threshold { reached += 1 }
    }
    p = Double(reached) / Double(patterns)
  }

  /// The sum under random signs, 64 groups a draw.
  private static func flipped(_ sums: [Double], _ stream: inout RandomStream) -> Double {
    var flipped = 0.0
    var bits: UInt64 = 0
    for (group, sum) in sums.enumerated() {
      if group % 64 == 0 { bits = stream.next() }
      flipped += bits & 1 == 1 ? -sum : sum
      bits >>= 1
    }
    return flipped
  }
}
