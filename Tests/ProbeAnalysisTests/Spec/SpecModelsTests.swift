import Testing

@testable import ProbeAnalysis

/// The models of a spec.
@Suite struct SpecModelsTests {
  private static let tail = "corpus: c.jsonl\ncapture: { points: embed }\n"

  private func spec(_ models: String, _ more: String = "") throws -> ExperimentSpec {
    try ExperimentSpec(text: "name: s\n\(models)\n" + Self.tail + more, file: "Probes/s.yaml")
  }

  @Test func modelIsShortForMain() throws {
    let short = try spec("model: m")
    #expect(short.models == [NamedModel(name: "main", sources: [.checkpoint("m")])])
    #expect(try spec("models: { main: m }").models == short.models)
    #expect(short.model == "m")
  }

  @Test func everyKindOfModelIsRead() throws {
    let models = try spec(
      """
      models:
        random: { init-of: main, seeds: [3, 1, 2] }
        after: runs/npo
        main: m
        untrained: { init-of: after, seed: 0 }
        fresh: { init-of: main, keep: embeddings, seeds: [3, 1] }
      """
    ).models
    #expect(
      models == [
        NamedModel(name: "main", sources: [.checkpoint("m")]),
        NamedModel(
          name: "random", sources: [3, 1, 2].map { .twin(of: "m", seed: $0) }),
        NamedModel(name: "after", sources: [.checkpoint("Probes/runs/npo")]),
        NamedModel(name: "untrained", sources: [.twin(of: "Probes/runs/npo", seed: 0)]),
        NamedModel(
          name: "fresh", sources: [3, 1].map { .twin(of: "m", seed: $0, keeps: .embeddings) }),
      ])
  }

  /// What is wrong, and how the whole message reads.
  @Test(arguments: [
    (
      "model: m\nmodels: { main: m }",
      "Probes/s.yaml:2: model: the spec has models as well. model is short for models: { main: … }"
    ),
    (
      "models: { random: { init-of: main, seed: 1 } }",
      "Probes/s.yaml:2: models: no model is called main. Call that one main which is asked about"
    ),
    (
      "models: { main: { init-of: a, seed: 1 }, a: m }",
      "Probes/s.yaml:2: models.main: expected a name or a path: what is asked about is no twin"
    ),
    (
      "models: { main: m, a: { init-of: b, seed: 1 } }",
      "Probes/s.yaml:2: models.a.init-of: no model is called b. There is: main"
    ),
    (
      "models: { main: m, a: { init-of: b, seed: 1 }, b: { init-of: a, seed: 1 } }",
      "Probes/s.yaml:2: models.a.init-of: b is a twin itself: a twin is of a model with weights of its own. There is: "
        + "main"
    ),
    (
      "models: { main: m, a: { init-of: a, seed: 1 }, c: d }",
      "Probes/s.yaml:2: models.a.init-of: a is a twin itself: a twin is of a model with weights of its own. There is: "
        + "main, c"
    ),
    (
      "models: { main: m, a: { seed: 1 } }", "Probes/s.yaml:2: models.a: the key init-of is missing"
    ),
    (
      "models: { main: m, a: { init-of: main } }",
      "Probes/s.yaml:2: models.a: expected either seed or seeds. A baseline wants three seeds or more: "
        + "seeds: [1, 2, 3]"
    ),
    (
      "models: { main: m, a: { init-of: main, seed: 1, seeds: [2] } }",
      "Probes/s.yaml:2: models.a: expected either seed or seeds. A baseline wants three seeds or more: "
        + "seeds: [1, 2, 3]"
    ),
    (
      "models: { main: m, a: { init-of: main, seed: -1 } }",
      "Probes/s.yaml:2: models.a.seed: expected whole numbers from 0"
    ),
    (
      "models: { main: m, a: { init-of: main, seeds: [] } }",
      "Probes/s.yaml:2: models.a.seeds: expected whole numbers from 0"
    ),
    (
      "models: { main: m, a: { init-of: main, seeds: [1, x] } }",
      "Probes/s.yaml:2: models.a.seeds: expected a list of whole numbers, found \"x\""
    ),
    (
      "models: { main: m, a: { init-of: main, seeds: [1, 2, 1] } }",
      "Probes/s.yaml:2: models.a.seeds: a seed occurs twice"
    ),
    ("models: { main: m, after: m }", "Probes/s.yaml:2: models.after: after is the same model as main"),
    (
      "models: { main: m, a: { init-of: main, seed: 1 }, b: { init-of: main, seeds: [2, 1] } }",
      "Probes/s.yaml:2: models.b: b is the same model as a"
    ),
    (
      "models: { main: m, a: { init-of: main, sed: 1 } }",
      "Probes/s.yaml:2: models.a.sed: the key sed is not known. Did you mean seed? Known: init-of, keep, seed, "
        + "seeds"
    ),
    (
      "models: { main: m, a: { init-of: main, keep: blocks, seed: 1 } }",
      "Probes/s.yaml:2: models.a.keep: blocks is not one of its values. Known: nothing, embeddings"
    ),
    (
      "models: { main: m, a b: c }",
      "Probes/s.yaml:2: models.a b: \"a b\" is not a name. Use letters, digits, _ and -"
    ),
    (
      "models: { main: m, a: [b] }", "Probes/s.yaml:2: models.a: expected keys and values, found a list"
    ),
    (
      "models: { main: m, a: }",
      "Probes/s.yaml:2: models.a: expected a name, a path, or { init-of: main, seed: 1 }"
    ),
  ])
  func whatIsWrongIsSaidWithItsPlace(_ models: String, _ message: String) throws {
    let error = #expect(throws: SpecError.self) { try spec(models) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    (
      "model: m", "[random]",
      "no model is called random. Give the spec models: { main: …, random: { init-of: main, seeds: [1, 2, 3] } }"
    ),
    ("models: { main: m, a: b, c: d }", "rand", "no model is called rand. There is: a, c"),
    ("models: { main: m, a: b }", "[main]", "main is what is asked about. There is: a"),
    ("models: { main: m, a: b }", "[a, a]", "a model occurs twice"),
  ])
  func aBaselineMustBeAModelOfTheSpec(_ models: String, _ baselines: String, _ problem: String) throws {
    let analysis = "analyze:\n  - linear-probe: { label: truth, baselines: \(baselines) }\n"
    let error = #expect(throws: SpecError.self) { try spec(models, analysis) }
    #expect(
      error?.description
        == "Probes/s.yaml:6: analyze[0].linear-probe.baselines: \(problem)")
  }

  @Test func aTwinOfAModelThatIsNotAtHandSaysSo() throws {
    let error = #expect(throws: SpecError.self) { try ModelSource.twin(of: "no-such-model", seed: 1).open() }
    #expect(error?.reason == .notFound)
    #expect(
      error?.description.hasPrefix("no-such-model: no model of this name in ") == true
        && error?.description.hasSuffix(
          ", so that it has no twin. Get it with scripts/fetch-model.sh no-such-model, or give a path")
          == true
    )
  }
}
