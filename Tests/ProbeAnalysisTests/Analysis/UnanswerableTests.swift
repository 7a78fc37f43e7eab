import Foundation
import ProbeModel
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// Data that cannot answer the question: each a precise error with what to do.
@Suite struct UnanswerableTests {
  private func studyError(_ items: [Item], label: String = "first") throws -> StudyError {
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec(analyses: "- linear-probe: { id: p, label: \(label), replicates: 100 }")
    try fixture.capture(spec).close()
    return try #require(#expect(throws: StudyError.self) { try fixture.run(spec) })
  }

  private func specError(
    _ fixture: FixtureExperiment, _ spec: ExperimentSpec
  ) throws -> SpecError { try #require(#expect(throws: SpecError.self) { try fixture.run(spec) }) }

  @Test func oneClassOnly() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].labels["first"] = "a" }
    let error = try studyError(items)
    #expect(error.reason == .oneClass)
    #expect(
      error.description
        == "p.first: All 40 items have the same class: a probe needs at least two. Check the label's name.")
  }

  @Test func tooFewGroups() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].group = "g\(index / 2 % 3)" }
    let error = try studyError(items)
    #expect(error.reason == .tooFewGroups)
    #expect(error.location == "p.first: groups")
    #expect(
      error.description.hasPrefix("p.first: 3 groups cannot fill train (two folds), validation and test"))
    #expect(error.description.hasSuffix("Give items that are independent of each other groups of their own."))
  }

  @Test func aMixedDesignHasNoPermutationTestAndSaysWhy() throws {
    var items = Item.pairs(20)
    // One pair of twenty has the same class twice.
    items[0].labels["first"] = "b"
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec(analyses: "- linear-probe: { id: p, label: first, replicates: 100 }")
    let question = try fixture.linearProbe(spec).questions[0]
    for reason in [question.permutation.reason, question.shuffled.reason] {
      let reason = try #require(reason)
      #expect(reason.hasPrefix("Labels vary inside 19 of 20 groups and are constant in the others"))
      #expect(reason.contains("\"pair0\""))
    }
    let error = #expect(throws: SpecError.self) {
      try Expectation("p.first.best.p_value < 0.05").evaluate(["p": question.measurements])
    }
    #expect(error?.reason == .notApplicable)
    // What does not depend on shuffling is there.
    #expect(question.procedure.value != nil)
  }

  @Test func aGivenSplitThatCutsThroughAGroup() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].split = index < 21 ? "train" : "test" }
    let error = try studyError(items)
    #expect(error.reason == .groupOnBothSides)
    #expect(error.location == "p.first: group \"pair10\"")
  }

  @Test func theSameTextOnBothSides() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].split = index < 20 ? "train" : "test" }
    items[39].tokens = items[1].tokens
    let error = try studyError(items)
    #expect(error.reason == .duplicateAcrossSplit)
    #expect(error.description.contains("items \"0b\" and \"19b\""))
  }

  @Test func aSplitThatOneExampleLacks() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].split = index < 20 ? "train" : "test" }
    items[7].split = nil
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec()
    try fixture.capture(spec).close()
    #expect(
      try specError(fixture, spec)
        == SpecError(
          .missingData, at: "\(fixture.storePath): example 3b", "names no split although others do",
          advice: "Give every example one of train, validation, test, or none a split"))
  }

  @Test func aSplitOfAnotherName() throws {
    var items = Item.pairs(20)
    for index in items.indices { items[index].split = index < 20 ? "train" : "dev" }
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec()
    try fixture.capture(spec).close()
    let error = try specError(fixture, spec)
    #expect(error.location == "\(fixture.storePath): example 10a")
    #expect(error.description.hasSuffix("the split dev is not known. Known: train, validation, test"))
  }

  @Test func aLabelThatNoExampleCarries() throws {
    let fixture = try FixtureExperiment(Item.pairs(20, noises: 1))
    let spec = try fixture.spec(analyses: "- linear-probe: { id: p, label: truth }")
    try fixture.capture(spec).close()
    #expect(
      try specError(fixture, spec)
        == SpecError(
          .missingData, at: "\(fixture.storePath): label truth",
          "no example carries this label on a stretch of its text",
          advice: "The corpus has: first, noise0"))
  }

  @Test func aPointThatTheSpecDoesNotCapture() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    let spec = try fixture.spec(
      analyses: "- linear-probe: { id: p, label: first, points: resid_pre.1 }", points: "resid_post.1")
    try fixture.capture(spec).close()
    #expect(
      try specError(fixture, spec)
        == SpecError(
          .missingData, at: "p: resid_pre.1", "the spec does not capture such a hook point",
          advice: "Nearest: blocks.1.hook_resid_post; add it under capture: points"))
  }

  @Test func oneClassWrittenInTwoWays() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    var text = try String(contentsOfFile: fixture.corpus, encoding: .utf8)
    text = text.replacing("\"first\": \"a\"", with: "\"first\": \"1\"")
    text = text.replacing("\"first\": \"b\"", with: "\"first\": 1")
    try Data(text.utf8).write(to: URL(fileURLWithPath: fixture.corpus))
    let spec = try fixture.spec()
    try fixture.capture(spec).close()
    let error = try specError(fixture, spec)
    #expect(error.location == "\(fixture.storePath): label first")
    #expect(error.problem.hasPrefix("the value 1 is text in some examples and a number or boolean in others"))
  }

  @Test func severalRowsAnExample() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    let spec = try fixture.spec(positions: "all")
    try fixture.capture(spec).close()
    #expect(
      try specError(fixture, spec)
        == SpecError(
          .missingData, at: "\(fixture.storePath): example 0a",
          "4 rows were captured, a label of the whole sequence needs one",
          advice: "Capture with positions: last or mean"))
  }

  @Test func aSpecWithoutAnalyses() throws {
    let fixture = try FixtureExperiment(Item.pairs(4))
    let spec = try fixture.spec()
    try fixture.capture(spec).close()
    let empty = try ExperimentSpec(
      text: spec.text.replacing(
        "analyze:\n  - linear-probe: { id: p, label: first, replicates: 200 }\n", with: ""),
      file: spec.file)
    let error = try specError(fixture, empty)
    #expect(
      error.description.hasSuffix(
        "spec.yaml: analyze: the spec names no analysis. Known: linear-probe, ast-probe"))
  }
}

/// A store that does not hold what the spec needs says what it holds, and the command that adds the rest.
@Suite struct MissingCaptureTests {
  private func error(_ fixture: FixtureExperiment, _ spec: ExperimentSpec) throws -> SpecError {
    let error = try #require(#expect(throws: SpecError.self) { try fixture.run(spec) })
    #expect(error.reason == .missingData)
    #expect(error.location == fixture.storePath)
    #expect(error.advice.hasSuffix("it with: probe capture \(spec.file)"))
    return error
  }

  @Test func anIncompleteCapture() throws {
    // 60 tokens each: 2048-token batches of 34 sequences, so several are left when the first is done.
    let fixture = try FixtureExperiment(Item.pairs(120, length: 60))
    let spec = try fixture.spec()
    let stopped = #expect(throws: StoreError.self) { try fixture.capture(spec, shouldStop: true) }
    #expect(stopped?.reason == .interrupted)
    #expect(
      try error(fixture, spec).problem
        == "the capture is not finished: 3 of 3 points are incomplete, such as blocks.0.hook_resid_post")
  }

  @Test func aPointThatWasNotCaptured() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    try fixture.capture(fixture.spec(points: "resid_post.1")).close()
    let problem = "holds no activations of blocks.0.hook_resid_post, blocks.2.hook_resid_post"
    #expect(try error(fixture, fixture.spec()).problem == problem)
    // Without the model a glob cannot be expanded, a name can be missed.
    #expect(
      try error(fixture, fixture.spec(model: "no-such-model", points: "resid_post.0")).problem
        == "holds no activations of resid_post.0")
  }

  @Test func otherWeights() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    try fixture.capture(fixture.spec()).close()
    let other = FixtureExperiment.model("llama-mha")
    let problem = try error(fixture, fixture.spec(model: other)).problem
    #expect(problem.hasPrefix("was captured from other weights than those of \(other): sha256 "))
  }

  @Test func aCorpusThatHasChangedSince() throws {
    var items = Item.pairs(20)
    let fixture = try FixtureExperiment(items)
    let spec = try fixture.spec()
    try fixture.capture(spec).close()
    items[3].labels["first"] = "a"
    try fixture.write(items)
    let problem = try error(fixture, spec).problem
    #expect(
      problem.hasPrefix("holds no capture of \(fixture.corpus) as it is now: its content has the sha256 "))
  }

  @Test func otherSettings() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    try fixture.capture(fixture.spec()).close()
    let spec = try fixture.spec(positions: "mean", more: ", overflow: skip")
    #expect(
      try error(fixture, spec).problem
        == "holds this corpus with other settings: positions last instead of mean, overflow error instead of skip"
    )
  }

  @Test func nothingAtAll() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    try ActivationStore(fixture.storePath).close()
    #expect(try error(fixture, fixture.spec()).problem == "holds no capture")
  }

  /// Token ids get no sentinel, whatever the spec says: the capture of one must be found by the other.
  @Test(arguments: ["tokenizer", "bos", "none"])
  func theSentinelOfTokenIDsDoesNotMatter(sentinel: String) throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    let spec = try fixture.spec(more: ", sentinel: \(sentinel)")
    try fixture.capture(spec).close()
    let (results, _) = try fixture.run(spec)
    #expect(results.provenance.capture["sentinel"] == "none")
  }
}
