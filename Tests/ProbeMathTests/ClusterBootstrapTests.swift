import ProbeMath
import Testing

@Suite struct ClusterBootstrapTests {
  /// Accuracy of a fixed probe on fresh groups: each group draws its own rate from a beta distribution with mean
  /// `accuracy` and intra-group correlation 1/(1 + `concentration`), then its items.
  private func coverage(
    groups groupCount: Int, accuracy: Double, concentration: Int, sizes: ClosedRange<Int>, runs: Int = 1000
  ) -> Double {
    let covered = concurrently(runs) { run in
      var stream = RandomStream(seed: 11, "coverage", "\(groupCount)", "\(accuracy)", "\(run)")
      var groups: [Int] = []
      var correct: [Double] = []
      for group in 0..<groupCount {
        // A beta variate with whole parameters is an order statistic of uniforms.
        let a = Int((accuracy * Double(concentration)).rounded())
        let uniforms = (0..<concentration - 1).map { _ in stream.uniform() }.sorted()
        let rate = uniforms[a - 1]
        for _ in 0..<sizes.lowerBound + stream.index(below: sizes.count) {
          groups.append(group)
          correct.append(stream.uniform() < rate ? 1 : 0)
        }
      }
      let bootstrap = ClusterBootstrap(groups: groups, replicates: 500, stream: stream)
      let interval = bootstrap.interval(of: WeightedMean(correct, range: .unit))
      return interval?.contains(accuracy) ?? false
    }
    return Double(covered.count(where: { $0 })) / Double(runs)
  }

  // 1,000 runs have a standard error of 0.7 points, so that a true 95% shows as 93.6–96.4; what the bands add is
  // the error of the methods themselves at these numbers of groups.

  @Test func sixtyGroupsAreCovered() {
    #expect((0.93...0.97).contains(coverage(groups: 60, accuracy: 0.7, concentration: 10, sizes: 2...4)))
    #expect((0.93...0.97).contains(coverage(groups: 60, accuracy: 0.5, concentration: 4, sizes: 2...2)))
  }

  @Test func twentyFiveGroupsAreCovered() {
    #expect((0.93...0.97).contains(coverage(groups: 25, accuracy: 0.7, concentration: 10, sizes: 2...12)))
    // At 0.9 few groups err at all: the logit scale then errs on the wide side, by up to two points.
    #expect((0.93...0.985).contains(coverage(groups: 25, accuracy: 0.9, concentration: 10, sizes: 2...12)))
  }

  @Test func itemwiseResamplingWouldNotCover() {
    // The control of the tests above: ignoring groups of ten that nearly agree, the interval must be too narrow.
    var misses = 0
    for run in 0..<200 {
      var stream = RandomStream(seed: 5, "iid", "\(run)")
      let rates = (0..<60).map { _ in stream.uniform() }
      let correct = rates.flatMap { rate in (0..<10).map { _ in stream.uniform() < rate ? 1.0 : 0.0 } }
      let bootstrap = ClusterBootstrap(groups: Array(correct.indices), replicates: 200, stream: stream)
      let interval = bootstrap.interval(of: WeightedMean(correct, range: .unit), method: .percentile)
      if interval?.contains(0.5) == false { misses += 1 }
    }
    // Design effect 1 + 9/3 = 4: the interval has half the width it needs, and misses 33% of the time.
    #expect(misses > 40)
  }

  @Test func bcaAgreesWithSciPy() throws {
    for golden in try StatisticsGoldens.load().bca {
      let groups = Array(golden.values.indices)
      let bootstrap = ClusterBootstrap(groups: groups, replicates: 20_000, stream: .init(seed: 1, "bca"))
      let interval = try #require(bootstrap.interval(of: WeightedMean(golden.values)))
      #expect(interval.method == .bca)
      // Monte Carlo error of a 2.5% tail from 20,000 draws: about 2% of the interval's width.
      let slack = 0.02 * (golden.upper - golden.lower)
      #expect(abs(interval.lower - golden.lower) < slack)
      #expect(abs(interval.upper - golden.upper) < slack)
    }
  }

  @Test func percentileMatchesItsClosedForm() throws {
    // Sums of 400 groups: the bootstrap's spread is the population standard deviation over √400.
    var stream = RandomStream(seed: 2, "normal")
    let values = (0..<400).map { _ in stream.normal() }
    let mean = values.reduce(0, +) / 400
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400 / 400).squareRoot()
    let bootstrap = ClusterBootstrap(groups: Array(0..<400), replicates: 20_000, stream: stream)
    let interval = try #require(bootstrap.interval(of: WeightedMean(values), method: .percentile))
    #expect(abs(interval.lower - (mean - 1.96 * error)) < 0.05 * error)
    #expect(abs(interval.upper - (mean + 1.96 * error)) < 0.05 * error)
  }

  @Test func clusterTMatchesTheOneSampleInterval() throws {
    // Ten groups of one item each: the jackknife's error is s/√n, so this is Student's interval (1908).
    let values = [1.0, 2, 4, 7, 3, 3, 8, 1, 5, 6]
    let bootstrap = ClusterBootstrap(groups: Array(0..<10), replicates: 10, stream: .init(seed: 1))
    let interval = try #require(bootstrap.interval(of: WeightedMean(values)))
    let error = (values.reduce(0) { $0 + ($1 - 4) * ($1 - 4) } / 9 / 10).squareRoot()
    #expect(interval.method == .clusterT)
    #expect(abs(interval.lower - (4 - 2.262157163 * error)) < 1e-8)
    #expect(abs(interval.upper - (4 + 2.262157163 * error)) < 1e-8)
  }

  @Test func perfectScoresGetWilsonOnEffectiveClusters() throws {
    // Sizes 1, 1, 4: (6)² / 18 = 2 effective clusters, not 6 items.
    let bootstrap = ClusterBootstrap(groups: [0, 1, 2, 2, 2, 2], stream: .init(seed: 1))
    let interval = try #require(bootstrap.interval(of: WeightedMean([1, 1, 1, 1, 1, 1], range: .unit)))
    #expect(interval == .wilson(proportion: 1, trials: 2))
    // One class sits in a single group: however many items, one trial.
    let auroc = AUROC(scores: [1, 1, 0, 0, 0, 0], positive: [true, true, false, false, false, false])
    #expect(bootstrap.effectiveClusters(strata: auroc.strata) == 1)
  }

  @Test func aSingleGroupHasNoInterval() {
    let bootstrap = ClusterBootstrap(groups: [3, 3, 3], stream: .init(seed: 1))
    #expect(bootstrap.interval(of: WeightedMean([1, 0, 1], range: .unit)) == nil)
  }

  @Test func identicalPredictionsDifferByNothingWithinBounds() throws {
    let mean = WeightedMean((0..<50).map { Double($0 % 2) }, range: .unit)
    let bootstrap = ClusterBootstrap(groups: Array(0..<50), stream: .init(seed: 1))
    let interval = try #require(bootstrap.interval(of: PairedDifference(mean, minus: mean)))
    #expect(interval.estimate == 0)
    #expect(interval.lower == -interval.upper)
    #expect(abs(interval.upper - Interval.wilson(proportion: 0, trials: 50).upper) < 1e-15)
  }

  @Test func pairingNarrowsTheDifferenceOfLikeMinds() throws {
    var stream = RandomStream(seed: 8, "paired")
    let a = (0..<200).map { _ in stream.uniform() < 0.7 ? 1.0 : 0.0 }
    let b = a.map { stream.uniform() < 0.05 ? 1 - $0 : $0 }
    let bootstrap = ClusterBootstrap(groups: (0..<200).map { $0 / 2 }, stream: stream)
    let (left, right) = (WeightedMean(a, range: .unit), WeightedMean(b, range: .unit))
    let paired = try #require(bootstrap.interval(of: PairedDifference(left, minus: right)))
    let alone = try #require(bootstrap.interval(of: left))
    // Disagreement on 5% of items: variance about 0.05 against 0.21 for either alone.
    #expect(paired.upper - paired.lower < 0.7 * (alone.upper - alone.lower))
  }

  @Test func sameSeedGivesTheSameBits() {
    let mean = WeightedMean((0..<90).map { Double($0 % 3 == 0 ? 1 : 0) }, range: .unit)
    let groups = (0..<90).map { $0 / 2 }
    let a = ClusterBootstrap(groups: groups, stream: .init(seed: 4, "x"))
    let b = ClusterBootstrap(groups: groups, stream: .init(seed: 4, "x"))
    let c = ClusterBootstrap(groups: groups, stream: .init(seed: 5, "x"))
    #expect(a.distributions(of: [mean]) == b.distributions(of: [mean]))
    #expect(a.distributions(of: [mean]) != c.distributions(of: [mean]))
  }
}
