import Foundation
import Testing

@testable import ProbeModel

/// What lies at a path: folders and files that hold no model, or half of one.
@Suite struct CheckpointLayoutTests {
  @Test func aPathThatIsNotThereIsNotFound() throws {
    let error = try modelError { try HookedTransformer.open("/nowhere/model.gguf") }
    #expect(error.reason == .notFound && error.location == "/nowhere/model.gguf")
    #expect(error.advice.contains("probe models"))
  }

  @Test func aFileOfAnotherKindIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("model.onnx", "x")
    let error = try modelError { try HookedTransformer.open(path) }
    #expect(error.reason == .unsupported && error.location == path && error.problem == "not a model")
    #expect(error.advice.contains(".safetensors") && error.advice.contains(".gguf"))
  }

  @Test func anEmptyFolderIsRefused() throws {
    let folder = try TemporaryFolder()
    let error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .notFound && error.location == folder.path)
    #expect(error.problem == "holds neither a config.json nor exactly one .gguf (found 0)")
    #expect(error.advice == "Expected a Hugging Face directory")
  }

  @Test func aFolderWithOneGGUFIsThatModel() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-gguf-f16"))
    #expect(try HookedTransformer.open(folder.path).config.nLayers == 3)
  }

  @Test func twoGGUFsAreAmbiguous() throws {
    let folder = try TemporaryFolder()
    try folder.write("b.gguf", "x")
    try folder.write("a.gguf", "x")
    let error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .notFound && error.problem.hasSuffix("(found 2)"))
    #expect(error.advice == "Name one of: a.gguf, b.gguf")
  }

  @Test func aFolderWithoutConfigIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "gpt2"))
    try FileManager.default.removeItem(atPath: folder.path + "/config.json")
    var error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .notFound && error.problem.contains("neither a config.json"))
    error = try modelError { try HookedTransformer.open(folder.path + "/model.safetensors") }
    #expect(error == ModelError(.notFound, at: folder.path + "/config.json", "no such file"))
  }

  @Test func weightsMayBeNamedBesideTheirConfig() throws {
    let fixture = Fixture(name: "gpt2")
    let byFile = try HookedTransformer.open(fixture.path + "/model.safetensors")
    #expect(try byFile.config == fixture.model().config)
  }

  @Test func configAloneHasNoWeights() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    var error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .notFound && error.location == folder.path)
    #expect(error.problem == "holds no model.safetensors, no pytorch_model.bin and no index of either")
    #expect(error.advice == "Fetch the weights")
    let path = try folder.write("pytorch_model.bin", "x")
    error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.location == path && error.problem == "not a zip archive, which PyTorch's checkpoints are")
  }

  /// Each layout is damaged once a preferred one stands beside it: which one is opened shows in the error.
  @Test func safetensorsArePreferredToPyTorchAndFilesToIndexes() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    for name in [
      "pytorch_model.bin.index.json", "pytorch_model.bin", "model.safetensors.index.json",
      "model.safetensors",
    ] {
      let path = try folder.write(name, "x")
      #expect(try modelError { try Checkpoint(path: folder.path) }.location.hasPrefix(path))
    }
  }

  @Test(arguments: ["model.safetensors", "model.gguf"])
  func anEmptyFileIsRefused(_ name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    let path = try folder.write(name, "")
    let error = try modelError { try HookedTransformer.open(path) }
    #expect(error == ModelError(.corrupt, at: path, "the file is empty"))
  }

  @Test func aFolderInPlaceOfAFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.safetensors"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try folder.write("config.json", "{}")
    var error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error == ModelError(.unreadable, at: path, "expected a regular file"))
    try FileManager.default.removeItem(atPath: folder.path + "/config.json")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/config.json", withIntermediateDirectories: false)
    error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.reason == .unreadable && error.location == folder.path + "/config.json")
  }

  /// Opening a pipe that nobody writes to would wait for ever.
  @Test(.timeLimit(.minutes(15))) func aNamedPipeIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.gguf"
    #expect(mkfifo(path, 0o600) == 0)
    let error = try modelError { try HookedTransformer.open(path) }
    #expect(error == ModelError(.unreadable, at: path, "expected a regular file"))
  }

  @Test(arguments: [("{", "not valid JSON"), ("[]", "model_type is missing"), ("", "not valid JSON")])
  func aBrokenConfigIsRefused(_ text: String, _ problem: String) throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "gpt2"))
    try folder.write("config.json", text)
    let error = try modelError { try HookedTransformer.open(folder.path) }
    #expect(error.location == folder.path + "/config.json" && error.problem.contains(problem), "\(error)")
  }

  /// A fuzzer drives every reader without a disk.
  @Test func aFileInMemoryReadsAsItsMappedTwin() throws {
    let path = Fixture(name: "llama-gqa").path + "/model.safetensors"
    let mapped = try MappedFile(path: path)
    let copy = MappedFile(bytes: Array(mapped.bytes), name: "copy")
    #expect(copy.path == "copy" && copy.bytes.elementsEqual(mapped.bytes))
    #expect(try Safetensors.tensors(in: copy).keys.sorted() == Safetensors.tensors(in: mapped).keys.sorted())
    let empty = MappedFile(bytes: [], name: "empty")
    #expect(try modelError { try Safetensors.tensors(in: empty) }.location == "empty")
    #expect(try modelError { try GGUF(file: empty) }.location == "empty")
    #expect(try modelError { try PyTorch.tensors(in: empty) }.location == "empty")
  }

  @Test func aConfigThatIsAPipeIsRefused() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder.path + "/config.json", 0o600) == 0)
    let error = try modelError { try Checkpoint(path: folder.path) }
    #expect(error == ModelError(.unreadable, at: folder.path + "/config.json", "expected a regular file"))
  }
}
