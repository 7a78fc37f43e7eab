import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// A tiny checkpoint under `Tests/Fixtures/models` with what the reference implementation computes with it.
struct Fixture: CustomTestStringConvertible {
  let name: String

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures")

  /// Every folder that holds a reference.
  static let all: [Fixture] = {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/models")) ?? []
    return folders.sorted().map { Fixture(name: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path + "/reference.safetensors") }
  }()

  var path: String { Self.root.appendingPathComponent("models/\(name)").path }
  var testDescription: String { name }

  func model() throws -> HookedTransformer { try HookedTransformer.open(path) }
  func reference() throws -> Reference { try Reference(path: path + "/reference.safetensors") }
}

/// Stored activations, `seqN.ids` and `seqN/<hook>`.
struct Reference {
  let tensors: [String: StoredTensor]

  init(path: String) throws { tensors = try Safetensors.tensors(in: MappedFile(path: path)) }

  /// The token ids of every sequence.
  var sequences: [[Int]] {
    (0...).lazy.map { tensors["seq\($0).ids"] }.prefix { $0 != nil }.compactMap { $0 }
      .map { tensor in values(tensor).elements.map { Int($0) } }
  }

  /// Names below `seqN/`.
  func names(_ sequence: Int) -> [String] {
    tensors.keys.filter { $0.hasPrefix("seq\(sequence)/") }.map { String($0.drop { $0 != "/" }.dropFirst()) }
      .sorted()
  }

  subscript(sequence: Int, name: String) -> Tensor? { tensors["seq\(sequence)/\(name)"].map { values($0) } }

  private func values(_ stored: StoredTensor) -> Tensor {
    var values = [Float](repeating: 0, count: stored.count)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { stored.decode(into: base) }
    }
    return Tensor(stored.shape, values)
  }
}

/// Largest |a − b| / max(1, |b|).
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
}
