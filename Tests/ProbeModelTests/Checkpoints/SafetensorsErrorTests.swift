import Foundation
import Testing

@testable import ProbeModel

/// Damaged safetensors files: each says which file and tensor, what was expected and what was found.
@Suite struct SafetensorsErrorTests {
  /// The error of a file with these bytes, and the file's path.
  private func failure(_ bytes: Data) throws -> (error: ModelError, path: String) {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.safetensors", bytes)
    return (try modelError { try Safetensors.tensors(in: MappedFile(path: path)) }, path)
  }

  private func failure(tensor entry: String, data: Int = 16) throws -> ModelError {
    let (error, path) = try failure(SafetensorsBytes.file(header: #"{"w": \#(entry)}"#, data: data))
    #expect(error.location == "\(path): tensor w")
    return error
  }

  @Test func theSmallFileItselfIsRead() throws {
    let folder = try TemporaryFolder()
    let bytes = SafetensorsBytes.file(
      header:
        #"{"__metadata__": {"format": "pt"}, "w": {"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
      data: 16)
    let tensors = try Safetensors.tensors(in: MappedFile(path: folder.write("m.safetensors", bytes)))
    #expect(tensors.keys.sorted() == ["w"])
    #expect(tensors["w"]?.shape == [2, 2] && tensors["w"]?.format == .f32 && tensors["w"]?.byteCount == 16)
  }

  @Test(arguments: 1..<8)
  func aFileShorterThanTheHeaderLengthIsRefused(_ count: Int) throws {
    let (error, path) = try failure(Data(count: count))
    #expect(error.reason == .corrupt && error.location == path)
    #expect(error.problem == "\(count) bytes are too few for a safetensors file")
  }

  @Test func anEmptyFileIsRefused() throws {
    let (error, path) = try failure(Data())
    #expect(error == ModelError(.corrupt, at: path, "the file is empty"))
  }

  @Test(arguments: [3, 100, UInt64(Int64.max), UInt64.max])
  func aHeaderBeyondTheFileIsRefused(_ length: UInt64) throws {
    let (error, path) = try failure(SafetensorsBytes.file(header: "{}", claims: length))
    #expect(error.reason == .corrupt && error.location == path)
    #expect(error.problem == "the header claims \(length) bytes, the file has 10")
    #expect(error.advice == "The file is truncated or not a safetensors file")
  }

  @Test(arguments: ["", "{", "{\"w\": }", "not json", "{} trailing"])
  func aHeaderThatIsNotJSONIsRefused(_ header: String) throws {
    let (error, path) = try failure(SafetensorsBytes.file(header: header, data: 8))
    #expect(error.reason == .corrupt && error.location == "\(path): header")
    #expect(error.problem.hasPrefix("not valid JSON: "))
  }

  @Test(arguments: [("[]", "an array"), ("1", "a number"), ("\"w\"", "a string"), ("null", "null")])
  func aHeaderThatIsNoObjectIsRefused(_ header: String, _ kind: String) throws {
    let (error, path) = try failure(SafetensorsBytes.file(header: header))
    #expect(error == ModelError(.corrupt, at: path, "the header is \(kind), expected an object"))
  }

  /// Whether the parser stops by itself or the value is no tensor: nesting must not exhaust the stack.
  @Test(arguments: [100, 500, 600, 100_000])
  func aDeeplyNestedHeaderIsRefused(_ depth: Int) throws {
    let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let (error, _) = try failure(SafetensorsBytes.file(header: #"{"w": \#(nested)}"#))
    #expect(error.reason == .corrupt)
  }

  @Test func overlappingTensorsAreRefused() throws {
    let header =
      #"{"b": {"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let (error, path) = try failure(SafetensorsBytes.file(header: header, data: 12))
    #expect(error == ModelError(.corrupt, at: path, "the tensors a and b overlap"))
  }

  @Test(arguments: ["[0,20]", "[16,36]", "[9223372036854775787,9223372036854775807]"])
  func offsetsBeyondTheFileAreRefused(_ offsets: String) throws {
    let error = try failure(tensor: #"{"dtype":"F32","shape":[5],"data_offsets":\#(offsets)}"#)
    #expect(error.reason == .corrupt && error.problem.hasSuffix("reach beyond the 16 bytes of data"))
    #expect(error.advice == "The file is truncated or damaged: fetch it again")
  }

  @Test(arguments: [
    "[8,4]", "[-4,12]", "[0]", "[0,4,8]", "[0,16.5]", "[0,92233720368547758080]", "16", "null",
  ])
  func offsetsThatAreNoRangeAreRefused(_ offsets: String) throws {
    let error = try failure(tensor: #"{"dtype":"F32","shape":[4],"data_offsets":\#(offsets)}"#)
    #expect(error.reason == .corrupt)
    #expect(error.problem == "expected dtype, shape and data_offsets [begin, end]")
  }

  @Test(arguments: [("[3]", 12), ("[2,3]", 24), ("[]", 4), ("[0,7]", 0)])
  func aSizeThatDoesNotFitTheShapeIsRefused(_ shape: String, _ bytes: Int) throws {
    let error = try failure(tensor: #"{"dtype":"F32","shape":\#(shape),"data_offsets":[0,16]}"#, data: 64)
    #expect(error.reason == .corrupt)
    let list = shape.replacing(",", with: ", ")
    #expect(error.problem == "shape \(list) of F32 takes \(bytes) bytes, data_offsets give 16")
  }

  @Test(arguments: [
    "[-4]", "[2,-2]", "[9223372036854775807,2]", "[4294967296,4294967296]", "[16777216,16777216]",
  ])
  func impossibleShapesAreRefused(_ shape: String) throws {
    let error = try failure(tensor: #"{"dtype":"F32","shape":\#(shape),"data_offsets":[0,16]}"#)
    #expect(error.reason == .corrupt && error.problem.hasSuffix("is not a possible one"), "\(error)")
  }

  @Test(arguments: ["F64", "C64", "F8_E4M3", "Q4_0", "U16", ""])
  func otherTypesAreRefusedByName(_ dtype: String) throws {
    let error = try failure(tensor: #"{"dtype":"\#(dtype)","shape":[2],"data_offsets":[0,16]}"#)
    #expect(error.reason == .unsupported && error.problem == "the dtype \(dtype) is not read")
    #expect(error.advice == "Weights may be F32, F16 or BF16")
  }

  @Test(arguments: ["[]", "{}", "3", #"{"dtype":7,"shape":[4],"data_offsets":[0,16]}"#])
  func entriesWithoutTheirFieldsAreRefused(_ entry: String) throws {
    let error = try failure(tensor: entry)
    #expect(error.reason == .corrupt)
    #expect(error.problem == "expected dtype, shape and data_offsets [begin, end]")
  }

  /// What the reference implementation refuses besides: measured with safetensors 0.8.0.
  @Test func bytesOfNoTensorAreRefused() throws {
    let entry = #"{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"#
    let hole = try failure(tensor: entry, data: 12)
    #expect(hole.reason == .corrupt && hole.problem == "the 4 bytes of data before it belong to no tensor")
    let header = #"{"w": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    var (error, path) = try failure(SafetensorsBytes.file(header: header, data: 9))
    #expect(error == ModelError(.corrupt, at: path, "the last 1 bytes of data belong to no tensor"))
    (error, path) = try failure(SafetensorsBytes.file(header: "{}", data: 8))
    #expect(error == ModelError(.corrupt, at: path, "the last 8 bytes of data belong to no tensor"))
  }

  @Test(arguments: [(0, true), (8, true), (4, false), (9, false)])
  func anEmptyTensorLiesBetweenOthers(_ offset: Int, _ isSound: Bool) throws {
    let header =
      #"{"a": {"dtype":"F32","shape":[0],"data_offsets":[\#(offset),\#(offset)]},"#
      + #" "w": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   "#
    let file = MappedFile(bytes: SafetensorsBytes.file(header: header, data: 8), name: "m.safetensors")
    if isSound {
      #expect(try Safetensors.tensors(in: file).keys.sorted() == ["a", "w"])
    } else {
      #expect(try modelError { try Safetensors.tensors(in: file) }.reason == .corrupt)
    }
  }

  @Test func keysThatOccurTwiceAreRefused() throws {
    let entry = #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
    var (error, path) = try failure(
      SafetensorsBytes.file(header: #"{"w": \#(entry), "w": \#(entry)}"#, data: 8))
    #expect(error.reason == .corrupt && error.location == "\(path): header")
    #expect(error.problem == #"not valid JSON: the key "w" occurs twice (line 1, column 57)"#)
    (error, path) = try failure(
      SafetensorsBytes.file(header: #"{"w": {"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#)
    )
    #expect(error.problem == #"not valid JSON: the key "dtype" occurs twice (line 1, column 22)"#)
  }

  @Test(arguments: [
    (#"{"a": 1}"#, ".a", "expected a string, found a number"),
    ("[]", "", "expected an object, found an array"),
  ])
  func metadataAreTexts(_ metadata: String, _ key: String, _ problem: String) throws {
    let (error, path) = try failure(SafetensorsBytes.file(header: #"{"__metadata__": \#(metadata)}"#))
    #expect(error == ModelError(.corrupt, at: "\(path): __metadata__\(key)", problem))
  }

  @Test(arguments: [#""shape":[2.0]"#, #""shape":[2e0]"#])
  func aSizeWithAFractionIsRefused(_ shape: String) throws {
    let error = try failure(tensor: #"{"dtype":"F32",\#(shape),"data_offsets":[0,8]}"#, data: 8)
    #expect(error.problem == "expected dtype, shape and data_offsets [begin, end]")
  }
}
