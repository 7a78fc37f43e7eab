import Foundation
import ProbeMath
import Testing

import ProbeAnalysis

@Suite struct ProbeStudyTests {
  private func study(_ data: Clouds, classes: Int = 2, seed: UInt64 = 1) throws -> ProbeStudy {
    var design = try ProbeDesign(
      labels: data.labels, classes: (0..<classes).map { "class \($0)" }, groups: data.groups, seed: seed)
    design.replicates = 200
    return ProbeStudy(design)
  }

  private func value(_ evaluation: ProbeEvaluation, _ metric: ProbeMetric) throws -> Double {
    try #require(evaluation.test(metric)?.value)
  }

  @Test func aPlantedSignalIsFound() throws {
    for classes in [2, 3] {
      let data = Clouds(items: 300, width: 20, classes: classes, signal: 1, seed: 1)
      let evaluation = try study(data, classes: classes).evaluate(data.features, named: "planted")
      let accuracy = try #require(evaluation.test(.accuracy))
      let interval = try #require(accuracy.interval)
      #expect(interval.lower > 0.8)
      #expect(interval.lower <= accuracy.value ?? -1 && accuracy.value ?? 2 <= interval.upper)
      #expect(accuracy.items == evaluation.testItems.count)
      #expect(evaluation.probe.fit.converged)
      #expect(evaluation.confusion?.accuracy == accuracy.value)
    }
  }

  @Test func shuffledLabelsGiveChance() throws {
    let data = Clouds(items: 600, width: 20, signal: 1, seed: 2)
    let shuffled = try study(data).shuffled(data.features, repetitions: 8)
    #expect(shuffled.scheme == .withinGroups)
    let mean = try #require(shuffled.mean(.auroc))
    // Each repetition tests 120 items: standard deviation of AUROC 0.05, of the mean of eight 0.02; four of them.
    #expect(abs(mean - 0.5) < 0.08)
  }

  @Test func noTestItemReachesProbeStrengthOrLayer() throws {
    let data = Clouds(items: 200, width: 12, signal: 0.3, seed: 3)
    let layers = [0.2, 1, 0.5].map { factor -> Tensor in
      var stream = RandomStream(seed: 9, "layer", "\(factor)")
      return Tensor(
        data.features.shape, data.features.elements.map { $0 * Float(factor) + Float(stream.normal()) })
    }
    let parts = try study(data).design.split.parts
    let test = parts.indices.filter { parts[$0] == .test }
    func run(_ layers: [Tensor], _ labels: [Int]) throws -> ([ProbeEvaluation], Int) {
      // The split is the corpus's own here, so that changed labels cannot move it.
      var design = try ProbeDesign(
        labels: labels, classes: ["a", "b"], groups: data.groups, split: parts.map { $0 }, seed: 1)
      design.replicates = 50
      let study = ProbeStudy(design)
      let evaluations = try layers.enumerated().map { try study.evaluate($1, named: "layer \($0)") }
      return (evaluations, study.best(evaluations))
    }
    let (before, chosenBefore) = try run(layers, data.labels)
    var labels = data.labels
    var perturbed = layers
    for item in test {
      labels[item] = 1 - labels[item]
      for layer in layers.indices { for j in 0..<12 { perturbed[layer][item, j] = Float(item * j) - 1e4 } }
    }
    let (after, chosenAfter) = try run(perturbed, labels)
    #expect(chosenBefore == chosenAfter)
    for (a, b) in zip(before, after) {
      #expect(a.probe == b.probe)
      #expect(a.foldLosses == b.foldLosses)
      #expect(a.validation == b.validation)
      #expect(a.test != b.test)
    }
  }

  @Test func noValidationItemReachesProbeOrStrength() throws {
    let data = Clouds(items: 200, width: 12, signal: 0.3, seed: 3)
    let study = try study(data)
    var perturbed = data.features
    for item in study.design.split.rows(.validation) { for j in 0..<12 { perturbed[item, j] += 50 } }
    let a = try study.evaluate(data.features, named: "a")
    let b = try study.evaluate(perturbed, named: "a")
    #expect(a.probe == b.probe)
    #expect(a.test == b.test)
  }

  @Test func theSweepEqualsOneAfterTheOther() throws {
    let data = Clouds(items: 160, width: 10, signal: 0.5, seed: 4)
    let study = try study(data)
    let layers = (1...4).map { factor in
      Tensor(data.features.shape, data.features.elements.map { $0 * Float(factor) })
    }
    let names = layers.indices.map { "layer \($0)" }
    let swept = try study.sweep(names: names) { layers[$0] }
    #expect(try swept == zip(layers, names).map { try study.evaluate($0, named: $1) })
  }

  @Test func theLayerWithTheSignalIsChosen() throws {
    let data = Clouds(items: 300, width: 10, signal: 0.8, seed: 5)
    let noise = Clouds(items: 300, width: 10, signal: 0, seed: 6)
    let study = try study(data)
    let evaluations = try [noise.features, data.features, noise.features].enumerated().map {
      try study.evaluate($1, named: "layer \($0)")
    }
    #expect(study.best(evaluations) == 1)
  }

  @Test func wordsOfClosedSetsSayNothing() throws {
    // True and false capitals swapped inside pairs of countries, the pair as group: counting words must be a coin
    // toss on test items, whose cities training never saw.
    var (bags, labels, groups): ([[String]], [Int], [String]) = ([], [], [])
    for country in 0..<120 {
      for (city, truth) in [(country, 1), (country ^ 1, 0)] {
        bags.append(["the", "capital", "of", "land\(country)", "is", "city\(city)", "."])
        labels.append(truth)
        groups.append("pair \(country / 2)")
      }
    }
    let study = ProbeStudy(
      try ProbeDesign(labels: labels, classes: ["false", "true"], groups: groups, seed: 1))
    let evaluation = try study.bagOfTokens(bags)
    #expect(try value(evaluation, .accuracy) == 0.5)
    #expect(try value(evaluation, .auroc) == 0.5)
  }

  @Test func wordsAcrossGroupsMislead() throws {
    // The same with each country its own group: the pitfall that LeakageAudit refuses, shown for what it does.
    var (bags, labels, groups): ([[String]], [Int], [String]) = ([], [], [])
    for country in 0..<150 {
      for (city, truth) in [(country, 1), ((country + 1) % 150, 0)] {
        bags.append(["the", "capital", "of", "land\(country)", "is", "city\(city)", "."])
        labels.append(truth)
        groups.append("land\(country)")
      }
    }
    var design = try ProbeDesign(labels: labels, classes: ["false", "true"], groups: groups, seed: 1)
    // Weak enough to memorise words; folds inside training suffer as test does, and would choose the strongest.
    design.strengths = [1e-3]
    let evaluation = try ProbeStudy(design).bagOfTokens(bags)
    #expect(try value(evaluation, .accuracy) < 0.3)
  }

  @Test func majorityPredictsTheCommonestTrainingClass() throws {
    let labels = (0..<200).map { $0 % 4 == 0 ? 0 : 1 }
    let groups = (0..<200).map { "g\($0 / 4)" }
    let study = ProbeStudy(
      try ProbeDesign(labels: labels, classes: ["rare", "common"], groups: groups, seed: 1))
    let majority = study.majority()
    #expect(majority.first { $0.metric == .accuracy }?.value == 0.75)
    #expect(majority.first { $0.metric == .balancedAccuracy }?.value == 0.5)
    #expect(majority.first { $0.metric == .auroc }?.value == 0.5)
  }

  @Test func theIncrementOverOneFeatureIsPaired() throws {
    let data = Clouds(items: 400, width: 10, signal: 0.8, seed: 7)
    let study = try study(data)
    let full = try study.evaluate(data.features, named: "all")
    let one = try study.oneFeature((0..<400).map { data.features[$0, 0] }, named: "one")
    let gain = study.difference(full, minus: one, .accuracy)
    let expected = try value(full, .accuracy) - value(one, .accuracy)
    #expect(abs((gain.value ?? 9) - expected) < 1e-12)
    let interval = try #require(gain.interval)
    #expect(interval.lower < expected && expected < interval.upper)
    let none = study.difference(full, minus: full, .auroc)
    #expect(none.value == 0)
  }

  @Test func infiniteFeaturesAreRefused() throws {
    let data = Clouds(items: 60, width: 4, signal: 1, seed: 8)
    var features = data.features
    features[17, 2] = .infinity
    let study = try study(data)
    let caught = #expect(throws: StudyError.self) {
      try study.evaluate(features, named: "blocks.3.hook_resid_post")
    }
    #expect(caught?.reason == .notFinite)
    #expect(caught?.location == "blocks.3.hook_resid_post, item 17, feature 2")
  }

  @Test func evaluationsSurviveEncodingAndRepeat() throws {
    let data = Clouds(items: 100, width: 6, signal: 0.5, seed: 9)
    let study = try study(data)
    let evaluation = try study.evaluate(data.features, named: "layer")
    let decoded = try JSONDecoder().decode(ProbeEvaluation.self, from: JSONEncoder().encode(evaluation))
    #expect(decoded == evaluation)
    #expect(try self.study(data).evaluate(data.features, named: "layer") == evaluation)
  }
}
