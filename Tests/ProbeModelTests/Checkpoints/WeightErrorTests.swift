import Foundation
import Testing

@testable import ProbeModel

/// Weights that do not fit the configuration.
@Suite struct WeightErrorTests {
  private func failure(
    _ fixture: String, _ edit: (inout SafetensorsBytes) throws -> Void
  ) throws -> (error: ModelError, folder: String) {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    var file = try SafetensorsBytes(path: folder.path + "/model.safetensors")
    try edit(&file)
    try folder.write("model.safetensors", file.encoded())
    return (try modelError { try HookedTransformer.open(folder.path) }, folder.path)
  }

  static let tensors: [(fixture: String, tensor: String)] = ["llama-mha", "gpt2", "bert"].flatMap { name in
    let checkpoint = try? Checkpoint(path: Fixture(name: name).path)
    return (checkpoint?.tensors.keys.sorted() ?? []).map { (name, $0) }
  }
  /// BERT's pooler lies outside of the stream and is not read; a Llama without its head runs up to the final norm.
  static let needed = tensors.filter { !$0.tensor.hasPrefix("pooler.") && $0.tensor != "lm_head.weight" }

  @Test func theListsAreNotEmpty() {
    #expect(Self.needed.count > 60)
    #expect(Set(Self.needed.map { $0.fixture }) == ["llama-mha", "gpt2", "bert"])
  }

  @Test(arguments: needed)
  func aMissingTensorIsNamed(_ fixture: String, _ tensor: String) throws {
    let (error, folder) = try failure(fixture) { file in
      file.header[tensor] = nil
      try file.pack()
    }
    #expect(error.reason == .missingTensor && error.location.hasPrefix("\(folder): tensor "))
    #expect(
      error.problem.hasPrefix("not in the checkpoint (as ") && error.problem.contains(tensor), "\(error)")
  }

  @Test(arguments: needed)
  func aTensorOfIntegersIsNoWeight(_ fixture: String, _ tensor: String) throws {
    let (error, folder) = try failure(fixture) { try $0.set(tensor, "dtype", "I32") }
    #expect(
      error
        == ModelError(
          .wrongType, at: "\(folder)/model.safetensors: tensor \(tensor)",
          "expected real numbers, found I32"))
  }

  @Test(arguments: needed)
  func aTensorOfAnotherShapeIsRefused(_ fixture: String, _ tensor: String) throws {
    // One more axis of size 1: the same bytes under a shape that nothing expects.
    let (error, folder) = try failure(fixture) { file in
      let entry = try #require(file.header[tensor] as? [String: Any])
      try file.set(tensor, "shape", [1] + (#require(entry["shape"] as? [Int])))
    }
    #expect(error.reason == .wrongShape)
    #expect(error.location == "\(folder)/model.safetensors: tensor \(tensor)")
    #expect(error.problem.hasPrefix("shape [1, ") && error.problem.contains(", the configuration gives ["))
  }

  @Test func aMatrixTheOtherWayRoundIsRefused() throws {
    let (error, _) = try failure("llama-gqa") { file in
      try file.set("model.layers.1.mlp.down_proj.weight", "shape", [64, 32])
    }
    #expect(error.reason == .wrongShape)
    #expect(error.problem == "shape [64, 32], the configuration gives [32, 64]")
  }

  @Test(arguments: ["llama-gqa", "gpt2", "bert", "llama-bare"])
  func aTensorThatNothingReadsIsRefused(_ fixture: String) throws {
    let (error, folder) = try failure(fixture) { file in
      for name in ["adapter.b", "adapter.a"] {
        file.header[name] = ["dtype": "F32", "shape": [0], "data_offsets": [0, 0]]
      }
    }
    #expect(error.reason == .unexpectedTensor && error.location == "\(folder): tensor adapter.a")
    #expect(error.problem == "2 tensors of the checkpoint would go unused")
    #expect(error.advice == "The model has parts that this architecture does not describe")
  }

  /// More blocks in the file than in the configuration, and fewer.
  @Test func anotherNumberOfBlocksIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "gpt2"))
    try folder.editConfig(["n_layer": "2"])
    var error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .unexpectedTensor && error.location.contains("h.2."))
    try folder.editConfig(["n_layer": "4"])
    error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .missingTensor && error.location.contains("h.3."))
  }

  /// Every token is of type 0: a table without rows would be read beyond its end.
  @Test func aTokenTypeTableWithoutRowsIsRefused() throws {
    let (error, _) = try failure("bert") { file in
      try file.set("embeddings.token_type_embeddings.weight", "shape", [0, 32])
      try file.set("embeddings.token_type_embeddings.weight", "data_offsets", [0, 0])
      try file.pack()
    }
    #expect(error.reason == .wrongShape && error.location.hasSuffix("token_type_embeddings.weight"))
  }

  @Test(arguments: ["F16", "BF16"])
  func sixteenBitWeightsMayLieAtOddAddresses(_ dtype: String) throws {
    // One byte before the tensor, in a file whose header length is even or odd.
    for blank in ["", " "] {
      let header =
        #"{"a": {"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #" "w": {"dtype":"\#(dtype)","shape":[3],"data_offsets":[1,7]}\#(blank)}"#
      let one: UInt16 = dtype == "F16" ? 0x3c00 : 0x3f80
      let folder = try TemporaryFolder()
      let bytes =
        SafetensorsBytes.file(header: header) + Data([0]) + littleEndian(one) + littleEndian(one | 0x8000)
        + littleEndian(UInt16(0))
      let path = try folder.write("m.safetensors", bytes)
      let tensor = try #require(try Safetensors.tensors(in: MappedFile(path: path))["w"])
      var values = [Float](repeating: .nan, count: 3)
      values.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { tensor.decode(into: base) } }
      #expect(values == [1, -1, 0])
    }
  }
}
