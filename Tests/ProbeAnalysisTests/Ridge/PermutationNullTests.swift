import ProbeMath
import Testing

@testable import ProbeAnalysis

/// P(p ≤ α) ≤ α when labels have nothing to do with features: 1,000 seeded problems a design, three correlated points
/// each, 39 shuffles.
@Suite struct PermutationNullTests {
  private static let problems = 1000

  /// Shares of problems whose p reaches α, raw (first point) and of the best point.
  private func shares(
    _ problem: @Sendable (inout RandomStream) throws -> (test: PermutationTest, points: [Tensor])
  ) throws -> [(alpha: Double, raw: Double, best: Double)] {
    let results = try (0..<Self.problems).map { index in
      var stream = RandomStream(seed: 11, "null", "\(index)")
      let (test, points) = try problem(&stream)
      return PermutationTest.adjusted(try points.map { try test.scores($0) })
    }
    return [0.05, 0.1, 0.25].map { alpha in
      (
        alpha, Double(results.count { $0.raw[0] <= alpha }) / Double(Self.problems),
        Double(results.count { $0.best <= alpha }) / Double(Self.problems)
      )
    }
  }

  private func expectValid(_ shares: [(alpha: Double, raw: Double, best: Double)]) {
    for (alpha, raw, best) in shares {
      // Three standard errors above α; and not so far below that the test could never reject.
      let slack = 3 * (alpha * (1 - alpha) / Double(Self.problems)).squareRoot()
      #expect(raw <= alpha + slack, "raw at \(alpha)")
      #expect(best <= alpha + slack, "best at \(alpha)")
      #expect(raw >= alpha / 3 && best >= alpha / 3, "never rejects at \(alpha)")
    }
  }

  /// Three points that share half of their variance, `[items, 3]` each.
  private static func points(_ items: Int, _ stream: inout RandomStream, group: (Int) -> Int) -> [Tensor] {
    let cluster = normalFeatures(items, 3, &stream)
    let common = normalFeatures(items, 3, &stream)
    return (0..<3).map { _ in
      var own = normalFeatures(items, 3, &stream)
      // Items of a group are nearly copies of each other: what counts is the number of groups.
      for i in 0..<items { for j in 0..<3 { own[i, j] += common[i, j] + 4 * cluster[group(i), j] } }
      return own
    }
  }

  @Test func labelsWithinGroups() throws {
    try expectValid(
      shares { stream in
        let labels = (0..<12).flatMap { _ in stream.permutation(2) }
        let test = try PermutationTest(
          labels: labels, groups: (0..<24).map { "g\($0 / 2)" }, folds: (0..<24).map { $0 / 2 % 3 },
          foldCount: 3, permutations: 39, seed: stream.next())
        return (test, Self.points(24, &stream) { $0 / 2 })
      })
  }

  @Test func wholeGroupsOfUnequalSizeInFoldsBalancedByLabel() throws {
    try expectValid(
      shares { stream in
        // Groups of 1 and 3 items; folds dealt class by class, as a stratified split deals them.
        let label = stream.permutation(16).map { $0 % 2 }
        let groupOf = (0..<16).flatMap { [Int](repeating: $0, count: $0 % 2 == 0 ? 1 : 3) }
        let ranked = label.indices.sorted { (label[$0], $0) < (label[$1], $1) }
        var fold = [Int](repeating: 0, count: 16)
        for (rank, group) in ranked.enumerated() { fold[group] = rank % 4 }
        let test = try PermutationTest(
          labels: groupOf.map { label[$0] }, groups: groupOf.map { "g\($0)" },
          folds: groupOf.map { fold[$0] },
          foldCount: 4, permutations: 39, seed: stream.next())
        return (test, Self.points(groupOf.count, &stream) { groupOf[$0] })
      })
  }

  @Test func numbersOfWholeGroups() throws {
    try expectValid(
      shares { stream in
        let value = (0..<14).map { _ in stream.normal() }
        let test = try PermutationTest(
          values: (0..<28).map { value[$0 / 2] }, target: .number, groups: (0..<28).map { "g\($0 / 2)" },
          folds: (0..<28).map { $0 / 2 % 3 }, foldCount: 3, permutations: 39, seed: stream.next())
        return (test, Self.points(28, &stream) { $0 / 2 })
      })
  }
}
