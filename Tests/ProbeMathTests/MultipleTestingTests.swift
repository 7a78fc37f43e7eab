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
}
