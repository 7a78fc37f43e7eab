import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct SimilaritySplitTests {
  private var quick: SimilaritySplit.Settings {
    var settings = SimilaritySplit.Settings()
    (settings.buckets, settings.strengths, settings.replicates) = (4, [0.01], 100)
    return settings
  }

  /// Four topics. Inside a topic the label is told by one feature: the topic's own, or one that all share.
  private func topics(shared: Bool) -> (features: Tensor, embedding: Tensor, labels: [Int], groups: [String])
  {
    var stream = RandomStream(seed: 1, "topics")
    var (features, embedding) = ([[Float]](), [[Float]]())
    let labels = (0..<320).map { $0 % 2 }
    for item in 0..<320 {
      let topic = item / 80
      embedding.append((0..<4).map { Float($0 == topic ? 5 : 0) + Float(stream.normal()) * 0.1 })
      let told = shared ? 0 : topic
      features.append(
        (0..<4).map { Float(stream.normal()) * 0.4 + ($0 == told ? Float(2 * labels[item] - 1) : 0) })
    }
    return (Tensor(rows: features), Tensor(rows: embedding), labels, (0..<320).map { "g\($0 / 2)" })
  }

  private func split(shared: Bool) throws -> SimilaritySplit {
    let data = topics(shared: shared)
    return try SimilaritySplit(
      features: data.features, embedding: data.embedding, labels: data.labels, classes: ["a", "b"],
      groups: data.groups, settings: quick, seed: 1)
  }

  private func accuracy(_ estimates: [MetricEstimate]) throws -> MetricEstimate {
    try #require(estimates.first { $0.metric == .accuracy })
  }

  @Test func whatEachTopicTellsByItselfDoesNotExtrapolate() throws {
    let made = try split(shared: false)
    #expect(made.buckets.map { $0.items } == [80, 80, 80, 80])
    #expect(made.buckets.map { $0.classes } == [[40, 40], [40, 40], [40, 40], [40, 40]])
    // A probe without a weight on the topic's feature says nothing: 320 items of accuracy ½.
    #expect(try abs(#require(accuracy(made.extrapolation).value) - 0.5) < 0.11)
    #expect(try #require(accuracy(made.interpolation).value) > 0.85)
    #expect(try #require(accuracy(made.random).value) > 0.85)
    let gap = try accuracy(made.gap)
    let interval = try #require(gap.interval)
    #expect(interval.lower > 0.2)
    let arms = (
      try #require(accuracy(made.interpolation).value), try #require(accuracy(made.extrapolation).value)
    )
    #expect(abs(try #require(gap.value) - (arms.0 - arms.1)) < 1e-12)
    #expect(gap.items == 320 && gap.groups == 160 && gap.chance == 0)
  }

  @Test func whatAllTopicsTellExtrapolates() throws {
    let made = try split(shared: true)
    #expect(try #require(accuracy(made.extrapolation).value) > 0.95)
    let interval = try #require(accuracy(made.gap).interval)
    #expect(interval.lower <= 0 && interval.upper < 0.05)
    #expect(try split(shared: true) == made)
  }

  @Test func bothArmsTrainOnAsMuch() throws {
    for bucket in try split(shared: false).buckets {
      #expect(bucket.extrapolationTraining == 240)
      #expect(abs(bucket.interpolationTraining - 240) <= 2)
    }
  }

  @Test func groupsStayWhole() throws {
    // Every group has an item in each of two topics: it goes where its mean goes.
    let data = topics(shared: true)
    let groups = (0..<320).map { "g\($0 % 160 / 2)" }
    let made = try SimilaritySplit(
      features: data.features, embedding: data.embedding, labels: data.labels, classes: ["a", "b"],
      groups: groups, settings: quick, seed: 2)
    #expect(made.buckets.reduce(0) { $0 + $1.groups } == 80)
    #expect(made.buckets.allSatisfy { $0.items == 4 * $0.groups })
  }

  @Test func ofManyItemsWholeGroupsAreUsed() throws {
    let data = topics(shared: true)
    var settings = quick
    settings.mostItems = 101
    let made = try SimilaritySplit(
      features: data.features, embedding: data.embedding, labels: data.labels, classes: ["a", "b"],
      groups: data.groups, settings: settings, seed: 3)
    #expect(made.items == 100 && made.availableItems == 320)
  }

  @Test func aTopicOfOneGroupIsNotTested() throws {
    var data = topics(shared: true)
    for item in 0..<80 { data.groups[item] = "one" }
    let made = try SimilaritySplit(
      features: data.features, embedding: data.embedding, labels: data.labels, classes: ["a", "b"],
      groups: data.groups, settings: quick, seed: 4)
    #expect(made.notes == ["bucket 1 is not tested: it is a single group of 80 items"])
    #expect(made.buckets[0].extrapolation == nil && made.buckets[1].extrapolation != nil)
    #expect(try accuracy(made.gap).items == 240)
  }

  @Test func tooFewGroupsAreRefused() throws {
    let data = Clouds(items: 24, width: 3, signal: 1, seed: 5)
    let error = try #require(throws: StudyError.self) {
      try SimilaritySplit(
        features: data.features, embedding: data.features, labels: data.labels, classes: ["a", "b"],
        groups: data.groups, settings: quick, seed: 5)
    }
    #expect(error.reason == .tooFewGroups && error.location == "similarity split")
    #expect(error.description.contains("12 groups are too few for 4 buckets of at least 4 groups"))
  }

  @Test func cellsAreAveragedByTheirItems() {
    // AUROC 1 of four items, ½ of two (a tie), undefined of two of one class.
    let labels = [0, 0, 1, 1, 0, 1, 1, 1]
    func cell(_ items: [Int], _ scores: [Float]) -> CellStatistic.Cell {
      .init(items: items, statistic: AUROC(scores: scores, positive: items.map { labels[$0] == 1 }))
    }
    let statistic = CellStatistic(
      [cell([0, 1, 2, 3], [1, 2, 3, 4]), cell([4, 5], [7, 7]), cell([6, 7], [0, 1])], labels: labels)
    #expect(abs(statistic.value() - (4 * 1 + 2 * 0.5) / 6) < 1e-15)
    #expect(statistic.value(weights: [0, 0, 1, 1, 2, 2, 1, 1]) == 0.5)
    #expect(statistic.value(weights: [1, 1, 0, 0, 0, 0, 1, 1]).isNaN)
  }
}
