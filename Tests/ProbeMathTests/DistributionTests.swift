import ProbeMath
import Testing

@Suite struct DistributionTests {
  let goldens: StatisticsGoldens
  init() throws { goldens = try .load() }

  @Test func normalQuantilesAgreeWithSciPy() {
    // One Halley step from nine digits leaves rounding only.
    for row in goldens.normal_quantile {
      #expect(abs(normalQuantile(row[0]) - row[1]) <= 1e-12 * max(1, abs(row[1])))
    }
  }

  @Test func studentQuantilesAgreeWithSciPy() {
    // The continued fraction stops at 1e-15; bisection adds nothing to it.
    for row in goldens.student_quantile {
      #expect(abs(studentQuantile(row[0], degrees: row[1]) - row[2]) <= 1e-9 * max(1, abs(row[2])))
    }
  }

  @Test func binomialTailsAgreeWithSciPy() {
    for row in goldens.binomial_tail {
      let tail = binomialUpperTail(successes: Int(row[0]), trials: Int(row[1]), row[2])
      // Relative, since tails reach 1e-24; lgamma of numbers near 60 is good to about 1e-14.
      #expect(abs(tail - row[3]) <= 1e-10 * row[3])
    }
  }

  @Test func wilsonIntervalsAgreeWithSciPy() {
    for row in goldens.wilson {
      let interval = Interval.wilson(proportion: row[0] / row[1], trials: row[1])
      #expect(abs(interval.lower - row[2]) < 1e-12)
      #expect(abs(interval.upper - row[3]) < 1e-12)
    }
  }

  @Test(arguments: 1...200) func atTheEdgeAWilsonIntervalEndsThere(trials: Int) {
    #expect(Interval.wilson(proportion: 0, trials: Double(trials)).lower == 0)
    #expect(Interval.wilson(proportion: 1, trials: Double(trials)).upper == 1)
  }
}
