import Foundation
import ProbeFuzz
import Testing

/// The readers on their seeds and on a few changed inputs, in this process; `scripts/test-fuzz.sh` runs many more.
struct FuzzTests {
  private static let folder = FuzzFolder(
    fixtures: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures").path)

  private static let names = ["safetensors", "index", "gguf", "pickle", "tokenizer", "config", "corpus"]

  private func target(_ name: String) throws -> FuzzTarget {
    try #require(try FuzzTarget.all(Self.folder).first { $0.name == name })
  }

  private func withReader(_ target: FuzzTarget, _ body: (FuzzReader) throws -> Void) throws {
    let scratch = try makeScratchFolder()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    try body(try target.reader(in: scratch))
  }

  @Test func everyReaderIsRunHere() throws {
    #expect(try FuzzTarget.all(Self.folder).map(\.name) == Self.names)
  }

  @Test(arguments: names) func seedsAndChangedInputsAreReadOrRefusedWithATypedError(_ name: String) throws {
    let target = try target(name)
    try withReader(target) { reader in
      for iteration in 0..<1000 {
        let input = target.input(seed: 7, iteration: iteration)
        if case .stray(let error) = reader.outcome(of: input) {
          Issue.record("iteration \(iteration), \(input.name): \(error)")
        }
      }
    }
  }

  /// Changes that every reader refuses at its first line would test nothing.
  @Test(arguments: names) func someChangedInputsAreStillAccepted(_ name: String) throws {
    let target = try target(name)
    try withReader(target) { reader in
      let first = target.seeds.count
      let accepted = (first..<first + 300).count {
        reader.outcome(of: target.input(seed: 7, iteration: $0)) == .accepted
      }
      #expect((15...270).contains(accepted), "of 300")
    }
  }

  @Test(arguments: names) func anIterationAlwaysHasTheSameInput(_ name: String) throws {
    let (a, b) = (try target(name), try target(name))
    let first = a.seeds.count
    for iteration in first..<first + 50 {
      #expect(a.input(seed: 3, iteration: iteration).bytes == b.input(seed: 3, iteration: iteration).bytes)
    }
    let inputs = Set((first..<first + 50).map { a.input(seed: 3, iteration: $0).bytes })
    let others = Set((first..<first + 50).map { a.input(seed: 4, iteration: $0).bytes })
    #expect(inputs.count > 30)
    #expect(inputs.intersection(others).count < 10)
  }
}
