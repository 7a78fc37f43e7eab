import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Properties of every damaged file: an error of ours, never a trap, and no wrong reading that could not be run.
@Suite struct DamagedFileTests {
  /// Cut points: every one near the start, then evenly to the end.
  private func cuts(of count: Int, dense: Int, spread: Int) -> [Int] {
    Array(1...dense) + (1..<spread).map { dense + (count - dense) * $0 / spread }
  }

  @Test func truncatedSafetensorsAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-gqa"))
    let path = folder.path + "/model.safetensors"
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    // The file has no holes and no tail: whatever is cut off belongs to the header or to a tensor.
    for cut in cuts(of: whole.count, dense: 30, spread: 71) + [whole.count - 1] {
      try folder.write("model.safetensors", whole.prefix(cut))
      let error = try modelError { try HookedTransformer.open(folder.path) }
      #expect(error.reason == .corrupt && error.location.hasPrefix(path), "cut at \(cut): \(error)")
    }
  }

  @Test func truncatedGGUFIsRefused() throws {
    let fixture = Fixture(name: "llama-gguf-f32").path + "/model.gguf"
    let end = try #require(
      try Checkpoint(path: fixture).tensors.values.map { $0.offset + $0.byteCount }.max())
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture))
    for cut in cuts(of: end, dense: 200, spread: 150) + [end - 1] {
      let path = try folder.write("m.gguf", whole.prefix(cut))
      let error = try modelError { try Checkpoint(path: path) }
      #expect(error.reason == .corrupt && error.location.hasPrefix(path), "cut at \(cut): \(error)")
    }
  }

  /// A changed byte is refused, or it is one that changes no number we read: then the model opens and runs.
  private func surviveFlips(
    of name: String, in folder: TemporaryFolder, opening path: String, header: Range<Int>, count: Int
  ) throws -> Int {
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
    var (random, refused) = (RandomStream(seed: 11, "flips", name), 0)
    for _ in 0..<count {
      var bytes = whole
      let at = header.lowerBound + random.index(below: header.count)
      bytes[at] ^= UInt8(1 + random.index(below: 255))
      try folder.write(name, bytes)
      do {
        let model = try HookedTransformer.open(path)
        let last = HookPoint.residPost(model.config.nLayers - 1)
        let stream = try #require(try model.activations(of: [1, 2, 3], at: [last])[last])
        #expect(stream.shape == [3, model.config.dModel], "byte \(at)")
      } catch let error as ModelError {
        refused += 1
        #expect(error.location.hasPrefix(folder.path), "byte \(at): \(error)")
      } catch is TokenizerError {
        refused += 1
      }
    }
    return refused
  }

  @Test func changedBytesOfASafetensorsHeaderNeverTrap() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-gqa"))
    let file = try MappedFile(path: folder.path + "/model.safetensors")
    let length = Int(file.bytes.loadUnaligned(as: UInt64.self))
    let refused = try surviveFlips(
      of: "model.safetensors", in: folder, opening: folder.path, header: 0..<8 + length, count: 300)
    // Nearly every byte is a name, a number or a bracket. Blanks that pad the header and the metadata are not.
    #expect(refused > 240, "\(refused) of 300")
  }

  @Test func changedBytesOfAGGUFHeaderNeverTrap() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-gguf-f32"))
    let path = folder.path + "/model.gguf"
    let start = try #require(try Checkpoint(path: path).tensors.values.map { $0.offset }.min())
    let refused = try surviveFlips(
      of: "model.gguf", in: folder, opening: path, header: 0..<start, count: 400)
    // Much of this header is tokens, scores and merges, whose text may be anything.
    #expect(refused > 100, "\(refused) of 400")
  }

  @Test func changedBytesOfAPickleNeverTrap() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-bin"))
    let path = folder.path + "/pytorch_model.bin"
    let file = try MappedFile(path: path)
    let pickle = try #require(try ZipArchive(file: file).entries["pytorch_model/data.pkl"])
    var refused = try surviveFlips(
      of: "pytorch_model.bin", in: folder, opening: folder.path, header: 0..<pickle.upperBound, count: 300)
    // Memo numbers that nobody asks for and flags such as requires_grad change nothing.
    #expect(refused > 150, "\(refused) of 300")
    refused = try surviveFlips(
      of: "pytorch_model.bin", in: folder, opening: folder.path,
      header: file.bytes.count - 1500..<file.bytes.count, count: 200)
    // Versions, times and checksums in the directory are not compared.
    #expect(refused > 50, "\(refused) of 200")
  }

  @Test func changedBytesOfTheDataAreRead() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-gguf-mixed"))
    let path = folder.path + "/model.gguf"
    let file = try MappedFile(path: path)
    let start = try #require(try Checkpoint(path: path).tensors.values.map { $0.offset }.min())
    let refused = try surviveFlips(
      of: "model.gguf", in: folder, opening: path, header: start..<file.bytes.count, count: 50)
    // Any bytes are weights: damage there is found by digest, not by reading.
    #expect(refused == 0)
  }
}
