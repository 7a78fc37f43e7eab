import ProbeMath
import Testing

/// The mean of statistics as one statistic.
@Suite struct MeanStatisticTests {
  private func values(_ name: String) -> [Double] {
    var stream = RandomStream(seed: 1, name)
    return (0..<60).map { _ in stream.uniform() }
  }

  /// The mean of two weighted means is the weighted mean of the means, under every resample.
  @Test func theIntervalOfMeansIsThatOfTheMean() throws {
    let (a, b) = (values("a"), values("b"))
    for groupCount in [12, 60] {
      let bootstrap = ClusterBootstrap(
        groups: (0..<60).map { $0 % groupCount }, replicates: 500, stream: RandomStream(seed: 2, "bootstrap"))
      let parts = [WeightedMean(a, range: .unit), WeightedMean(b, range: .unit)]
      let mean = MeanStatistic(parts)
      let whole = WeightedMean(zip(a, b).map { ($0 + $1) / 2 }, range: .unit)
      // Double-precision sums in another order.
      #expect(abs(mean.value() - whole.value()) < 1e-12)
      let (found, expected) = (
        try #require(bootstrap.interval(of: mean)), try #require(bootstrap.interval(of: whole))
      )
      #expect(abs(found.lower - expected.lower) < 1e-9 && abs(found.upper - expected.upper) < 1e-9)
    }
  }

  @Test func anUndefinedPartMakesTheMeanUndefined() {
    let mean = MeanStatistic([WeightedMean([1, 2]), WeightedMean([3, 4])])
    #expect(mean.value(weights: [1, 1]) == 2.5)
    #expect(mean.value(weights: [0, 0]).isNaN)
  }
}
