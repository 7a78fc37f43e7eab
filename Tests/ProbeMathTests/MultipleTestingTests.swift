import ProbeMath
import Testing

@Suite struct MultipleTestingTests {
  let p = [0.01, 0.04, 0.03, 0.005, 0.8, 0.2]

  private func expect(_ found: [Double], _ expected: [Double]) {
    for (a, b) in zip(found, expected) { #expect(a.isNaN && b.isNaN || abs(a - b) < 1e-12) }
  }

  @Test func benjaminiHochbergAgreesWithSciPy() {
    expect(MultipleTesting.benjaminiHochberg.adjusted(p), [0.03, 0.06, 0.06, 0.03, 0.8, 0.24])
  }

  @Test func holmFollowsItsStepDownFormula() {
    // 6 · .005, 5 · .01, 4 · .03, max(.12, 3 · .04), 2 · .2, .8
    expect(MultipleTesting.holm.adjusted(p), [0.05, 0.12, 0.12, 0.03, 0.8, 0.4])
  }

  @Test func undefinedTestsAreLeftOutOfTheCount() {
    for method in MultipleTesting.allCases {
      expect(method.adjusted([.nan] + p), [.nan] + method.adjusted(p))
      #expect(method.adjusted([]).isEmpty)
    }
  }

  @Test func mcNemarAgreesWithSciPysBinomialTest() {
    // scipy.stats.binomtest(max(b, c), b + c).pvalue
    for (b, c, expected) in [
      (9, 2, 0.0654296875), (5, 5, 1), (0, 8, 0.0078125), (31, 17, 0.05946337525377034),
    ] {
      #expect(abs(McNemar(onlyFirst: b, onlySecond: c).p - expected) < 1e-12)
      #expect(McNemar(onlyFirst: c, onlySecond: b).p == McNemar(onlyFirst: b, onlySecond: c).p)
    }
    #expect(McNemar(onlyFirst: 0, onlySecond: 0).p == 1)
    let counted = McNemar(first: [true, true, false, false], second: [true, false, true, false])
    #expect(counted == McNemar(onlyFirst: 1, onlySecond: 1))
  }

  @Test func flippedSignsOfSingleItemsAreMcNemars() {
    let differences = [1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 0, 0].map { Double($0) }
    let test = PairedPermutation(
      differences: differences, groups: Array(differences.indices), stream: .init(seed: 1, "flip"))
    // A share of 2¹¹ against an incomplete beta function.
    #expect(abs(test.p - McNemar(onlyFirst: 9, onlySecond: 2).p) < 1e-12)
    #expect(test.patterns == 1 << 11)
    // The same differences drawn at random: a share of 0.065 of 9,999 has a standard error of 0.0025.
    let many = differences + [Double](repeating: 1e-12, count: 8)
    let drawn = PairedPermutation(
      differences: many, groups: Array(many.indices), stream: .init(seed: 1, "flip"))
    #expect(drawn.patterns == 10_000 && abs(drawn.p - test.p) < 0.0125)
  }

  @Test func groupsThatAgreeCountOnce() {
    // Nine items of one group say as much as one: no pattern of three groups is below p = 2/8.
    let differences = [Double](repeating: 1, count: 27)
    let groups = (0..<27).map { $0 / 9 }
    #expect(
      PairedPermutation(differences: differences, groups: groups, stream: .init(seed: 1, "x")).p == 0.25)
  }

  @Test func thePairedTestHoldsItsLevelForCorrelatedItems() {
    let rejected = concurrently(400) { run in
      var stream = RandomStream(seed: 4, "level", "\(run)")
      // 30 groups of 5 items that share most of their difference.
      let shared = (0..<30).map { _ in stream.normal() }
      let differences = (0..<150).map { shared[$0 / 5] + 0.3 * stream.normal() }
      let groups = (0..<150).map { $0 / 5 }
      return PairedPermutation(differences: differences, groups: groups, permutations: 199, stream: stream).p
        <= 0.05
    }.count { $0 }
    // Binomial(400, .05) has mean 20 and deviation 4.4.
    #expect(rejected <= 34 && rejected >= 8)
  }
}
