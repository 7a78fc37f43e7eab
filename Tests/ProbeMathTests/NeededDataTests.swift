import Foundation
import ProbeMath
import Testing

@Suite struct NeededDataTests {
  private let interval = Interval(estimate: 0.7, lower: 0.6, upper: 0.78, level: 0.95, method: .bca)

  @Test func groupsGrowWithTheSquareOfTheDistance() throws {
    // The lower bound is 0.1 away and must come to 0.05: four times the groups.
    let needed = try #require(RequiredGroups(interval, threshold: 0.65, side: .above, groups: 50, items: 200))
    #expect(abs(needed.groups - 200) <= 1 && abs(needed.items - 800) <= 4 && !needed.isSettled)
    // The upper bound is 0.08 away and must come to 0.16 at most: it is there already.
    let below = try #require(RequiredGroups(interval, threshold: 0.86, side: .below, groups: 50, items: 200))
    #expect(below.isSettled && below.groups == 50 && below.items == 200)
  }

  @Test func noDataMoveAnEstimateOnTheWrongSide() {
    #expect(RequiredGroups(interval, threshold: 0.75, side: .above, groups: 50, items: 200) == nil)
    #expect(RequiredGroups(interval, threshold: 0.7, side: .above, groups: 50, items: 200) == nil)
    #expect(RequiredGroups.either(interval, threshold: 0.7, groups: 50, items: 200) == nil)
    #expect(RequiredGroups.either(interval, threshold: 0.75, groups: 50, items: 200)?.side == .below)
    #expect(RequiredGroups(interval, threshold: 0.7 - 1e-9, side: .above, groups: 50, items: 200) == nil)
    let unknown = Interval(estimate: nil, lower: 0.6, upper: 0.8, level: 0.95, method: .bca)
    #expect(RequiredGroups.either(unknown, threshold: 0.7, groups: 50, items: 200) == nil)
  }

  @Test func thePlannedGroupsWouldSettleIt() throws {
    // Wilson's bound of a proportion at the planned number of trials is near the threshold.
    let now = Interval.wilson(proportion: 0.7, trials: 60)
    let needed = try #require(RequiredGroups.either(now, threshold: 0.62, groups: 60, items: 60))
    let then = Interval.wilson(proportion: 0.7, trials: Double(needed.groups))
    #expect(abs(then.lower - 0.62) < 0.01)
  }

  // MARK: Learning curves

  private func points(_ error: (Double) -> Double) -> [LearningCurveFit.Point] {
    [50, 100, 200, 400, 800].map { .init(items: $0, error: error($0), standardError: 0.01) }
  }

  @Test func aPowerLawIsFoundAgain() throws {
    let fit = try #require(LearningCurveFit(points { 0.1 + 3 * pow($0, -0.6) }))
    #expect(abs(fit.floor - 0.1) < 1e-3 && abs(fit.scale - 3) < 0.05 && abs(fit.rate - 0.6) < 1e-2)
    #expect(fit.objection == nil)
    // (3 / 0.02)^(1/0.6)
    let needed = try #require(fit.items(forError: 0.12))
    let expected = pow(150, 1 / 0.6)
    #expect(abs(needed / expected - 1) < 0.1)
    #expect(fit.items(forError: 0.09) == nil)
  }

  @Test func theFitIsTheBestOnAFineGrid() throws {
    var stream = RandomStream(seed: 8, "curve")
    for _ in 0..<5 {
      let noisy = points { 0.2 + 2 * pow($0, -0.5) + 0.02 * stream.normal() }
      let fit = try #require(LearningCurveFit(noisy))
      var best = Double.infinity
      for a in stride(from: 0.0, through: 0.4, by: 0.01) {
        for c in stride(from: 0.05, through: 3, by: 0.05) {
          // The best b ≥ 0 of this a and c.
          let powers = noisy.map { pow($0.items, -c) }
          let xy = zip(powers, noisy).reduce(0) { $0 + $1.0 * ($1.1.error - a) }
          let b = max(0, xy / powers.reduce(0) { $0 + $1 * $1 })
          let deviance = zip(powers, noisy).reduce(0.0) {
            $0 + pow(($1.1.error - a - b * $1.0) / 0.01, 2)
          }
          best = min(best, deviance)
        }
      }
      #expect(fit.deviance <= best + 1e-6)
      #expect(fit.floor >= 0 && fit.scale >= 0)
    }
  }

  @Test func curvesThatMustNotBeExtrapolatedSayWhy() throws {
    let few = try #require(LearningCurveFit(Array(points { 1 / $0 }.prefix(3))))
    #expect(few.objection == .fewPoints)
    let flat = try #require(LearningCurveFit(points { _ in 0.3 }))
    #expect(flat.objection == .notDecreasing)
    #expect(LearningCurveFit(Array(points { 1 / $0 }.prefix(2))) == nil)
    #expect(LearningCurveFit(points { _ in .nan }) == nil)
  }

  @Test func resampledCurvesBoundTheNeed() throws {
    var stream = RandomStream(seed: 9, "curves")
    let truth = points { 0.1 + 3 * pow($0, -0.6) }
    let fit = try #require(LearningCurveFit(truth))
    let replicates = (0..<100).map { _ in truth.map { $0.error + 0.005 * stream.normal() } }
    // Inside the measured sizes the curve is well determined: (3 / 0.05)^(1/0.6) = 920 items.
    let range = try #require(fit.itemsRange(forError: 0.15, replicates: replicates))
    let lower = try #require(range.lower)
    #expect(lower < 920 && lower > 500)
    #expect(range.upper.map { $0 > 920 } ?? true)
    // Far below the floor nothing reaches it.
    let never = try #require(fit.itemsRange(forError: -0.1, replicates: replicates))
    #expect(never.lower == nil && never.upper == nil)
  }

  // MARK: Code length

  @Test func codeLengthIsTheSumOfItsBlocks() {
    // 4 items at log2(4) bits, then p = ½ twice and ¼ once: 8 + 1 + 1 + 2.
    let bits = CodeLength.bits(
      firstBlock: 4, logProbabilities: [[log(0.5), log(0.5)], [log(0.25)]], classCount: 4)
    #expect(abs(bits - 12) < 1e-12)
    // Shares ½, ¼, ¼ of eight items: 1.5 bits an item.
    let length = CodeLength(orders: [12, 4], classCounts: [4, 2, 2, 0])
    #expect(length.bits == 8 && abs(length.entropyBits - 12) < 1e-12 && length.bitsPerItem == 1)
    #expect(abs((length.compression ?? 0) - 1.5) < 1e-12)
  }
}
