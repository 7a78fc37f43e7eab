import ProbeModel
import ProbeReport
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// The whole way from an array that something else computed to findings and report.
@Suite struct ImportedActivationsTests {
  private func findings(_ results: Results) throws -> LinearProbeFindings {
    try results.analyses[0].findings.decode(LinearProbeFindings.self)
  }

  private func accuracy(_ metrics: [MetricEstimate]) throws -> MetricEstimate {
    try #require(metrics.first { $0.metric == .accuracy })
  }

  @Test func aPlantedDirectionIsFoundAndChanceIsNot() throws {
    let experiment = try ImportedExperiment()
    for layer in 0..<3 { try experiment.importBlock(layer) }
    let (results, _) = try experiment.run(experiment.spec())
    #expect(results.holds)
    let (side, coin) = (try findings(results).questions[0], try findings(results).questions[1])
    #expect(side.best.point == .residPost(1))
    // Two normal distributions, each two standard deviations from the middle: Φ(2) = 0.977 are on their own side. Of 48
    // test items fewer than 41 have a probability below 1e-4.
    #expect(try #require(try accuracy(side.best.test).value) >= 41.0 / 48)
    // Layers without the direction, and the label that nothing tells, are at chance: 0.5 ± 0.072 on 48 items; four of
    // those.
    #expect(abs(try #require(try accuracy(side.layers[0].test).value) - 0.5) < 0.29)
    #expect(abs(try #require(try accuracy(coin.best.test).value) - 0.5) < 0.29)
    // Five repetitions of 48 items: 0.5 ± 0.032.
    #expect(abs(try #require(side.shuffled.value?.mean["accuracy"]) - 0.5) < 0.13)
  }

  @Test func whatNeedsModelOrTokensSaysWhyItIsAbsent() throws {
    let experiment = try ImportedExperiment()
    try experiment.importBlock(1)
    let (results, report) = try experiment.run(experiment.spec())
    let baselines = try findings(results).questions[0].baselines
    #expect(
      baselines.map { $0.name } == ["majority class", "bag of tokens", "length of the text", "log p(text)"])
    #expect(baselines[0].test.isEmpty == false && baselines[0].reason == nil)
    #expect(baselines[1].test.isEmpty && baselines[3].test.isEmpty)
    #expect(baselines[1].reason == "the examples' tokens are not known: give them token_ids")
    #expect(
      baselines[3].reason == "there is no model: the spec is about activations that were imported")
    for text in [
      "bag of tokens was not measured", "log p(text) was not measured", "The activations were imported",
    ] {
      #expect(report.html().contains(text))
    }
    let difference = try #require(results.measurements["p"]?.first { $0.label == "side" && $0.isBest })
    #expect(
      difference.notApplicable["auroc_over_log_probability"]
        == "there is no model: the spec is about activations that were imported")
  }

  @Test func tokenIdsBringTheBagOfTokensBack() throws {
    let experiment = try ImportedExperiment(tokens: true)
    try experiment.importBlock(1)
    let (results, _) = try experiment.run(experiment.spec())
    let bag = try findings(results).questions[0].baselines[1]
    // The last token is the label: a bag of tokens knows it.
    #expect(bag.name == "bag of tokens" && bag.reason == nil)
    #expect(try accuracy(bag.test).value == 1)
  }

  @Test func resultsAndReportSayImported() throws {
    let experiment = try ImportedExperiment()
    try experiment.importBlock(1)
    let (results, report) = try experiment.run(experiment.spec())
    let origin = results.provenance
    #expect(origin.model == "mine" && origin.architecture == "imported" && origin.numericsVersion == 0)
    #expect(origin.corpus == "examples.jsonl" && origin.capture["positions"] == "pooled")
    let facts = Dictionary(report.provenance.map { ($0.label, $0.value) }) { first, _ in first }
    #expect(facts["Model"] == "mine (imported)" && facts["Weights, sha256"] == nil)
    #expect(facts["Imported"] == "240 rows, 1 point")
    #expect(
      report.reproduce == [
        "probe store import .probe/mine.sqlite --activations block1.npy --examples examples.jsonl "
          + "--point blocks.1.hook_resid_post --name mine",
        "probe analyze \(experiment.folder)/spec.yaml",
      ])
  }

  @Test func theSameImportGivesTheSameBytes() throws {
    let experiment = try ImportedExperiment()
    try experiment.importBlock(1)
    let spec = try experiment.spec()
    #expect(try experiment.run(spec).0.encoded() == experiment.run(spec).0.encoded())
  }

  // MARK: - Which capture

  @Test func pointsAreChosenInTheSpec() throws {
    let experiment = try ImportedExperiment()
    for layer in 0..<3 { try experiment.importBlock(layer) }
    let spec = try experiment.spec("capture: { points: [\"resid_post.{1..2}\"] }", labels: "[side]")
    #expect(
      try findings(experiment.run(spec).0).questions[0].layers.map { $0.point } == [
        .residPost(1), .residPost(2),
      ])
    let absent = #expect(throws: SpecError.self) {
      try experiment.run(experiment.spec("capture: { points: resid_post.9 }"))
    }
    #expect(
      absent?.description == "\(experiment.store.path): holds no activations of resid_post.9. Nearest: "
        + "blocks.0.hook_resid_post, blocks.1.hook_resid_post, blocks.2.hook_resid_post")
  }

  @Test func theNewestCaptureOfTheNameIsMeant() throws {
    let experiment = try ImportedExperiment()
    let none = #expect(throws: SpecError.self) { try experiment.run(experiment.spec()) }
    #expect(
      none?.description
        == "\(experiment.store.path): holds no capture. Put activations into it: probe store import "
        + "\(experiment.store.path) --name mine …")
    try experiment.importBlock(1, name: "other")
    #expect(try experiment.run(experiment.spec()).0.provenance.model == "other", "the only one is meant")
    try experiment.importBlock(1, name: "another")
    let several = #expect(throws: SpecError.self) { try experiment.run(experiment.spec()) }
    #expect(
      several?.description
        == "\(experiment.store.path): holds 2 captures, and none is called mine like the spec. "
        + "There is: 1 \"other\" (other, examples.jsonl, pooled, float32); "
        + "2 \"another\" (another, examples.jsonl, pooled, float32)")
    try experiment.importBlock(1)
    #expect(try experiment.run(experiment.spec()).0.provenance.model == "mine")
  }

  // MARK: - The spec

  @Test(arguments: [
    (
      "capture: { points: embed, positions: last }",
      "Probes/s.yaml:2: capture.positions: says how a model is run, and "
        + "the spec has none. Of imported activations only points can be chosen"
    ),
    (
      "capture: { pionts: embed }",
      "Probes/s.yaml:2: capture.pionts: the key pionts is not known. Did you mean "
        + "points? Known: points"
    ),
    (
      "analyze:\n  - linear-probe: { label: x, baselines: [random] }",
      "Probes/s.yaml:3: analyze[0].linear-probe.baselines: the spec has no model, so there is no random to compare "
        + "with. Leave baselines out: imported activations come without the model that computed them"
    ),
    (
      "model: m",
      "Probes/s.yaml:1: the key corpus is missing. A model reads a corpus. Leave out model too to analyze "
        + "activations that were imported"
    ),
    (
      "models: { main: m }",
      "Probes/s.yaml:1: the key corpus is missing. A model reads a corpus. Leave out model too "
        + "to analyze activations that were imported"
    ),
    (
      "corpus: c.jsonl",
      "Probes/s.yaml:1: the key model is missing. A model reads a corpus. Leave out corpus too to "
        + "analyze activations that were imported"
    ),
  ])
  func whatNeedsAModelIsRefusedAtOnce(more: String, message: String) {
    let found = #expect(throws: SpecError.self) {
      try ExperimentSpec(text: "name: s\n\(more)\n", file: "Probes/s.yaml")
    }
    #expect(found?.description == message)
  }

  @Test func aSpecOfImportedActivationsNeedsNothingButAName() throws {
    let spec = try ExperimentSpec(text: "name: s\n", file: "Probes/s.yaml")
    #expect(spec.models.isEmpty && spec.model == nil && spec.corpus == nil && spec.capture.points.isEmpty)
  }
}
