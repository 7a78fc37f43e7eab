import Foundation
import Testing

@testable import ProbeAnalysis

/// A spec that cannot be read says where and why; the texts are part of the contract.
@Suite struct SpecErrorTests {
  private func error(_ text: String) -> SpecError? {
    #expect(throws: SpecError.self) { try ExperimentSpec(text: text, file: "Probes/s.yaml") }
  }

  private static let head = "name: s\nmodel: m\ncorpus: c.jsonl\n"
  private static let base = head + "capture: { points: embed }\n"

  /// What is wrong, and how the whole message reads.
  @Test(arguments: [
    (
      base + "sed: 3\n", SpecError.Reason.unknownKey,
      "Probes/s.yaml:5: sed: the key sed is not known. Did you mean seed? Known: name, title, model, models, "
        + "corpus, capture, analyze, expect, seed"
    ),
    (
      head + "capture:\n  points: embed\n  position: last\n", .unknownKey,
      "Probes/s.yaml:6: capture.position: the key position is not known. Did you mean positions? Known: points, "
        + "parse, positions, dtype, sentinel, chat, pieces, overflow, deduplicate, max-bytes, subsample"
    ),
    (
      head + "capture:\n  points: embed\n  max-bytes: 5 parsecs\n", .badValue,
      "Probes/s.yaml:6: capture.max-bytes: expected a number of bytes, found \"5 parsecs\". Write it as 500MB, 2GiB or "
        + "1048576"
    ),
    (
      head + "capture:\n  points: embed\n  chat: chatml\n  pieces: cut\n", .notApplicable,
      "Probes/s.yaml:7: capture.pieces: a prompt with chat chatml is tokenized as a whole. Leave out `pieces` or `chat`"
    ),
    (
      base + "analyze:\n  - linear-probe:\n      labl: truth\n", .unknownKey,
      "Probes/s.yaml:7: analyze[0].linear-probe.labl: the key labl is not known. Did you mean label? Known: id, label, "
        + "labels, items, target, period, points, strengths, class-weights, replicates, permutations, baselines, "
        + "control, without"
    ),
    (
      base + "xyzzyplugh: 3\n", .unknownKey,
      "Probes/s.yaml:5: xyzzyplugh: the key xyzzyplugh is not known. Known: name, title, model, models, "
        + "corpus, capture, analyze, expect, seed"
    ),
    (
      "model: m\ncorpus: c\ncapture: { points: embed }\n", .missingKey,
      "Probes/s.yaml:1: the key name is missing"
    ),
    (
      "name: s\ncorpus: c\ncapture: { points: embed }\n", .missingKey,
      "Probes/s.yaml:1: the key model is missing. A model reads a corpus. Leave out corpus too to analyze "
        + "activations that were imported"
    ),
    (
      "name: s\nmodel: m\ncapture: { points: embed }\n", .missingKey,
      "Probes/s.yaml:1: the key corpus is missing. A model reads a corpus. Leave out model too to analyze "
        + "activations that were imported"
    ),
    (head, .missingKey, "Probes/s.yaml:1: capture: the key capture is missing"),
    (
      head + "capture: { dtype: float32 }\n", .missingKey,
      "Probes/s.yaml:4: capture.points: expected a list of hook points"
    ),
    ("name:\nmodel: m\ncorpus: c\n", .missingKey, "Probes/s.yaml:1: the key name is missing"),
    (
      head + "capture: embed\n", .wrongType,
      "Probes/s.yaml:4: capture: expected keys and values, found \"embed\""
    ),
    (
      "name: [a]\nmodel: m\ncorpus: c\ncapture: { points: embed }\n", .wrongType,
      "Probes/s.yaml:1: name: expected text, found a list"
    ),
    (base + "seed: many\n", .wrongType, "Probes/s.yaml:5: seed: expected a whole number, found \"many\""),
    (base + "seed: 1.5\n", .wrongType, "Probes/s.yaml:5: seed: expected a whole number, found \"1.5\""),
    (base + "seed: -1\n", .badValue, "Probes/s.yaml:5: seed: expected a whole number from 0"),
    (
      base + "analyze: linear-probe\n", .wrongType,
      "Probes/s.yaml:5: analyze: expected a list, found \"linear-probe\""
    ),
    (
      base + "analyze: [linear-probe]\n", .wrongType,
      "Probes/s.yaml:5: analyze[0]: expected keys and values, found \"linear-probe\""
    ),
    (
      base + "expect: [{ a: b }]\n", .wrongType,
      "Probes/s.yaml:5: expect: expected a list of texts, found keys and values"
    ),
    (
      "name: a/b\nmodel: m\ncorpus: c\ncapture: { points: embed }\n", .badValue,
      "Probes/s.yaml:1: name: \"a/b\" is not a name. Use letters, digits, _ and -"
    ),
    (
      "name: \"\"\nmodel: m\ncorpus: c\ncapture: { points: embed }\n", .badValue,
      "Probes/s.yaml:1: name: \"\" is not a name. Use letters, digits, _ and -"
    ),
    (
      "name: größe\nmodel: m\ncorpus: c\ncapture: { points: embed }\n", .badValue,
      "Probes/s.yaml:1: name: \"größe\" is not a name. Use letters, digits, _ and -"
    ),
    (
      head + "capture: { points: embed, dtype: float8 }\n", .badValue,
      "Probes/s.yaml:4: capture.dtype: float8 is not one of its values. Known: float32, float16, bfloat16"
    ),
    (
      head + "capture: { points: embed, positions: first }\n", .badValue,
      "Probes/s.yaml:4: capture.positions: first is not one of its values. Known: all, last, labelled, mean, "
        + "a list such as 0,5,-1, every:N"
    ),
    (
      base + "analyze:\n  - nonlinear-probe: { label: x }\n", .unknownKey,
      "Probes/s.yaml:6: analyze[0].nonlinear-probe: there is no analysis nonlinear-probe. Known: linear-probe, ast-probe"
    ),
    (
      base + "analyze:\n  - linear-probe:\n    label: x\n", .badValue,
      "Probes/s.yaml:6: analyze[0]: expected one analysis with its settings, found 2 keys. Indent the settings below "
        + "the analysis's name"
    ),
    (
      base + "analyze:\n  - linear-probe:\n", .missingKey,
      "Probes/s.yaml:6: analyze[0].linear-probe: the settings of linear-probe are missing"
    ),
    (
      base + "analyze:\n  - linear-probe: { label: x }\n  - linear-probe: { label: y }\n", .duplicate,
      "Probes/s.yaml:7: analyze[1].linear-probe.id: two analyses have the id linear-probe. Give each an id of its own"
    ),
  ])
  func theMessageNamesFileLineAndKey(text: String, reason: SpecError.Reason, message: String) throws {
    let found = try #require(error(text))
    #expect(found.reason == reason)
    #expect(found.description == message)
  }

  @Test(arguments: [
    ("id: p q, label: x", "\"p q\" is not a name"),
    ("label: a.b", "\"a.b\" is not a name"),
    ("id: p", "expected either label or labels"),
    ("label: a, labels: [b]", "expected either label or labels"),
    ("labels: [a, a]", "a label occurs twice"),
    ("label: x, strengths: [0]", "expected positive numbers"),
    ("label: x, strengths: []", "expected positive numbers"),
    ("label: x, strengths: [.nan]", "expected a list of numbers, found \".nan\""),
    ("label: x, strengths: 3", "expected a list of numbers, found \"3\""),
    ("label: x, replicates: 99", "expected 100 to 100000, found 99"),
    ("label: x, permutations: 50", "expected 99 to 100000, found 50"),
    ("label: x, items: words", "words is not one of its values"),
    ("label: x, target: colour", "colour is not one of its values"),
    ("label: x, target: cyclic", "a cyclic target needs its circumference"),
    ("label: x, target: cyclic, period: -1", "expected a number above 0, found -1"),
    ("label: x, period: 24", "only a cyclic target has one"),
    ("label: x, without: [everything]", "there is no part everything"),
    ("label: x, control: none", "expected keys and values, found \"none\""),
    ("label: x, control: { of: none }", "the key of is not known"),
  ])
  func linearProbeSettingsAreChecked(settings: String, problem: String) throws {
    let found = try #require(error(Self.base + "analyze:\n  - linear-probe: { \(settings) }\n"))
    #expect(found.problem == problem)
    #expect(found.location.hasPrefix("Probes/s.yaml:6: analyze[0].linear-probe"))
  }

  @Test func anExpectationIsCheckedBeforeAnythingIsMeasured() throws {
    let analyses = Self.base + "analyze:\n  - linear-probe: { id: p, label: x }\n"
    let malformed = try #require(
      error(analyses + "expect:\n  - p.x.best.auroc > 0.5\n  - p.x.best.auroc = 0.5\n"))
    #expect(malformed.location == "Probes/s.yaml:9: expect[1]")
    #expect(malformed.problem.contains("compares with =, expected one of >=, >, <=, <"))
    let id = try #require(error(analyses + "expect: [q.x.best.auroc > 0.5]\n"))
    #expect(id.description == "Probes/s.yaml:7: expect[0]: no analysis has the id q. There is: p")
    let metric = try #require(error(analyses + "expect: [p.x.best.recall > 0.5]\n"))
    #expect(metric.problem == "there is no metric recall")
    #expect(metric.advice.hasPrefix("There is: accuracy, balanced_accuracy, auroc"))
  }

  @Test(arguments: [
    (base + "seed: 1\nseed: 2\n", "seed"), (head + "capture:\n  points: embed\n  points: embed\n", "points"),
  ])
  func aKeyThatOccursTwiceIsRefused(text: String, key: String) throws {
    let found = try #require(error(text))
    #expect(found.reason == .duplicate)
    #expect(found.location == "Probes/s.yaml:5")
    #expect(found.problem == "the key \(key) occurs twice")
  }

  @Test(arguments: ["", "# nothing\n", "---\n"])
  func anEmptyFileIsSaidToBeEmpty(text: String) throws {
    #expect(try #require(error(text)).description.contains("the file is empty"))
  }

  @Test(arguments: ["just words", "[1, 2]"])
  func aFileWithoutKeysIsRefused(text: String) throws {
    let found = try #require(error(text))
    #expect(found.reason == .wrongType)
    #expect(found.description.hasPrefix("Probes/s.yaml:1: expected keys and values, found "))
  }

  @Test func whatIsNotYAMLNamesTheLine() throws {
    let found = try #require(error("name: s\nmodel: [m\ncorpus: }\n"))
    #expect(found.reason == .syntax)
    #expect(found.description.hasPrefix("Probes/s.yaml:3: not valid YAML: "))
    #expect(!found.description.contains("\n"))
  }

  @Test func aSpecThatIsNotThereIsNotFound() throws {
    let path = NSTemporaryDirectory() + "no-such-\(UUID().uuidString).yaml"
    let found = #expect(throws: SpecError.self) { try ExperimentSpec(file: path) }
    #expect(found == SpecError(.notFound, at: path, "no such file"))
  }

  @Test func aSpecThatIsNotUTF8IsUnreadable() throws {
    let path = NSTemporaryDirectory() + "latin-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff, 0xfe]).write(to: URL(fileURLWithPath: path))
    let found = #expect(throws: SpecError.self) { try ExperimentSpec(file: path) }
    #expect(found == SpecError(.unreadable, at: path, "cannot be read as UTF-8 text"))
  }
}
