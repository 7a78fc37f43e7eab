import Foundation
import ProbeMath
import ProbeModel
import ProbeReport
import ProbeStore

@testable import ProbeAnalysis

/// A folder with activations that "somebody" computed elsewhere: Gaussian noise, with a direction planted in block 1
/// that tells the label `side`, and a label `coin` that nothing tells.
final class ImportedExperiment {
  static let count = 240
  static let width = 24

  let folder = NSTemporaryDirectory() + "probe-imported-\(UUID().uuidString)"
  let store: ActivationStore
  private let examples: Corpus

  /// - Parameter tokens: whether examples give token ids in place of a text.
  init(tokens: Bool = false) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try ActivationStore(folder + "/mine.sqlite")
    var coins = RandomStream(seed: 5, "coins")
    let lines = (0..<Self.count).map { index in
      let content = tokens ? "\"token_ids\": [\(index), 7, \(index % 2)]" : "\"text\": \"sentence w\(index)\""
      return
        "{\"id\": \"e\(index)\", \(content), \"labels\": {\"side\": \"\(index % 2 == 0 ? "left" : "right")\", "
        + "\"coin\": \(coins.uniform() < 0.5)}}"
    }
    let file = folder + "/examples.jsonl"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
    examples = try Corpus.read(file)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Imports the activations of a block, in the bytes of a `.npy` file.
  func importBlock(_ layer: Int, name: String = "mine") throws {
    var stream = RandomStream(seed: UInt64(layer), "activations")
    var values: [Float] = []
    for index in 0..<Self.count {
      for column in 0..<Self.width {
        // Each side lies two standard deviations from the middle along one axis.
        let planted: Double = layer == 1 && column == 3 ? (index % 2 == 0 ? 2 : -2) : 0
        values.append(Float(planted + stream.normal()))
      }
    }
    let literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(Self.count), \(Self.width)), }"
    let header = literal + String(repeating: " ", count: 117 - literal.utf8.count) + "\n"
    let file = folder + "/block\(layer).npy"
    let bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
    try (bytes + values.withUnsafeBytes { Data($0) }).write(to: URL(fileURLWithPath: file))
    _ = try Import(ExternalActivations(path: file), of: examples, point: .residPost(layer), name: name)
      .run(into: store)
  }

  /// A spec without model and corpus.
  func spec(_ more: String = "", labels: String = "[side, coin]", name: String = "mine") throws
    -> ExperimentSpec
  {
    try ExperimentSpec(
      text: """
        name: \(name)
        analyze:
          - linear-probe: { id: p, labels: \(labels), replicates: 400, strengths: [0.01, 1] }
        expect: ["p.side.best.accuracy.lower > 0.8"]
        \(more)
        seed: 2
        """, file: folder + "/spec.yaml")
  }

  func run(_ spec: ExperimentSpec) throws -> (Results, Report) {
    try Experiment(spec: spec, store: store).run()
  }
}
