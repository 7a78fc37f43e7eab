import Foundation
import Testing

@testable import ProbeModel

/// Damaged GGUF files.
@Suite struct GGUFErrorTests {
  private func parse(_ bytes: Data) throws -> (file: Result<GGUF, ModelError>, path: String) {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.gguf", bytes)
    do throws(ModelError) {
      return (.success(try GGUF(file: MappedFile(path: path))), path)
    } catch {
      return (.failure(error), path)
    }
  }

  private func failure(_ gguf: GGUFBytes) throws -> (error: ModelError, path: String) {
    let (result, path) = try parse(gguf.data)
    return (try modelError { try result.get() }, path)
  }

  private func tensors(_ tensors: GGUFBytes.Tensor..., dataCount: Int = 256) -> GGUFBytes {
    GGUFBytes(tensors: tensors, dataCount: dataCount)
  }

  @Test func theSmallFileItselfIsRead() throws {
    var bytes = tensors(
      .init(name: "a", dimensions: [4, 2]), .init(name: "b", dimensions: [32], type: 8, offset: 32))
    bytes.metadata = [("k", .u32(7)), ("s", .string("text")), ("deep", .nested(2))]
    let gguf = try parse(bytes.data).file.get()
    #expect(gguf.metadata == ["k": .integer(7), "s": .string("text"), "deep": .other])
    #expect(gguf.tensors["a"]?.shape == [2, 4] && gguf.tensors["b"]?.format == .q8_0)
  }

  @Test func anotherMagicIsRefused() throws {
    let (error, path) = try failure(GGUFBytes(magic: "GGML"))
    #expect(
      error == ModelError(.corrupt, at: path, "expected the magic GGUF: this is not a GGUF file"))
  }

  /// The layout did not change between them.
  @Test func version2IsReadAsVersion3() throws {
    let folder = try TemporaryFolder()
    var bytes = try Data(
      contentsOf: URL(fileURLWithPath: Fixture(name: "llama-gguf-f32").path + "/model.gguf"))
    #expect(bytes[4] == 3)
    let third = try GGUF(file: MappedFile(path: folder.write("3.gguf", bytes)))
    bytes[4] = 2
    let second = try GGUF(file: MappedFile(path: folder.write("2.gguf", bytes)))
    #expect(second.tensors.keys == third.tensors.keys && second.metadata.count == third.metadata.count)
  }

  @Test(arguments: [0, 1, 4, 1 << 16])
  func anotherVersionIsRefused(_ version: UInt32) throws {
    let (error, path) = try failure(GGUFBytes(version: version))
    #expect(error.reason == .unsupported && error.location == path)
    #expect(error.problem == "GGUF version \(version), expected 2 or 3")
  }

  @Test(arguments: [1, 2, 3])
  func aBigEndianFileIsRefused(_ version: UInt32) throws {
    let (error, path) = try failure(GGUFBytes(version: version.byteSwapped))
    #expect(error.reason == .unsupported && error.location == path)
    #expect(error.problem == "a big-endian GGUF (version \(version)), expected little-endian")
  }

  @Test(arguments: [1 << 40, UInt64(Int64.max), UInt64.max])
  func hugeCountsAreRefused(_ count: UInt64) throws {
    var (error, path) = try failure(GGUFBytes(tensorCount: count))
    #expect(error == ModelError(.corrupt, at: path, "tensor count is \(count), more than the file can hold"))
    (error, path) = try failure(GGUFBytes(metadataCount: count))
    #expect(
      error == ModelError(.corrupt, at: path, "metadata count is \(count), more than the file can hold"))
    let array = GGUFBytes.Value.raw(9, littleEndian(UInt32(8)) + littleEndian(count))
    (error, path) = try failure(GGUFBytes(metadata: [("list", array)]))
    #expect(error.reason == .corrupt && error.problem.contains("length of list is \(count)"))
  }

  @Test(arguments: [33, 1 << 20, UInt64.max])
  func aStringBeyondTheFileIsRefused(_ length: UInt64) throws {
    let (error, path) = try failure(GGUFBytes(metadata: [("key", .raw(8, littleEndian(length)))]))
    #expect(error.reason == .corrupt && error.location == path && error.problem.contains("key"), "\(error)")
  }

  @Test func arraysOfArraysAreSkippedUpToADepth() throws {
    for depth in 0..<4 { _ = try parse(GGUFBytes(metadata: [("k", .nested(depth))]).data).file.get() }
    for depth in [4, 5, 1000] {
      let (error, path) = try failure(GGUFBytes(metadata: [("k", .nested(depth))]))
      #expect(
        error == ModelError(.corrupt, at: "\(path): metadata k", "arrays are nested more than four deep"))
    }
  }

  @Test(arguments: [13, 99, UInt32.max])
  func anUnknownValueTypeIsRefused(_ type: UInt32) throws {
    let (error, path) = try failure(GGUFBytes(metadata: [("k", .raw(type, Data(count: 8)))]))
    #expect(error == ModelError(.corrupt, at: "\(path): metadata k", "\(type) is not a GGUF value type"))
  }

  @Test(arguments: [
    (15, "Q8_K (15)"), (20, "IQ4_NL (20)"), (23, "IQ4_XS (23)"), (28, "F64 (28)"), (34, "TQ1_0 (34)"),
    (39, "MXFP4 (39)"), (40, "NVFP4 (40)"), (4000, "4000"),
  ])
  func anUnreadTensorTypeIsNamed(_ type: UInt32, _ name: String) throws {
    let (error, path) = try failure(tensors(.init(name: "w", dimensions: [256], type: type)))
    #expect(error.reason == .unsupported && error.location == "\(path): tensor w")
    #expect(error.problem == "the GGUF type \(name) is not read")
    #expect(
      error.advice == "Supported: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K")
  }

  @Test func overlappingTensorsAreRefused() throws {
    let (error, path) = try failure(
      tensors(.init(name: "a", dimensions: [16]), .init(name: "b", dimensions: [8], offset: 32)))
    #expect(error.reason == .corrupt && error.location == "\(path): tensor b")
    #expect(error.problem == "it overlaps the tensor before it (offset 32 < 64)")
  }

  @Test func tensorsBeyondTheFileAreRefused() throws {
    let (error, path) = try failure(tensors(.init(name: "w", dimensions: [64], offset: 32), dataCount: 287))
    #expect(error.reason == .corrupt && error.location == "\(path): tensor w")
    #expect(error.problem.hasPrefix("its 256 bytes at offset ") && error.advice.contains("fetch it again"))
  }

  @Test func aNameThatOccursTwiceIsRefused() throws {
    var (error, path) = try failure(
      tensors(.init(name: "w", dimensions: [8]), .init(name: "w", dimensions: [8], offset: 32)))
    #expect(error == ModelError(.corrupt, at: "\(path): tensor w", "the name occurs twice"))
    (error, path) = try failure(GGUFBytes(metadata: [("k", .u32(1)), ("k", .u32(2))]))
    #expect(error == ModelError(.corrupt, at: "\(path): metadata k", "the key occurs twice"))
  }

  @Test func fiveDimensionsAreRefused() throws {
    let (error, path) = try failure(tensors(.init(name: "w", dimensions: [2, 2, 2, 2, 2])))
    #expect(error == ModelError(.corrupt, at: "\(path): tensor w", "5 dimensions, at most 4"))
  }

  @Test(arguments: [
    [UInt64.max], [1 << 62, 4], [1 << 10, 1 << 10, 1 << 10, 1 << 10], [1000, 1000, 1000, 1000],
  ])
  func impossibleShapesAreRefused(_ dimensions: [UInt64]) throws {
    let (error, _) = try failure(tensors(.init(name: "w", dimensions: dimensions)))
    #expect(error.reason == .corrupt && error.description.contains("tensor w"), "\(error)")
  }

  @Test(arguments: [2, 3, 6, 7, 8, 10, 11, 12, 13, 14])
  func rowsThatAreNoWholeBlocksAreRefused(_ type: UInt32) throws {
    let (error, path) = try failure(tensors(.init(name: "w", dimensions: [48, 2], type: type)))
    #expect(error.reason == .corrupt && error.location == "\(path): tensor w")
    let format = try #require(StorageFormat(ggmlType: type))
    #expect(
      error.problem
        == "rows of 48 values do not divide into \(format.rawValue) blocks of \(type < 10 ? 32 : 256)")
  }

  @Test(arguments: [
    GGUFBytes.Value.u32(0), .u32(48), .u64(.max), .u32(1 << 21), .string("32"), .f32(32), .nested(1),
  ])
  func anAlignmentThatIsNoPowerOfTwoIsRefused(_ value: GGUFBytes.Value) throws {
    let (error, path) = try failure(GGUFBytes(metadata: [("general.alignment", value)]))
    #expect(error.reason == .corrupt && error.location == "\(path): metadata general.alignment")
    #expect(error.problem == "expected a power of two up to 1048576")
  }

  @Test func anOffsetOffTheAlignmentIsRefused() throws {
    let (error, path) = try failure(tensors(.init(name: "w", dimensions: [4], offset: 6)))
    #expect(error.reason == .corrupt && error.location == "\(path): tensor w")
    #expect(error.problem == "its offset 6 is not a multiple of the alignment 32")
  }

  /// A length that the file cannot hold is refused before room for it is reserved, whatever the elements are.
  @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  func anArrayBeyondTheFileIsRefused(_ type: UInt32) throws {
    let array = GGUFBytes.Value.raw(9, littleEndian(type) + littleEndian(UInt64(100)) + Data(count: 40))
    let (error, path) = try failure(GGUFBytes(metadata: [("list", array)]))
    #expect(error.reason == .corrupt && error.location == "\(path): metadata list")
    #expect(error.problem.hasPrefix("an array of 100 elements at byte 52 reaches beyond the file"))
  }

  @Test func arraysOfEveryTypeAreRead() throws {
    func array(_ type: UInt32, _ count: Int, _ bytes: Data) -> GGUFBytes.Value {
      .raw(9, littleEndian(type) + littleEndian(UInt64(count)) + bytes)
    }
    let bytes = GGUFBytes(metadata: [
      ("u8", array(0, 2, Data([1, 255]))), ("i8", array(1, 2, Data([1, 255]))),
      ("i64", array(11, 1, littleEndian(Int64(-9)))), ("f64", array(12, 1, littleEndian(1.5.bitPattern))),
      ("bool", array(7, 2, Data([0, 1]))), ("none", array(8, 0, Data())),
      ("texts", array(8, 2, GGUFBytes.string("a") + GGUFBytes.string(""))),
    ])
    #expect(
      try parse(bytes.data).file.get().metadata == [
        "u8": .integers([1, 255]), "i8": .integers([1, -1]), "i64": .integers([-9]), "f64": .numbers([1.5]),
        "bool": .other, "none": .strings([]), "texts": .strings(["a", ""]),
      ])
    let (error, path) = try failure(GGUFBytes(metadata: [("k", array(13, 0, Data()))]))
    #expect(error == ModelError(.corrupt, at: "\(path): metadata k", "13 is not a GGUF value type"))
  }
}
