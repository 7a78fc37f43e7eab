import Foundation
import ProbeMath
import ProbeModel
import ProbeReport
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// The linear probe beside other models: random-initialised twins, and checkpoints.
@Suite struct ModelBaselineTests {
  private static let twins = "random: { init-of: main, seeds: [1, 2, 3] }"

  private func analysis(_ baselines: String) -> String {
    "- linear-probe: { id: p, label: first, replicates: 200, strengths: [0.01, 1], baselines: [\(baselines)] }"
  }

  private func value(_ estimates: [MetricEstimate], _ metric: ProbeMetric) throws -> Double {
    try #require(estimates.first { $0.metric == metric }?.value)
  }

  @Test func theMeanOverSeedsIsTheMembersMean() throws {
    let fixture = try FixtureExperiment(Item.pairs(40))
    let question = try fixture.linearProbe(
      fixture.spec(analyses: analysis("random"), others: Self.twins)
    ).questions[0]
    let baseline = try #require(question.models.first)
    #expect(question.models.count == 1 && baseline.name == "random" && baseline.isTwin)
    #expect(baseline.members.map { $0.model } == (1...3).map { "llama-gqa (random, seed \($0))" })
    #expect(baseline.layers.map { $0.point } == question.layers.map { $0.point })
    for metric in [ProbeMetric.accuracy, .auroc] {
      let members = try baseline.members.map { try value($0.test, metric) }
      let mean = members.reduce(0, +) / 3
      // Double precision, another order of the sum.
      #expect(abs(try value(baseline.test, metric) - mean) < 1e-12)
      let own = try value(question.best.test, metric)
      #expect(abs(try value(baseline.difference, metric) - (own - mean)) < 1e-12)
      for (layer, main) in zip(baseline.layers, question.layers) {
        let difference = try value(main.test, metric) - value(layer.test, metric)
        #expect(abs(try value(layer.difference, metric) - difference) < 1e-12)
        #expect(layer.test.first { $0.metric == metric }?.interval != nil)
      }
    }
    // The other competitors are what they are without twins.
    let alone = try fixture.linearProbe(
      fixture.spec(analyses: analysis(""), others: Self.twins)
    ).questions[0]
    #expect(alone.models.isEmpty && alone.layers == question.layers && alone.baselines == question.baselines)
  }

  /// A model is never better than itself.
  @Test func theSameModelUnderAnotherNameIsNoDifferent() throws {
    let fixture = try FixtureExperiment(Item.pairs(40))
    let copy = fixture.folder + "/copy"
    try FileManager.default.copyItem(atPath: FixtureExperiment.model(), toPath: copy)
    let question = try fixture.linearProbe(
      fixture.spec(analyses: analysis("same"), others: "same: \(copy)")
    ).questions[0]
    let baseline = try #require(question.models.first)
    #expect(!baseline.isTwin && baseline.test == question.best.test)
    #expect(baseline.layers.map { $0.test } == question.layers.map { $0.test })
    for layer in baseline.layers { #expect(layer.difference.allSatisfy { $0.value == 0 }) }
    #expect(baseline.members[0].point == question.best.point)
  }

  /// What the first token says is in the main model; a model that does not see it knows nothing.
  @Test func aModelOfAnotherDepthIsComparedWhereBothHaveAPoint() throws {
    let fixture = try FixtureExperiment(Item.pairs(40))
    let other = FixtureExperiment.model("llama-mha")
    let question = try fixture.linearProbe(
      fixture.spec(analyses: analysis("shallow"), others: "shallow: \(other)")
    ).questions[0]
    // Two blocks instead of three.
    #expect(question.layers.count == 3)
    #expect(question.models.first?.layers.map { $0.point } == question.layers.prefix(2).map { $0.point })
  }

  @Test func theReportShowsTheTwinsAndWhereTheyComeFrom() throws {
    let fixture = try FixtureExperiment(Item.pairs(40))
    let spec = try fixture.spec(analyses: analysis("random"), others: Self.twins)
    try fixture.capture(spec).close()
    let (results, report) = try fixture.run(spec)
    let models = try #require(results.provenance.models)
    #expect(models.map { $0.name } == ["random", "random", "random"])
    #expect(models.map { $0.model } == (1...3).map { "llama-gqa (random, seed \($0))" })
    #expect(Set(models.map { $0.weightsDigest } + [results.provenance.weightsDigest]).count == 4)
    for model in models {
      #expect(report.provenance.contains { $0.value == model.model })
      #expect(report.provenance.contains { $0.value == model.weightsDigest })
    }
    let curves = report.sections.flatMap { $0.blocks }.compactMap { block -> CurveChart? in
      if case .curve(let chart) = block { chart } else { nil }
    }
    #expect(curves.count == 2)
    for chart in curves {
      #expect(chart.series.map { $0.name } == ["linear probe", "random"])
      #expect(chart.series[1].points.allSatisfy { $0 != nil })
    }
    #expect(report.verdict.headline.contains("The same procedure on random (mean of 3 seeds) reaches "))
    #expect(!report.warnings.contains { $0.title.contains("random has") })
    let html = report.html()
    for text in ["llama-gqa (random, seed 2), ", "random (mean of 3 seeds)", "Accuracy, random"] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func fewSeedsAreAWarning() throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    let spec = try fixture.spec(
      analyses: analysis("random"), others: "random: { init-of: main, seed: 5 }")
    try fixture.capture(spec).close()
    #expect(try fixture.run(spec).1.warnings.contains { $0.title == "first: random has 1 seed" })
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    let spec = try fixture.spec(analyses: analysis("random"), others: Self.twins)
    try fixture.capture(spec).close()
    #expect(try fixture.run(spec).0.encoded() == fixture.run(spec).0.encoded())
  }

  @Test func aTwinThatWasNotCapturedIsMissing() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    let spec = try fixture.spec(analyses: analysis("random"), others: Self.twins)
    try fixture.capture(spec, models: 2).close()
    let error = #expect(throws: SpecError.self) { try fixture.run(spec) }
    #expect(error?.reason == .missingData)
    let problem = error?.problem ?? ""
    let model = FixtureExperiment.model()
    #expect(
      problem.hasPrefix(
        "was captured from other weights than those of the random twin of \(model) with seed 2: "),
      "\(problem)")
    #expect(error?.advice == "Capture it with: probe capture \(spec.file)")
  }

  /// With twins in the store, the newest capture is not what is asked about.
  @Test func withoutTheModelItsCaptureIsFoundByName() throws {
    let fixture = try FixtureExperiment(Item.pairs(30))
    let spec = try fixture.spec(analyses: analysis("random"), others: Self.twins)
    try fixture.capture(spec).close()
    let found = try fixture.run(spec).0
    let absent = try fixture.spec(
      analyses: analysis("random"), model: "no/such/llama-gqa", others: Self.twins)
    let results = try fixture.run(absent).0
    #expect(results.provenance.weightsDigest == found.provenance.weightsDigest)
    #expect(results.provenance.models == found.provenance.models)

    let other = try fixture.spec(analyses: analysis("random"), model: "no/such/other", others: Self.twins)
    let error = #expect(throws: SpecError.self) { try fixture.run(other) }
    #expect(error?.problem == "holds no capture of other")
  }
}
