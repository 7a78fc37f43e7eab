import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// Trained on one capture, tested on another, of a tiny model with random weights.
@Suite struct ProbeApplicationTests {
  private struct Captured {
    let experiment: FixtureExperiment
    let store: ActivationStore
    let capture: CaptureRecord
  }

  private func captured(_ items: [Item], model: String = "llama-gqa", positions: String = "last") throws
    -> Captured
  {
    let experiment = try FixtureExperiment(items)
    let store = try experiment.capture(
      experiment.spec(model: FixtureExperiment.model(model), positions: positions))
    return Captured(experiment: experiment, store: store, capture: try store.capture(nil))
  }

  /// A probe of the label `first`, fitted on all rows of a capture.
  private func fitted(
    _ data: Captured, family: any ProbeFamily = MassMeanFamily(), edit: (inout ProbeOrigin) -> Void = { _ in }
  ) throws -> SavedProbe {
    let point = HookPoint.residPost(1)
    let items = try AppliedItems(data.store, data.capture, LabelRequest(label: "first"), sequences: false)
    let rows = Array(items.examples.indices)
    let probe = family.fit(
      try TrainingItems(
        data.store.matrix(point, of: data.capture, rows: .rows(items.rows.map { $0.lowerBound })),
        labels: items.values.map { $0 == "b" ? 1 : 0 }, classes: ["a", "b"], rows: rows, groups: items.groups,
        seed: 1))
    var origin = ProbeOrigin(data.capture, point: point, label: "first", seed: 1, training: items.examples)
    edit(&origin)
    return SavedProbe(probe, origin: origin)
  }

  private func expectError(
    _ reason: SpecError.Reason, _ text: String, _ location: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) {
    #expect(sourceLocation: location) { try body() } throws: { error in
      let error = error as? SpecError
      return error?.reason == reason && error?.description.contains(text) == true
    }
  }

  @Test func metricsAreThoseOfTheProbeOnTheOtherCapture() throws {
    let (a, b) = (try captured(Item.pairs(40, seed: 1)), try captured(Item.pairs(30, seed: 2)))
    let saved = try fitted(a)
    let path = a.experiment.folder + "/probe.safetensors"
    try saved.write(to: path)
    let outcome = try ProbeApplication(SavedProbe(file: path)).outcome(on: b.store, b.capture)

    let examples = try b.store.examples(of: b.capture)
    let matrix = try b.store.matrix(
      .residPost(1), of: b.capture, rows: .rows(examples.map { $0.rows.lowerBound }))
    let labels = examples.map { $0.example.labels["first"] == .string("b") ? 1 : 0 }
    let probe = try #require(saved.probe as? LinearReadOut)
    let classification = Classification(
      labels: labels, scores: probe.scores(matrix, rows: Array(labels.indices)))
    for metric in ClassificationMetric.allCases {
      let found = try #require(outcome.metrics.first { $0.metric == .ofClasses(metric) })
      #expect(found.value == metric.value(classification))
      #expect((found.items, found.groups) == (60, 30))
      let interval = try #require(found.interval)
      #expect(interval.contains(try #require(found.value)))
    }
    #expect(outcome.counts == [30, 30] && outcome.majority == 0.5 && outcome.overlap == 0)
    #expect(outcome.confusion.map { $0.reduce(0, +) } == [30, 30])
    #expect(outcome.predictions.items == examples.map { $0.example.id })
    #expect(outcome.predictions.scores[7] == [classification.scores[7, 1]])
    #expect(outcome.notes.isEmpty)
    // The label hangs on the first token, which the last position attends to.
    #expect(try #require(outcome.metrics.first { $0.metric == .auroc }?.value) > 0.8)
  }

  @Test func examplesThatFittedItAreRefused() throws {
    let a = try captured(Item.pairs(20, seed: 1))
    // Other ids, and two pairs of A among new ones.
    var mixed = Item.pairs(2, seed: 1) + Item.pairs(10, seed: 3)
    for index in mixed.indices { (mixed[index].id, mixed[index].group) = ("n\(index)", "g\(index / 2)") }
    let b = try captured(mixed)
    var application = ProbeApplication(try fitted(a))
    expectError(.notApplicable, "4 of 24 examples fitted the probe (n0, n1, n2, …)") {
      _ = try application.outcome(on: b.store, b.capture)
    }
    expectError(.notApplicable, "40 of 40 examples fitted the probe") {
      _ = try application.outcome(on: a.store, a.capture)
    }
    application.allowsOverlap = true
    #expect(try application.outcome(on: b.store, b.capture).overlap == 4)
  }

  @Test func otherWeightsAreRefusedUnlessAllowed() throws {
    let (a, b) = (
      try captured(Item.pairs(20, seed: 1)), try captured(Item.pairs(8, seed: 2), model: "llama-mha")
    )
    var application = ProbeApplication(try fitted(a))
    expectError(.notApplicable, "say --any-model") { _ = try application.outcome(on: b.store, b.capture) }
    application.allowsAnyModel = true
    let (own, other) = (a.capture.point(.residPost(1))?.width, b.capture.point(.residPost(1))?.width)
    try #require(own == other)
    let outcome = try application.outcome(on: b.store, b.capture)
    #expect(outcome.notes == ["fitted on other weights, of \(a.capture.modelName)"])
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let (a, b) = (try captured(Item.pairs(20, seed: 1)), try captured(Item.pairs(8, seed: 2)))
    var application = ProbeApplication(try fitted(a))
    application.label = "colour"
    expectError(
      .missingData,
      "label colour: no example carries this label on a stretch of its text. The corpus has: first"
    ) {
      _ = try application.outcome(on: b.store, b.capture)
    }
    var renamed = Item.pairs(8, seed: 2)
    for index in renamed.indices where index % 2 == 1 { renamed[index].labels["first"] = "B" }
    let other = try captured(renamed)
    expectError(.badValue, "the probe does not know B; it knows a, b") {
      _ = try ProbeApplication(fitted(a)).outcome(on: other.store, other.capture)
    }
    let elsewhere = try fitted(a) { $0.point = "blocks.1.hook_mlp_out" }
    expectError(
      .missingData, "reads blocks.1.hook_mlp_out, which was not captured. There is: blocks.0.hook_resid_post"
    ) {
      _ = try ProbeApplication(elsewhere).outcome(on: b.store, b.capture)
    }
    let narrow = SavedProbe(SavedProbeTests.linear, origin: try fitted(a).origin)
    expectError(.badValue, "values, the probe reads 3") {
      _ = try ProbeApplication(narrow).outcome(on: b.store, b.capture)
    }
    let everywhere = try captured(Item.pairs(4, seed: 5), positions: "all")
    expectError(.missingData, "4 rows were captured, a label of the whole sequence needs one") {
      _ = try ProbeApplication(fitted(a)).outcome(on: everywhere.store, everywhere.capture)
    }
  }

  @Test func otherPositionsAreNoted() throws {
    let (a, b) = (
      try captured(Item.pairs(20, seed: 1)), try captured(Item.pairs(8, seed: 2), positions: "mean")
    )
    let outcome = try ProbeApplication(fitted(a)).outcome(on: b.store, b.capture)
    #expect(outcome.notes == ["fitted on positions last, applied to positions mean"])
  }

  @Test func attentionProbesReadAllPositions() throws {
    let (a, b) = (
      try captured(Item.pairs(20, seed: 1), positions: "all"),
      try captured(Item.pairs(12, seed: 2), positions: "all")
    )
    let items = try AppliedItems(a.store, a.capture, LabelRequest(label: "first"), sequences: true)
    #expect(items.rows.allSatisfy { $0.count == 4 })
    let features = try a.store.matrix(.residPost(0), of: a.capture, rows: .all)
    let probe = AttentionFamily().fit(
      try TrainingSequences(
        features, sequences: items.rows, labels: items.values.map { $0 == "b" ? 1 : 0 }, classes: ["a", "b"],
        items: Array(items.rows.indices), groups: items.groups, seed: 1))
    let origin = ProbeOrigin(
      a.capture, point: .residPost(0), label: "first", seed: 1, training: items.examples)
    let outcome = try ProbeApplication(SavedProbe(probe, origin: origin)).outcome(on: b.store, b.capture)
    #expect(try #require(outcome.metrics.first { $0.metric == .accuracy }?.value) > 0.9)
    #expect(outcome.predictions.items.count == 24)
  }
}
