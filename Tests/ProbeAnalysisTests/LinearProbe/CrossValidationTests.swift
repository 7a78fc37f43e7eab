import ProbeMath
import Testing

@testable import ProbeAnalysis

/// Nested cross-validation: what scores an item has never seen it, and the shortcut over pairs of folds changes nothing.
@Suite struct CrossValidationTests {
  private static let strengths = [1.0, 0.01]

  private func validation(_ data: Clouds, strengths: [Double] = Self.strengths) throws -> CrossValidation {
    var design = try ProbeDesign(labels: data.labels, classes: ["a", "b"], groups: data.groups, seed: 3)
    design.strengths = strengths
    return CrossValidation(design.learner(), groups: data.groups, seed: 3)
  }

  @Test func groupsStayWhole() throws {
    let data = Clouds(items: 120, width: 4, signal: 1, seed: 1)
    let validation = try validation(data)
    #expect(validation.foldCount == 5)
    for (_, items) in Dictionary(grouping: data.groups.indices, by: { data.groups[$0] }) {
      #expect(Set(items.map { validation.folds[$0] }).count == 1)
    }
  }

  @Test func theShortcutEqualsNestedLoops() throws {
    let data = Clouds(items: 150, width: 6, signal: 0.4, seed: 2)
    let validation = try validation(data)
    let outcome = validation.outcome(data.features)
    let folds = validation.folds
    let fitter = LogisticProbeFitter(strengths: Self.strengths, tolerance: 1e-4)
    func wrong(_ probe: LinearProbe, _ rows: [Int]) -> [Double] {
      let scores = probe.scores(data.features, rows: rows)
      return rows.indices.map { (scores[$0, 1] > scores[$0, 0] ? 1 : 0) == data.labels[rows[$0]] ? 0 : 1 }
    }
    for k in 0..<5 {
      // The textbook's inner loop over what fold k leaves.
      var losses = [0.0, 0.0]
      var errors = [[Double]](repeating: [Double](repeating: .nan, count: 150), count: 2)
      for j in 0..<5 where j != k {
        let inside = folds.indices.filter { folds[$0] != k && folds[$0] != j }
        let held = folds.indices.filter { folds[$0] == j }
        let probes = fitter.fit(data.features, labels: data.labels, classes: ["a", "b"], rows: inside)
        for (s, probe) in probes.enumerated() {
          losses[s] += ClassificationMetric.logLoss.value(
            Classification(
              labels: held.map { data.labels[$0] }, scores: probe.scores(data.features, rows: held)))
          for (item, error) in zip(held, wrong(probe, held)) { errors[s][item] = error }
        }
      }
      let best = losses[0] <= losses[1] ? 0 : 1
      #expect(outcome.strengths[k] == Self.strengths[best])
      let inner = outcome.innerLosses[k]
      #expect(folds.indices.allSatisfy { folds[$0] == k ? inner[$0].isNaN : inner[$0] == errors[best][$0] })
      let held = folds.indices.filter { folds[$0] == k }
      let outer = LogisticProbeFitter(strengths: [Self.strengths[best]], tolerance: 1e-4).fit(
        data.features, labels: data.labels, classes: ["a", "b"], rows: folds.indices.filter { folds[$0] != k }
      )
      #expect(held.map { outcome.losses[$0] } == wrong(outer[0], held))
    }
  }

  @Test func whatAFoldHoldsDecidesNothingForItself() throws {
    let data = Clouds(items: 150, width: 6, signal: 0.4, seed: 4)
    let validation = try validation(data)
    let before = validation.outcome(data.features)
    var features = data.features
    for item in validation.rows(of: 2) { for j in 0..<6 { features[item, j] = Float(1000 - item * j) } }
    let after = validation.outcome(features)
    #expect(before.strengths[2] == after.strengths[2])
    #expect(before.innerMerits[2] == after.innerMerits[2])
    for item in data.labels.indices where validation.folds[item] != 2 {
      #expect(before.innerLosses[2][item] == after.innerLosses[2][item])
    }
    #expect(before.merits[2] != after.merits[2])
  }

  @Test func theFoldsChooseThePointWithTheSignal() throws {
    let data = Clouds(items: 300, width: 6, signal: 0.8, seed: 5)
    let noise = Clouds(items: 300, width: 6, signal: 0, seed: 6)
    let validation = try validation(data)
    let outcomes = [noise.features, data.features].map { validation.outcome($0) }
    let found = validation.findings(outcomes, points: ["noise", "signal"], level: 0.95)
    #expect(found.chosen == [.init(point: "signal", folds: 5)])
    #expect(found.folds == 5 && found.trainingItems == 240)
    let accuracy = try #require(found.headline.value)
    #expect(accuracy == 1 - outcomes[1].losses.reduce(0, +) / 300)
    let interval = try #require(found.headline.interval)
    #expect(interval.lower < accuracy && accuracy < interval.upper)
    #expect(interval.lower > 0.7)
  }

  @Test func noiseStaysAtChance() throws {
    // The point is chosen inside: the best of many looks at noise must not win by being the best.
    let data = Clouds(items: 300, width: 6, signal: 0, seed: 7)
    let validation = try validation(data)
    let outcomes = (0..<8).map {
      validation.outcome(Clouds(items: 300, width: 6, signal: 0, seed: 20 + $0).features)
    }
    let found = validation.findings(outcomes, points: (0..<8).map { "p\($0)" }, level: 0.95)
    // 300 items in groups: standard deviation below 0.05; three of them.
    #expect(abs((found.headline.value ?? 0) - 0.5) < 0.15)
  }
}
