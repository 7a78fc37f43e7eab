import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct PermutationTestTests {
  @Test func statisticsAreThoseOfADirectRefit() throws {
    // Tall and wide; two classes by AUROC, three and numbers by R².
    for (items, width) in [(48, 5), (20, 30)] {
      var stream = RandomStream(seed: 1, "direct")
      let x = normalFeatures(items, width, &stream)
      let groups = (0..<items).map { "g\($0 / 4)" }
      let folds = (0..<items).map { $0 / 4 % 3 }
      for classes in [2, 3] {
        let labels = (0..<items).map { $0 % classes }
        let test = try PermutationTest(
          labels: labels, groups: groups, folds: folds, foldCount: 3, permutations: 5, seed: 9)
        let scores = try test.scores(x)
        for b in 0..<3 {
          let shuffled = Self.shuffled(test, b).map { labels[$0] }
          #expect(b == 0 ? shuffled == labels : shuffled != labels)
          let slow =
            classes == 2
            ? Self.area(x, shuffled.map { $0 == 1 }, folds, 3, scores.strength)
            : Self.r2(
              x, (0..<3).map { c in shuffled.map { $0 == c ? 1 : 0 } }, folds, 3, scores.strength)
          let fast = b == 0 ? scores.observed : scores.null[b - 1]
          #expect(abs(fast - slow) < 2e-4, "\(items) × \(width), \(classes) classes, shuffle \(b)")
        }
      }
      let numbers = (0..<items).map { _ in 1990 + stream.normal() }
      let test = try PermutationTest(
        values: numbers, target: .number, groups: groups, folds: folds, foldCount: 3, permutations: 5, seed: 9
      )
      let scores = try test.scores(x)
      for b in 0..<3 {
        let slow = Self.r2(x, [Self.shuffled(test, b).map { numbers[$0] }], folds, 3, scores.strength)
        #expect(abs((b == 0 ? scores.observed : scores.null[b - 1]) - slow) < 2e-4)
      }
    }
  }

  @Test func aPlantedSignalReachesTheSmallestP() throws {
    var stream = RandomStream(seed: 2, "planted")
    var x = normalFeatures(120, 6, &stream)
    for i in 0..<120 { x[i, 2] += i % 2 == 1 ? 3 : -3 }
    let test = try PermutationTest(
      labels: (0..<120).map { $0 % 2 }, groups: (0..<120).map { "g\($0 / 2)" },
      folds: (0..<120).map { $0 / 2 % 5 }, foldCount: 5, permutations: 199, seed: 1)
    let noise = normalFeatures(120, 6, &stream)
    let result = PermutationTest.adjusted([try test.scores(noise), try test.scores(x)])
    #expect(result.raw[1] == 0.005)
    #expect(result.adjusted[1] == 0.005)
    #expect(result.best == 0.005)
    #expect(result.bestPoint == 1)
    #expect(result.raw[0] > 0.02)
  }

  @Test func theMaximumOverPointsCorrects() {
    func point(_ observed: Double, _ null: [Double]) -> PointScores {
      PointScores(statistic: .auroc, observed: observed, null: null, strength: 1, degreesOfFreedom: 1)
    }
    // Maxima of the shuffles: 0.8, 0.6, 0.9.
    let result = PermutationTest.adjusted([point(0.7, [0.5, 0.6, 0.9]), point(0.85, [0.8, 0.4, 0.5])])
    #expect(result.raw == [0.5, 0.25])
    #expect(result.adjusted == [0.75, 0.5])
    #expect(result.bestPoint == 1)
    #expect(result.best == 0.5)
  }

  @Test func shufflesKeepToTheDesign() throws {
    var stream = RandomStream(seed: 3, "designs")
    let groups = (0..<30).map { "g\($0 / 3)" }
    let folds = (0..<30).map { $0 / 3 % 2 }
    let within = try PermutationTest(
      labels: (0..<30).map { $0 % 3 == 0 ? 1 : 0 }, groups: groups, folds: folds, foldCount: 2,
      permutations: 20, seed: 1)
    #expect(within.scheme == .withinGroups)
    for b in 0...20 {
      let sources = Self.shuffled(within, b)
      #expect(sources.sorted() == Array(0..<30))
      #expect(sources.enumerated().allSatisfy { groups[$0.offset] == groups[$0.element] })
    }
    let constant = (0..<10).map { _ in stream.normal() }
    let whole = try PermutationTest(
      values: (0..<30).map { constant[$0 / 3] }, target: .number, groups: groups, folds: folds, foldCount: 2,
      permutations: 20, seed: 1)
    #expect(whole.scheme == .wholeGroups)
    var crossed = false
    for b in 1...20 {
      let sources = Self.shuffled(whole, b)
      for g in 0..<10 { #expect(Set(sources[3 * g..<3 * g + 3].map { $0 / 3 }).count == 1) }
      crossed = crossed || sources.enumerated().contains { folds[$0.offset] != folds[$0.element] }
    }
    #expect(crossed)
  }

  @Test func itemsOutsideTheFoldsTakeNoPart() throws {
    var stream = RandomStream(seed: 4, "outside")
    let x = normalFeatures(60, 4, &stream)
    let labels = (0..<60).map { $0 % 2 }
    let groups = (0..<60).map { "g\($0 / 2)" }
    let folds = (0..<60).map { $0 < 40 ? $0 / 2 % 2 : -1 }
    let all = try PermutationTest(
      labels: labels, groups: groups, folds: folds, foldCount: 2, permutations: 9, seed: 1)
    let alone = try PermutationTest(
      labels: Array(labels[..<40]), groups: Array(groups[..<40]), folds: Array(folds[..<40]), foldCount: 2,
      permutations: 9, seed: 1)
    #expect(try all.scores(x) == alone.scores(x.selecting(rows: Array(0..<40))))
  }

  @Test func aMixedDesignOneLabelAndANaNAreRefused() throws {
    let groups = (0..<20).map { "g\($0 / 2)" }
    let folds = (0..<20).map { $0 / 2 % 2 }
    var labels = (0..<20).map { $0 % 2 }
    let mixed = #expect(throws: StudyError.self) {
      _ = try PermutationTest(
        values: labels.enumerated().map { $0.offset == 6 ? 1 : Double($0.element) }, target: .number,
        groups: groups, folds: folds, foldCount: 2, seed: 1)
    }
    #expect(mixed?.reason == .mixedDesign)
    #expect(mixed?.location == "group \"g3\"")
    #expect(mixed?.description.contains("vary inside 9 of 10 groups") == true)
    let test = try PermutationTest(
      labels: labels, groups: groups, folds: folds, foldCount: 2, permutations: 9, seed: 1)
    var x = Tensor([20, 3], repeating: 1)
    x[7, 2] = .nan
    let broken = #expect(throws: StudyError.self) { _ = try test.scores(x) }
    #expect(broken?.location == "item 7, feature 2")
    labels = [Int](repeating: 1, count: 20)
    let single = #expect(throws: StudyError.self) {
      _ = try PermutationTest(labels: labels, groups: groups, folds: folds, foldCount: 2, seed: 1)
    }
    #expect(single?.reason == .oneClass)
    #expect(single?.description.hasPrefix("All 20 items of the folds have the same label") == true)
  }

  @Test func featuresThatDoNotVarySayNothing() throws {
    let test = try PermutationTest(
      labels: (0..<20).map { $0 % 2 }, groups: (0..<20).map { "g\($0 / 2)" },
      folds: (0..<20).map { $0 / 2 % 2 }, foldCount: 2, permutations: 9, seed: 1)
    let scores = try test.scores(Tensor([20, 3], repeating: 5))
    #expect(scores.observed == 0.5)
    #expect(PermutationTest.adjusted([scores]).raw == [1])
  }

  @Test func areasAgreeWithCountingPairs() {
    var stream = RandomStream(seed: 5, "areas")
    for count in [7, 40, 900] {
      var area = RankedArea(items: 1000)
      // Quarters between −2 and 2: many ties, both zeros.
      let scores = (0..<count).map { _ in Float(stream.index(below: 17)) / 4 - 2 }
      let positive = (0..<count).map { _ in stream.index(below: 3) == 0 }
      let found = area.area(scores.map { $0 == 0 && stream.index(below: 2) == 0 ? -0.0 : $0 }, count: count) {
        positive[$0]
      }
      let slow = SlowRidge.area(scores.map { Double($0) }, positive)
      #expect(abs((found ?? -1) - (slow ?? -2)) < 1e-12)
      #expect(area.area(scores, count: count) { _ in true } == nil)
    }
  }

  // MARK: - Slow references

  /// Where each item's label comes from in shuffle b, by item.
  private static func shuffled(_ test: PermutationTest, _ b: Int) -> [Int] {
    test.placeOf.map { test.items[Int(test.sources[Int($0) * test.columns + b])] }
  }

  private static func area(
    _ x: Tensor, _ positive: [Bool], _ folds: [Int], _ foldCount: Int, _ strength: Double
  ) -> Double {
    let areas = (0..<foldCount).compactMap { fold -> Double? in
      let slow = SlowRidge(
        x, positive.map { $0 ? 1 : -1 }, rows: folds.indices.filter { folds[$0] != fold }, strength: strength)
      let held = folds.indices.filter { folds[$0] == fold }
      return SlowRidge.area(held.map { slow.predict(x, $0) }, held.map { positive[$0] })
    }
    return areas.reduce(0, +) / Double(areas.count)
  }

  private static func r2(
    _ x: Tensor, _ columns: [[Double]], _ folds: [Int], _ foldCount: Int, _ strength: Double
  ) -> Double {
    var (residuals, total) = (0.0, 0.0)
    for fold in 0..<foldCount {
      let held = folds.indices.filter { folds[$0] == fold }
      for y in columns {
        let slow = SlowRidge(x, y, rows: folds.indices.filter { folds[$0] != fold }, strength: strength)
        let errors = held.map { y[$0] - slow.predict(x, $0) }
        let (bias, mean) = (
          errors.reduce(0, +) / Double(held.count), held.reduce(0) { $0 + y[$1] } / Double(held.count)
        )
        residuals += errors.reduce(0) { $0 + ($1 - bias) * ($1 - bias) }
        total += held.reduce(0) { $0 + (y[$1] - mean) * (y[$1] - mean) }
      }
    }
    return 1 - residuals / total
  }
}
