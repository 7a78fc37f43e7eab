import Foundation
import Testing

@testable import ProbeModel

/// Files that torch.save wrote, against what torch reads from them.
@Suite struct PyTorchTests {
  struct Golden: Decodable {
    struct Tensor: Decodable {
      let shape: [Int]
      let values: [Float]
    }
    let tensors: [String: Tensor]
  }

  static let folder = Fixture.root.appendingPathComponent("pickles").path

  private func read(_ name: String) throws -> [String: StoredTensor] {
    try PyTorch.tensors(in: MappedFile(path: "\(Self.folder)/\(name)"))
  }

  private func values(_ tensor: StoredTensor, row: (@Sendable (Int) -> Int)? = nil) -> [Float] {
    var values = [Float](repeating: .nan, count: tensor.count)
    values.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        tensor.decode(into: base, rows: row.map { (tensor.count / (tensor.shape.last ?? 1), $0) })
      }
    }
    return values
  }

  /// Every type and view: the values are small or exact, so that float32 holds what torch printed.
  @Test(arguments: 2...5)
  func everyTensorOfEveryProtocolEqualsTheReference(_ version: Int) throws {
    let golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/tensors.json")))
    let tensors = try read("tensors-\(version).pt")
    #expect(tensors.keys.sorted() == golden.tensors.keys.sorted() && tensors.count > 20)
    for (name, expected) in golden.tensors {
      let tensor = try #require(tensors[name])
      #expect(tensor.shape == expected.shape, "\(name)")
      #expect(values(tensor) == expected.values, "\(name)")
    }
  }

  @Test func onlyViewsThatAreNotRowMajorHaveStrides() throws {
    let strided = try read("tensors-2.pt").filter { $0.value.strides != nil }.keys.sorted()
    #expect(
      strided == [
        "bfloat16.steps", "expanded", "expanded.inside", "float16.transposed", "permuted", "slice", "steps",
        "transposed",
      ])
  }

  @Test func tiedTensorsShareTheirBytes() throws {
    let tensors = try read("tensors-2.pt")
    #expect(tensors["tied.a"]?.offset == tensors["tied.b"]?.offset)
    #expect(tensors["tied.a"]?.offset != tensors["parameter"]?.offset)
  }

  /// Reordering rows while reading, as GGUF's q and k need it, works on views too.
  @Test func rowsOfAViewMayBeReordered() throws {
    let tensor = try #require(try read("tensors-2.pt")["transposed"])
    let (rows, width) = (tensor.count / tensor.shape[2], tensor.shape[2])
    let (plain, reversed) = (values(tensor), values(tensor) { rows - 1 - $0 })
    for row in 0..<rows {
      #expect(
        reversed[row * width..<(row + 1) * width] == plain[(rows - 1 - row) * width..<(rows - row) * width])
    }
  }

  @Test func aStateDictionaryMayLieInsideATrainingCheckpoint() throws {
    #expect(try read("state-dict.pt").keys.sorted() == ["bias", "weight"])
    #expect(try read("model.pt").keys.sorted() == ["bias", "weight"])
  }

  @Test(arguments: [
    (
      "training.pt",
      "expected a dictionary of tensors, or one under state_dict or model; the keys are: "
        + "epoch, loss, note, seed, args, device, dtype, size, optimizer"
    ),
    (
      "module.pt",
      "torch.nn.modules.linear.Linear is not something a checkpoint of tensors needs: refused, nothing was executed"
    ),
    (
      "sparse.pt",
      "torch._utils._rebuild_sparse_tensor is not something a checkpoint of tensors needs: refused, nothing was executed"
    ),
    ("list.pt", "the file holds a list, expected a dictionary of tensors"),
  ])
  func whatIsNoStateDictionaryIsRefused(_ name: String, _ problem: String) throws {
    let error = try modelError { try read(name) }
    #expect(error.reason == .unsupported && error.problem == problem)
    #expect(
      error.location.hasPrefix("\(Self.folder)/\(name): entry ") && error.location.hasSuffix("/data.pkl"))
  }

  @Test(arguments: [("float64.pt", "float64"), ("float8.pt", "float8_e4m3fn"), ("conjugate.pt", "complex64")])
  func otherTypesAreRefusedByName(_ name: String, _ type: String) throws {
    let error = try modelError { try read(name) }
    if type == "complex64" {
      // The view is conjugate besides: refused already as a call with metadata.
      #expect(error.reason == .corrupt && error.problem.contains("_rebuild_tensor_v2 with 7 arguments"))
    } else {
      #expect(error.reason == .unsupported && error.problem == "the type torch.\(type) is not read")
      #expect(error.location == "\(Self.folder)/\(name): tensor a" && error.advice.contains("model.float()"))
    }
  }

  @Test func theFormatBeforeZipIsRefused() throws {
    let error = try modelError { try read("legacy.pt") }
    #expect(error.reason == .unsupported && error.problem == "a checkpoint in the format before torch 1.6")
    #expect(error.advice == "Load and save it with torch 1.6 or later, or save it as safetensors")
  }

  @Test func weightsMayBeNamedBesideTheirConfig() throws {
    let fixture = Fixture(name: "llama-bin")
    let byFile = try HookedTransformer.open(fixture.path + "/pytorch_model.bin")
    #expect(try byFile.config == fixture.model().config)
  }

  /// The end record stands at the very end: no shorter file has one that fits.
  @Test func truncatedFilesAreRefused() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/float8.pt"))
    for count in 1..<whole.count {
      let file = MappedFile(bytes: whole.prefix(count), name: "cut.pt")
      let error = try modelError { try PyTorch.tensors(in: file) }
      #expect(error.reason == .corrupt && error.location.hasPrefix("cut.pt"), "\(count): \(error)")
    }
  }

  /// A pickle cut anywhere, in an archive that is whole.
  @Test func truncatedPicklesAreRefused() throws {
    let archive = try ZipArchive(file: MappedFile(path: "\(Self.folder)/tensors-4.pt"))
    let pickle = try #require(archive.bytes("tensors-4/data.pkl"))
    for count in 0..<pickle.count {
      let part = UnsafeRawBufferPointer(rebasing: pickle[0..<count])
      let error = try modelError { try Unpickler.read(part, fileSize: count, location: "p") }
      #expect(error.location == "p" && [.corrupt, .unsupported].contains(error.reason), "\(count): \(error)")
    }
  }
}
