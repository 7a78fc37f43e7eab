import Foundation
import ProbeMath
import Testing

@Suite struct CalibrationTests {
  /// Items whose events happen with probability `truth(p)` where p is said; pairs of items share their group.
  private func drawn(_ count: Int, seed: UInt64 = 1, _ truth: (Double) -> Double) -> Calibration {
    var stream = RandomStream(seed: seed, "calibration")
    let p = (0..<count).map { _ in stream.uniform() }
    return Calibration(probabilities: p, outcomes: p.map { stream.uniform() < truth($0) })
  }

  @Test func theErrorIsThatOfHand() {
    // Two bins of ten: said .2, came .5; said .8, came .7. ECE = ½ · .3 + ½ · .1.
    let calibration = Calibration(
      probabilities: [Double](repeating: 0.2, count: 10) + [Double](repeating: 0.8, count: 10),
      outcomes: (0..<10).map { $0 < 5 } + (0..<10).map { $0 < 7 })
    #expect(calibration.binCount == 2)
    #expect(abs(calibration.error - 0.2) < 1e-12)
    let bins = calibration.reliability(groups: Array(0..<20))
    #expect(bins.map { $0.count } == [10, 10])
    #expect(abs(bins[0].observed - 0.5) < 1e-12 && abs(bins[1].meanPredicted - 0.8) < 1e-12)
    #expect(bins[1].interval.contains(0.7))
    // √((.3² − .25/9 + .1² − .21/9) / 2): SE² of a share of ten items is o(1 − o)/9.
    let square: Double = (0.09 - 0.25 / 9 + 0.01 - 0.21 / 9) / 2
    let debiased = calibration.rootMeanSquaredError(groups: Array(0..<20)) ?? 0
    #expect(abs(debiased - square.squareRoot()) < 1e-12)
  }

  @Test func binsHoldTenItemsAndTiesStayTogether() {
    #expect(drawn(35) { $0 }.binCount == 3)
    #expect(drawn(400) { $0 }.binCount == 10)
    #expect(drawn(5) { $0 }.binCount == 1)
    let tied = Calibration(
      probabilities: [Double](repeating: 0.5, count: 30), outcomes: [Bool](repeating: true, count: 30))
    #expect(tied.binCount == 1 && abs(tied.error - 0.5) < 1e-12)
  }

  @Test func calibratedProbabilitiesShowTheExpectedBias() {
    let runs = (0..<200).map { drawn(300, seed: UInt64($0)) { $0 } }
    let mean = runs.reduce(0) { $0 + $1.error } / 200
    let expected = runs.reduce(0) { $0 + $1.expectedErrorIfCalibrated } / 200
    // ECE deviates by about 0.018 a run, 0.0013 in the mean of 200; the normal approximation of bins adds little.
    #expect(abs(mean - expected) < 0.006)
    #expect(mean > 0.04)
    // The debiased square averages to 0, so that its root is 0 in about half of the runs.
    let zeros = runs.count { $0.rootMeanSquaredError(groups: Array(0..<300)) == 0 }
    #expect((60...140).contains(zeros))
  }

  @Test func overconfidenceIsMeasured() throws {
    // Said p, true ½ + (p − ½)/2: E|p − truth| = E|p − ½|/2 = 1/8.
    let calibration = drawn(4000) { 0.5 + ($0 - 0.5) / 2 }
    #expect(abs(calibration.error - 0.125) < 0.025)
    // E (p − ½)²/4 = 1/48
    let debiased = try #require(calibration.rootMeanSquaredError(groups: Array(0..<4000)))
    #expect(abs(debiased - (1.0 / 48).squareRoot()) < 0.025)
    let bootstrap = ClusterBootstrap(
      groups: Array(0..<4000), replicates: 300, stream: RandomStream(seed: 2, "ece"))
    let interval = try #require(bootstrap.interval(of: calibration.statistic))
    #expect(interval.contains(0.125))
  }

  @Test func copiesOfItemsWidenTheShare() throws {
    let once = drawn(100) { $0 }
    let p = once.probabilities.flatMap { [$0, $0, $0] }
    let copies = Calibration(
      probabilities: p, outcomes: once.outcomes.flatMap { [$0, $0, $0] }.map { $0 == 1 })
    let single = once.reliability(groups: Array(0..<100))
    for (a, b) in zip(single, copies.reliability(groups: (0..<300).map { $0 / 3 })) {
      #expect(abs(a.observed - b.observed) < 1e-12 && b.count == 3 * a.count)
      // Clustered SE² has G/(G − 1) = 10/9 in both, but ten single items allow at most ten trials.
      #expect(abs(a.interval.lower - b.interval.lower) < 0.02)
    }
  }

  @Test func theTopLabelCountsAboveTwoClasses() {
    func logit(_ p: Float) -> Float { Float(log(Double(p) / (1 - Double(p)))) }
    let scores = Tensor(rows: [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]].map { $0.map { logit($0) } })
    let calibration = Calibration(Classification(labels: [0, 1], scores: scores))
    #expect(calibration.outcomes == [1, 0])
    #expect(zip(calibration.probabilities, [0.7, 0.6]).allSatisfy { abs($0 - $1) < 1e-6 })
    let two = Tensor(rows: [[0.7, 0.3], [0.4, 0.6]].map { $0.map { logit($0) } })
    let binary = Calibration(Classification(labels: [0, 1], scores: two))
    #expect(binary.outcomes == [0, 1])
    #expect(zip(binary.probabilities, [0.3, 0.6]).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
