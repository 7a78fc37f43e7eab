import Foundation
import ProbeModel
import ProbeStore
import Testing

@testable import ProbeAnalysis

@Suite struct ExperimentSpecTests {
  @Test func aMinimalSpecGetsTheDocumentedDefaults() throws {
    let spec = try ExperimentSpec(
      text: """
        name: tiny
        model: smollm2-135m
        corpus: data.jsonl
        capture: { points: "blocks.*.hook_resid_post" }
        """, file: "Probes/tiny.yaml")
    #expect(spec.name == "tiny")
    #expect(spec.title == "tiny")
    #expect(spec.model == "smollm2-135m")
    #expect(spec.corpus == "Probes/data.jsonl")
    #expect(spec.capture.points.map { $0.text } == ["blocks.*.hook_resid_post"])
    #expect(spec.capture.settings.positions == .all)
    #expect(spec.capture.settings.dtype == .float16)
    #expect(spec.capture.settings.sentinel == .tokenizer)
    #expect(spec.capture.settings.chat == .raw)
    #expect(spec.capture.settings.overflow == .error)
    #expect(spec.analyses.isEmpty)
    #expect(spec.expectations.isEmpty)
    #expect(spec.seed == 0)
  }

  @Test func everyKeyIsRead() throws {
    let spec = try ExperimentSpec(text: Self.full, file: "Probes/full.yaml")
    #expect(spec.title == "Is it full?")
    #expect(spec.model == "Probes/../models/tiny")
    #expect(spec.capture.points.map { $0.text } == ["embed", "resid_post.{0..2}"])
    #expect(spec.capture.settings.positions == .last)
    #expect(spec.capture.settings.dtype == .bfloat16)
    #expect(spec.capture.settings.sentinel == .bos)
    #expect(spec.capture.settings.chat == .chatml)
    #expect(spec.capture.settings.overflow == .truncate)
    #expect(spec.seed == 7)
    #expect(
      spec.expectations.map { $0.text } == ["p.truth.best.accuracy.lower >= 0.6", "q.a.best.auroc > 0.5"])
    let probes = spec.analyses.compactMap { $0 as? LinearProbeAnalysis }
    #expect(probes.map { $0.id } == ["p", "q"])
    #expect(probes[0].labels == ["truth"])
    #expect(probes[0].replicates == 300)
    #expect(probes[0].strengths == [0.5, 2])
    #expect(probes[0].points?.map { $0.text } == ["resid_post.2"])
    #expect(probes[1].labels == ["a", "b"])
    #expect(probes[1].replicates == 2000)
    #expect(probes[1].points == nil)
  }

  @Test func jsonIsAccepted() throws {
    let spec = try ExperimentSpec(
      text: """
        {"name": "j", "model": "m", "corpus": "c.csv", "capture": {"points": ["resid_post.0"], "positions": "mean"},
         "analyze": [{"linear-probe": {"label": "x"}}], "expect": ["linear-probe.x.best.accuracy > 0.5"], "seed": 3}
        """, file: "j.json")
    #expect(spec.capture.settings.positions == .mean)
    #expect(spec.analyses.map { $0.id } == ["linear-probe"])
    #expect(spec.seed == 3)
    #expect(spec.corpus == "c.csv")
  }

  @Test(arguments: [
    ("/data/c.jsonl", "/data/c.jsonl"), ("-", "-"), ("c.jsonl", "Probes/c.jsonl"),
    ("../c.jsonl", "Probes/../c.jsonl"),
  ])
  func aRelativeCorpusIsRelativeToTheSpec(written: String, path: String) throws {
    let text = "name: n\nmodel: m\ncorpus: \"\(written)\"\ncapture: { points: embed }\n"
    #expect(try ExperimentSpec(text: text, file: "Probes/n.yaml").corpus == path)
  }

  @Test func theCommittedSpecsAreRead() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    folder.appendPathComponent("Probes")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".yaml")
    }
    #expect(!files.isEmpty)
    for file in files {
      let spec = try ExperimentSpec(file: folder.appendingPathComponent(file).path)
      #expect(file == spec.name + ".yaml")
      #expect(!spec.analyses.isEmpty && !spec.expectations.isEmpty)
      #expect(FileManager.default.fileExists(atPath: try #require(spec.corpus)))
    }
  }

  @Test func theTextIsKeptAsWritten() throws {
    #expect(try ExperimentSpec(text: Self.full, file: "full.yaml").text == Self.full)
  }

  @Test func anUnquotedNumberIsATextWhereTextIsExpected() throws {
    let text = "name: 2024\nmodel: m\ncorpus: c.jsonl\ncapture: { points: embed }\n"
    #expect(try ExperimentSpec(text: text, file: "n.yaml").name == "2024")
  }

  static let full = """
    # A comment stays in the text.
    name: full
    title: Is it full?
    model: ../models/tiny
    corpus: data.jsonl
    capture:
      points: ["embed", "resid_post.{0..2}"]
      positions: last
      dtype: bfloat16
      sentinel: bos
      chat: chatml
      overflow: truncate
    analyze:
      - linear-probe: { id: p, label: truth, control: { by: none }, replicates: 300, strengths: [0.5, 2], points: resid_post.2 }
      - linear-probe:
          id: q
          labels: [a, b]
    expect:
      - p.truth.best.accuracy.lower >= 0.6
      - q.a.best.auroc  >  0.5
    seed: 7

    """
}
