import ProbeMath
import ProbeModel
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// The whole way from a corpus through a store to findings, on a tiny model with random weights.
@Suite struct LinearProbeAnalysisTests {
  @Test func aPlantedSignalIsFoundAndShuffledLabelsAreNot() throws {
    let noises = (0..<10).map { "noise\($0)" }
    let fixture = try FixtureExperiment(Item.pairs(60, noises: noises.count))
    let labels = (["first"] + noises).joined(separator: ", ")
    let findings = try fixture.linearProbe(
      fixture.spec(
        analyses: "- linear-probe: { id: p, labels: [\(labels)], replicates: 400, strengths: [0.01, 1] }",
        points: "resid_post.2"))
    #expect(findings.questions.map { $0.label } == ["first"] + noises)

    let first = findings.questions[0]
    let accuracy = try #require(first.best.test.first { $0.metric == .accuracy })
    #expect(try #require(accuracy.value) >= 0.9)
    #expect(try #require(accuracy.interval).lower > 0.5)
    #expect(first.shuffled.value?.scheme == .withinGroups)
    // Five repetitions of 24 items in 12 pairs whose two answers are tied: the mean's standard deviation is at most
    // 0.5 / √(5 · 12) = 0.065; four of them.
    #expect(abs(try #require(first.shuffled.value?.mean["accuracy"]) - 0.5) < 0.26)

    // 95% intervals of 10 labels that nothing can know; at 12 test groups they cover a little less than that, so three
    // misses are still likely enough (binomial, 0.9: P(more than 3) = 0.013), and the seed is fixed.
    let covered = findings.questions.dropFirst().count { question in
      guard let interval = question.best.test.first(where: { $0.metric == .auroc })?.interval else {
        return false
      }
      return interval.lower <= 0.5 && 0.5 <= interval.upper
    }
    #expect(covered >= 7)
  }

  @Test func baselinesAndControlsStandBesideTheProbe() throws {
    let fixture = try FixtureExperiment(Item.pairs(40))
    let question = try fixture.linearProbe(fixture.spec()).questions[0]
    #expect(
      question.baselines.map { $0.name } == [
        "majority class", "bag of tokens", "position", "log p(text)",
      ])
    // Every class is half of every pair, so the commonest class is right half of the time.
    #expect(question.baselines[0].test.first { $0.metric == .accuracy }?.value == 0.5)
    // The first token decides the label, and is in the bag.
    #expect(question.baselines[1].test.first { $0.metric == .accuracy }?.value == 1)
    #expect(question.baselines[1].difference.map { $0.metric } == [.accuracy, .auroc])
    // All texts are equally long, and read at their last token.
    #expect(question.baselines[2].test.first { $0.metric == .accuracy }?.value == 0.5)
    #expect(question.baselines[3].reason == nil)
    #expect((question.shuffled.value?.repetitions ?? 0) > 0)
    #expect(question.layers.map { $0.point.name } == (0..<3).map { "blocks.\($0).hook_resid_post" })
    #expect(question.confusion.joined().reduce(0, +) == question.parts.first { $0.part == .test }?.items)
  }

  @Test func theChosenPointIsTheBestOnValidation() throws {
    let fixture = try FixtureExperiment(Item.pairs(40, noises: 3))
    let findings = try fixture.linearProbe(
      fixture.spec(
        analyses:
          "- linear-probe: { id: p, labels: [noise0, noise1, noise2], replicates: 200, strengths: [1] }"))
    for question in findings.questions {
      let merits = question.layers.map { layer in
        layer.validation.first { $0.metric == .auroc }?.value ?? -1
      }
      #expect(merits[question.chosen] == merits.max())
    }
  }

  /// The labels of the test part change; nothing that is chosen may notice.
  @Test func testLabelsChangeNeitherPointNorStrength() throws {
    var items = Item.pairs(40, noises: 1)
    for index in items.indices { items[index].split = Self.part(ofPair: index / 2) }
    var flipped = items
    // Half of the test pairs: all of them would be refused as reversed label strings.
    for index in items.indices where items[index].split == "test" && (index / 2) % 2 == 0 {
      flipped[index].labels["noise0"] = items[index].labels["noise0"] == "x" ? "y" : "x"
    }
    let questions = try [items, flipped].map { items in
      let fixture = try FixtureExperiment(items)
      return try fixture.linearProbe(
        fixture.spec(analyses: "- linear-probe: { id: p, label: noise0, replicates: 200 }")
      ).questions[0]
    }
    #expect(questions[0].chosen == questions[1].chosen)
    #expect(questions[0].layers.map { $0.strength } == questions[1].layers.map { $0.strength })
    #expect(questions[0].layers.map { $0.validation } == questions[1].layers.map { $0.validation })
    #expect(questions[0].layers.map { $0.test } != questions[1].layers.map { $0.test })
  }

  private static func part(ofPair pair: Int) -> String {
    pair < 20 ? "train" : pair < 30 ? "validation" : "test"
  }

  @Test(arguments: 0..<5) func aGroupIsNeverOnBothSides(seed: Int) throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    let spec = try fixture.spec(
      analyses: "- linear-probe: { id: p, label: first, replicates: 100, strengths: [1] }",
      points: "resid_post.0", seed: seed)
    let question = try fixture.linearProbe(spec).questions[0]
    let predictions = try #require(try fixture.run(spec).0.analyses[0].predictions?.first)
    // Ids are the pair and its side: a pair with one of its sides in the test part would be cut.
    let tested = Set(predictions.items)
    for pair in 0..<30 { #expect(tested.contains("\(pair)a") == tested.contains("\(pair)b")) }
    #expect(question.parts.reduce(0) { $0 + $1.groups } == 30)
    #expect(question.parts.reduce(0) { $0 + $1.items } == 60)
  }

  @Test func whatElseTheStoreHoldsChangesNothing() throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    let spec = try fixture.spec(points: "resid_post.0")
    try fixture.capture(spec).close()
    let alone = try fixture.run(spec)
    try fixture.capture(fixture.spec(points: "\"resid_post.*\"")).close()
    let among = try fixture.run(spec)
    #expect(try among.0.encoded() == alone.0.encoded())
    #expect(among.1.html() == alone.1.html())
  }

  /// Three quarters of the examples have one class, and no activation knows which: the commonest class wins.
  @Test func theHeadlineNamesTheStrongestCompetitor() throws {
    var items = Item.pairs(60)
    for index in items.indices { items[index].labels["rare"] = (index / 2) % 4 == 0 ? "x" : "y" }
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec(
      analyses: "- linear-probe: { id: p, label: rare, replicates: 100, strengths: [1] }",
      points: "resid_post.0")
    try fixture.capture(spec).close()
    let (results, report) = try fixture.run(spec)
    let question = try results.analyses[0].findings.decode(LinearProbeFindings.self).questions[0]
    let reached = question.baselines.map { baseline in
      (baseline.name, baseline.test.first { $0.metric == .accuracy }?.value ?? 0)
    }
    let strongest = try #require(reached.map { $0.1 }.max())
    let names = reached.filter { $0.1 == strongest }.map { "without any hidden state (\($0.0)) reaches" }
    #expect(names.contains { report.verdict.headline.contains($0) }, "\(report.verdict.headline)")
  }

  @Test func withoutTheModelTheLogProbabilityIsNotApplicable() throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    try fixture.capture(fixture.spec()).close()
    let absent = try fixture.spec(model: "no-such-model")
    let (results, report) = try fixture.run(absent)
    let expectation = try Expectation("p.first.best.auroc_over_log_probability > 0")
    let error = #expect(throws: SpecError.self) { try expectation.evaluate(results.measurements) }
    #expect(error?.reason == .notApplicable)
    #expect(error?.problem.contains("the model is not at hand") == true)
    #expect(report.warnings.contains { $0.detail.contains("scripts/fetch-model.sh no-such-model") == true })
  }
}
