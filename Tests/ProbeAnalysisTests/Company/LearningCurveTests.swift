import ProbeAnalysis
import ProbeMath
import Testing

@Suite struct LearningCurveTests {
  private func curve(_ data: Clouds, strengths: [Double] = [0.1], seed: UInt64 = 1) -> LearningCurve {
    let count = data.labels.count
    return LearningCurve(
      features: data.features, labels: data.labels, classes: ["a", "b"], groups: data.groups,
      train: Array(0..<count * 3 / 4), test: Array(count * 3 / 4..<count), strengths: strengths, seed: seed)
  }

  @Test func moreGroupsDoBetter() throws {
    let data = Clouds(items: 400, width: 12, signal: 0.4, seed: 1)
    let made = curve(data)
    #expect(made.points.map { $0.groups } == [9, 19, 38, 75, 150])
    #expect(made.points.map { $0.items } == [18, 38, 76, 150, 300])
    #expect(made.points.map { $0.accuracy.values.count } == [5, 5, 5, 5, 1])
    #expect(made.testItems == 100 && made.testGroups == 50)
    let (first, last) = (try #require(made.points.first), try #require(made.points.last))
    #expect(try #require(first.auroc.mean) + 0.03 < #require(last.auroc.mean))
    #expect(try #require(first.accuracy.deviation) > 0)
    #expect(last.accuracy.deviation == nil)
    #expect(curve(data) == made)
    #expect(curve(data, seed: 2).points[0] != made.points[0])
  }

  @Test func theLastPointIsTheProbeOfAllTrainingItems() throws {
    let data = Clouds(items: 200, width: 5, signal: 0.5, seed: 2)
    let test = Array(150..<200)
    let probe = LogisticProbeFitter(strengths: [0.1])
      .fit(data.features, labels: data.labels, classes: ["a", "b"], rows: Array(0..<150))[0]
    let said = Classification(
      labels: test.map { data.labels[$0] }, scores: probe.scores(data.features, rows: test))
    let last = try #require(curve(data).points.last)
    #expect(last.accuracy.values == [ClassificationMetric.accuracy.value(said)])
    #expect(last.auroc.values == [ClassificationMetric.auroc.value(said)])
  }

  @Test func equalNumbersOfGroupsAreFittedOnce() {
    // Six training groups: 1/16, 1/8 and 1/4 of them are at least two, and two is two.
    #expect(curve(Clouds(items: 16, width: 2, signal: 1, seed: 3)).points.map { $0.groups } == [2, 3, 6])
  }

  @Test func aDrawGoesOnUntilThereAreTwoClasses() {
    // Classes come in separate groups, one rare.
    let data = Clouds(items: 160, width: 2, signal: 1, seed: 4)
    let labels = (0..<160).map { $0 % 40 == 0 ? 1 : 0 }
    let made = LearningCurve(
      features: data.features, labels: labels, classes: ["a", "b"], groups: (0..<160).map { "g\($0)" },
      train: Array(0..<120), test: Array(120..<160), fractions: [0.02], strengths: [0.1], seed: 4)
    // Two groups were asked for; three rare ones among 120 are first met after 30 on average.
    #expect(made.points[0].groups > 4)
    #expect(made.points[0].auroc.values.count == 5)
  }
}
