import Foundation
import Testing

@testable import ProbeModel

/// Damaged `model.safetensors.index.json` files.
@Suite struct ShardErrorTests {
  private let name = "model.safetensors.index.json"

  /// The sharded fixture with its index replaced.
  private func failure(
    index: String, before: (TemporaryFolder) throws -> Void = { _ in }
  ) throws -> (error: ModelError, index: String) {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-sharded"))
    try folder.write(name, index)
    try before(folder)
    return (try modelError { try HookedTransformer.open(folder.path) }, folder.path + "/" + name)
  }

  @Test func anIndexThatIsNotJSONIsRefused() throws {
    let (error, path) = try failure(index: "{")
    #expect(error.reason == .corrupt && error.location == path && error.problem.hasPrefix("not valid JSON"))
  }

  @Test(arguments: ["{}", #"{"weight_map": []}"#, #"{"weight_map": null}"#, "[]"])
  func anIndexWithoutAMapIsRefused(_ index: String) throws {
    let (error, path) = try failure(index: index)
    #expect(error == ModelError(.missingKey, at: path, "expected an object weight_map"))
  }

  @Test(arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", ".."])
  func aShardOutsideTheFolderIsRefused(_ shard: String) throws {
    let (error, path) = try failure(index: #"{"weight_map": {"w": "\#(shard)"}}"#)
    #expect(
      error == ModelError(.badValue, at: "\(path): weight_map.w", "expected a file name beside the index"))
  }

  @Test func aShardThatIsNoTextIsRefused() throws {
    let (error, path) = try failure(index: #"{"weight_map": {"w": 3}}"#)
    #expect(error.reason == .badValue && error.location == "\(path): weight_map.w")
  }

  @Test(arguments: ["", "."])
  func theFolderItselfIsNoShard(_ shard: String) throws {
    let (error, _) = try failure(index: #"{"weight_map": {"w": "\#(shard)"}}"#)
    #expect(error.reason == .unreadable && error.problem == "expected a regular file")
  }

  @Test func aMissingShardIsNamed() throws {
    let (error, path) = try failure(index: #"{"weight_map": {"w": "gone.safetensors"}}"#)
    #expect(error.reason == .notFound)
    #expect(error.location == (path as NSString).deletingLastPathComponent + "/gone.safetensors")
  }

  @Test func aTensorThatItsShardDoesNotHoldIsNamed() throws {
    let shard = "model-00001-of-00004.safetensors"
    let (error, path) = try failure(index: #"{"weight_map": {"nothing": "\#(shard)"}}"#)
    #expect(
      error == ModelError(.missingTensor, at: "\(path): weight_map.nothing", "\(shard) holds no such tensor"))
  }

  @Test func aDamagedShardIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-sharded"))
    let path = folder.path + "/model-00003-of-00004.safetensors"
    try Data(contentsOf: URL(fileURLWithPath: path)).prefix(5000).write(to: URL(fileURLWithPath: path))
    let error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .corrupt && error.location.hasPrefix(path))
  }

  @Test func anEmptyMapMissesTheFirstTensor() throws {
    let (error, _) = try failure(index: #"{"weight_map": {}}"#)
    #expect(error.reason == .missingTensor)
  }

  /// The digest reads the shards in the order of their names, whatever the order of the tensors.
  @Test func shardsAreKeptInTheOrderOfTheirNames() throws {
    let files = try Checkpoint(path: Fixture(name: "llama-sharded").path).files.map { $0.path }
    #expect(files.count == 4 && files == files.sorted())
  }
}
