import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax
import Testing

@testable import ProbeAnalysis

/// A folder of its own with Python snippets, a spec and a store, on MiniLM.
final class SnippetExperiment {
  let folder: String
  var storePath: String { folder + "/store.sqlite" }

  private static let package: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { url.deleteLastPathComponent() }
    return url.path
  }()

  static let model =
    (ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? package + "/.probe/models") + "/all-minilm-l6-v2"

  /// Always in CI, where what is missing is a failure, else when model and grammars are there.
  static let isTested =
    ProcessInfo.processInfo.environment["CI"] != nil
    || (FileManager.default.fileExists(atPath: model) && (try? Grammar(of: .python)) != nil)

  init(_ lines: [String]) throws {
    folder = NSTemporaryDirectory() + "probe-snippets-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(
      to: URL(fileURLWithPath: folder + "/corpus.jsonl"))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func spec(
    _ settings: String, capture: String = "pieces: cut, positions: labelled", expect: [String] = [],
    points: String = "\"resid_post.{0,2}\"", others: String = "", seed: Int = 1
  ) throws -> ExperimentSpec {
    try ExperimentSpec(
      text: """
        name: snippets
        \(others.isEmpty ? "model: \(Self.model)" : "models: { main: \(Self.model), \(others) }")
        corpus: corpus.jsonl
        capture: { points: [\(points)], parse: python, dtype: float32, overflow: skip, \(capture) }
        analyze:
          - ast-probe: { language: python, rank: 8, epochs: 4, replicates: 200, \(settings) }
        expect: [\(expect.map { "\"\($0)\"" }.joined(separator: ", "))]
        seed: \(seed)
        """, file: folder + "/spec.yaml")
  }

  @discardableResult func capture(_ spec: ExperimentSpec) throws -> ActivationStore {
    let store = try ActivationStore(storePath)
    for source in spec.capturedModels.flatMap({ $0.sources }) {
      let model = try source.open()
      let capture = try Capture(
        model: model, corpus: spec.capture.read(folder + "/corpus.jsonl"),
        points: PointSelector.select(spec.capture.points, from: model.hookPoints),
        settings: spec.capture.settings, name: spec.name, spec: spec.text)
      _ = try capture.run(into: store)
    }
    return store
  }

  func answers(_ spec: ExperimentSpec) throws -> Experiment.Answers {
    try Experiment(spec: spec, store: ActivationStore(storePath, for: .reading)).answers()
  }

  func findings(_ spec: ExperimentSpec) throws -> ASTProbeFindings {
    try capture(spec).close()
    return try answers(spec).results.analyses[0].findings.decode(ASTProbeFindings.self)
  }

  /// One JSON line of a corpus.
  static func line(_ id: String, _ text: String, group: String) throws -> String {
    let object = ["id": id, "text": text, "group": group]
    return String(decoding: try JSONEncoder().encode(object), as: UTF8.self)
  }

  /// Small functions, four a file, of statements drawn from a few forms.
  static func functions(_ count: Int, seed: UInt64 = 1) throws -> [String] {
    var stream = RandomStream(seed: seed, "functions")
    let names = ["value", "item", "count", "name", "path", "total", "key", "node"]
    func name() -> String { names[stream.index(below: names.count)] }
    func statement() -> String {
      switch stream.index(below: 5) {
      case 0: "    \(name()) = \(name()) + \(stream.index(below: 9))"
      case 1: "    if \(name()):\n        \(name()) = \(name())(\(name()))"
      case 2: "    for \(name()) in \(name()):\n        print(\(name()))"
      case 3: "    \(name()).append([\(name()), \(name())])"
      default: "    return \(name())[\(name())]"
      }
    }
    return try (0..<count).map { index in
      let body = (0..<(1 + stream.index(below: 3))).map { _ in statement() }.joined(separator: "\n")
      return try line(
        "f\(index)", "def \(name())(\(name())):\n\(body)", group: "file\(index / 4)")
    }
  }
}
