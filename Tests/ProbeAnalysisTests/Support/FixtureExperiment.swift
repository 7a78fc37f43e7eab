import Foundation
import ProbeMath
import ProbeModel
import ProbeReport
import ProbeStore

@testable import ProbeAnalysis

/// A folder of its own with a corpus of token ids, a spec and a store, on a tiny model with random weights.
final class FixtureExperiment {
  let folder: String
  var corpus: String { folder + "/corpus.jsonl" }
  var storePath: String { folder + "/store.sqlite" }

  init(_ items: [Item]) throws {
    folder = NSTemporaryDirectory() + "probe-analysis-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try write(items)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ items: [Item]) throws {
    try Data(items.map { $0.line + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: corpus))
  }

  /// `Tests/Fixtures/models/NAME`.
  static func model(_ name: String = "llama-gqa") -> String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("Fixtures/models/\(name)").path
  }

  /// A spec on this corpus; `analyses` is the list under `analyze`, `others` the members of `models` besides `main`.
  func spec(
    analyses: String = "- linear-probe: { id: p, label: first, replicates: 200 }", expect: [String] = [],
    model: String = FixtureExperiment.model(), others: String = "", positions: String = "last",
    points: String = "\"resid_post.*\"",
    more: String = "", seed: Int = 1
  ) throws -> ExperimentSpec {
    try ExperimentSpec(
      text: """
        name: fixture
        title: Can the first token be read at the last?
        \(others.isEmpty ? "model: \(model)" : "models: { main: \(model), \(others) }")
        corpus: corpus.jsonl
        capture: { points: [\(points)], positions: \(positions), dtype: float32\(more) }
        analyze:
          \(analyses.replacing("\n", with: "\n  "))
        expect: [\(expect.joined(separator: ", "))]
        seed: \(seed)
        """, file: folder + "/spec.yaml")
  }

  /// Captures what the spec wants, from the first `count` of its models.
  @discardableResult
  func capture(
    _ spec: ExperimentSpec, models count: Int = .max, shouldStop: Bool = false
  ) throws -> ActivationStore {
    let store = try ActivationStore(storePath)
    for source in spec.models.flatMap({ $0.sources }).prefix(count) {
      let model = try source.open()
      let capture = try Capture(
        model: model, corpus: Corpus.read(corpus),
        points: PointSelector.select(spec.capture.points, from: model.hookPoints),
        settings: spec.capture.settings, name: spec.name, spec: spec.text)
      _ = try capture.run(into: store, threads: 1, shouldStop: { shouldStop })
    }
    return store
  }

  func run(_ spec: ExperimentSpec) throws -> (Results, Report) {
    try Experiment(spec: spec, store: ActivationStore(storePath, for: .reading)).run()
  }

  /// Captures, analyses, and gives the findings of the one linear probe.
  func linearProbe(_ spec: ExperimentSpec) throws -> LinearProbeFindings {
    try capture(spec).close()
    return try run(spec).0.analyses[0].findings.decode(LinearProbeFindings.self)
  }
}

/// One line of a corpus of token ids.
struct Item {
  var id: String
  var tokens: [Int]
  var labels: [String: String]
  var group: String?
  var split: String?

  /// Hand-written JSON in a fixed order, so that a file's bytes follow from its items.
  var line: String {
    var fields = ["\"id\": \"\(id)\"", "\"token_ids\": \(tokens)"]
    let labels = labels.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
    fields.append("\"labels\": {\(labels.joined(separator: ", "))}")
    if let group { fields.append("\"group\": \"\(group)\"") }
    if let split { fields.append("\"split\": \"\(split)\"") }
    return "{\(fields.joined(separator: ", "))}"
  }

  /// Pairs that share all tokens but the first, which decides the label `first`; a pair is a group. `noise0`,
  /// `noise1`, … are drawn by coin for each pair, opposite within it, so nothing can know them.
  static func pairs(_ count: Int, length: Int = 4, noises: Int = 0, seed: UInt64 = 1) -> [Item] {
    var stream = RandomStream(seed: seed, "items")
    var seen: Set<[Int]> = []
    return (0..<count).flatMap { pair -> [Item] in
      // No two pairs alike: they could fall on two sides of a split, which is refused.
      var middle: [Int]
      repeat {
        middle = (0..<(length - 2)).map { _ in 10 + stream.index(below: 80) }
      } while !seen.insert(middle).inserted
      let coins = (0..<noises).map { _ in stream.uniform() < 0.5 }
      return [false, true].map { side in
        var labels = ["first": side ? "b" : "a"]
        for (index, coin) in coins.enumerated() { labels["noise\(index)"] = coin == side ? "x" : "y" }
        return Item(
          id: "\(pair)\(side ? "b" : "a")", tokens: [side ? 5 : 6] + middle + [7], labels: labels,
          group: "pair\(pair)")
      }
    }
  }
}
