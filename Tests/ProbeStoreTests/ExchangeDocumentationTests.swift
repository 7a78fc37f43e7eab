import Foundation
import ProbeModel
import Testing

@testable import ProbeStore

/// The code in docs/exchange.md that needs nothing but Python's standard library, run as it stands there.
@Suite struct ExchangeDocumentationTests {
  /// The page's two such blocks: the one that reads an export, and the one that writes what is imported.
  private func blocks() throws -> (reading: String, writing: String) {
    var page = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { page.deleteLastPathComponent() }
    let code = try String(contentsOf: page.appendingPathComponent("docs/exchange.md"), encoding: .utf8)
      .components(separatedBy: "```python\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
    let plain = code.filter { !$0.contains("import numpy") }
    try #require(code.count == 4 && plain.count == 2)
    return (plain[0], plain[1])
  }

  @Test func pythonReadsAnExport() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(5, about: 20)
    let capture = try model.capture(corpus, points: [.residPost(12)], positions: .last)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let record = try capture.run(into: store).capture
    try Export(record, in: store).write(to: folder.path("capitals.safetensors"), as: SafetensorsExport.self)
    let lines = try python(
      blocks().reading + "\nprint(*keys)\nfor row in rows: print(*row)", in: folder)
    #expect(lines.first == "e0 e1 e2 e3 e4")
    let expected = capture.plan.sequences.map { sequence in
      let last = sequence.ids.count - 1
      return model.row(.residPost(12), token: sequence.ids[last], position: last)
    }
    #expect(lines.dropFirst().map { $0.split(separator: " ").compactMap { Float($0) } } == expected)
  }

  @Test func whatPythonWritesIsImported() throws {
    let folder = try Folder()
    _ = try python(blocks().writing, in: folder)
    let corpus = try Corpus.read(folder.path("examples.jsonl"))
    #expect(corpus.examples.map { $0.text } == ["Paris is in France.", "Paris is in Spain."])
    let activations = try ExternalActivations(path: folder.path("layer12.npy"))
    let point = try HookPoint(parsing: "resid_post.12")
    let store = try ActivationStore(folder.path("mine.sqlite"))
    let capture = try Import(activations, of: corpus, point: point, name: "mine").run(into: store).capture
    #expect(try store.matrix(point, of: capture).elements == [0.5, -1.25, 2, 1.5, 0.75, -0.5])
    #expect(
      try store.examples(of: capture).map { $0.example.labels["label"] } == [.bool(true), .bool(false)])
  }
}
