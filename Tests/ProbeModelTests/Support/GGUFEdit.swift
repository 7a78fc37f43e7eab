import Foundation
import Testing

@testable import ProbeModel

/// Changes to the GGUF file of a fixture that leave its data where they are.
struct GGUFEdit {
  private var bytes: Data

  init(_ fixture: String) throws {
    bytes = try Data(contentsOf: URL(fileURLWithPath: Fixture(name: fixture).path + "/model.gguf"))
  }

  /// Gives a key or a tensor another name of the same length.
  mutating func rename(_ old: String, _ new: String) throws {
    let range = try #require(bytes.range(of: GGUFBytes.string(old)), "the file has no \(old)")
    #expect(old.utf8.count == new.utf8.count)
    bytes.replaceSubrange(range, with: GGUFBytes.string(new))
  }

  /// Puts keys before the others; one that is there already becomes a key that nobody reads.
  mutating func set(_ values: [(String, GGUFBytes.Value)]) throws {
    for (key, _) in values where bytes.range(of: GGUFBytes.string(key)) != nil {
      try rename(key, "x" + key.dropFirst())
    }
    var added = values.reduce(Data()) { $0 + GGUFBytes.string($1.0) + $1.1.bytes }
    // A text as long as it takes to keep the data aligned.
    let empty = GGUFBytes.string("filler") + GGUFBytes.Value.string("").bytes
    let missing = (32 - (added.count + empty.count) % 32) % 32
    added += GGUFBytes.string("filler") + GGUFBytes.Value.string(String(repeating: " ", count: missing)).bytes
    let count = bytes[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    bytes.replaceSubrange(16..<24, with: littleEndian(count + UInt64(values.count) + 1) + added)
  }

  /// The model of the changed file, or the `ModelError` of opening it; and the path it had.
  func open() throws -> (result: Result<HookedTransformer, ModelError>, path: String) {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = try folder.write("m.gguf", bytes)
    do {
      return (.success(try HookedTransformer.open(path)), path)
    } catch let error as ModelError {
      return (.failure(error), path)
    }
  }
}
