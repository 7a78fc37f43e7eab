import Foundation
import Testing

@testable import ProbeModel

/// A folder of its own for one test; it goes when the test is over.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("probe-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult func write(_ name: String, _ bytes: Data) throws -> String {
    let file = path + "/" + name
    try bytes.write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult func write(_ name: String, _ text: String) throws -> String {
    try write(name, Data(text.utf8))
  }

  /// Copies the files of a fixture, all but its reference.
  func copy(_ fixture: Fixture) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.path)
    where name != "reference.safetensors" {
      try FileManager.default.copyItem(atPath: fixture.path + "/" + name, toPath: path + "/" + name)
    }
  }

  /// Sets keys of `config.json` to JSON fragments; an empty fragment takes the key out.
  func editConfig(_ edits: [String: String]) throws {
    let url = URL(fileURLWithPath: path + "/config.json")
    var config = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    for (key, text) in edits {
      config[key] =
        text.isEmpty
        ? nil : try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
    try JSONSerialization.data(withJSONObject: config).write(to: url)
  }
}

/// The `ModelError` that `body` throws; anything else fails the test.
func modelError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) throws -> ModelError {
  try #require(throws: ModelError.self, sourceLocation: sourceLocation) { _ = try body() }
}

/// `bytes` as they lie in a file, little-endian.
func littleEndian<I: FixedWidthInteger>(_ value: I) -> Data {
  withUnsafeBytes(of: value.littleEndian) { Data($0) }
}
