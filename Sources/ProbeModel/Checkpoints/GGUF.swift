import Foundation

/// A parsed GGUF file: ggml's container of metadata and tensors.
///
/// Layout (versions 2 and 3, little-endian): magic `GGUF`, version, tensor count, metadata count; the metadata as
/// (key, type, value); the tensor infos as (name, dimensions with the fastest first, type, offset); padding to
/// `general.alignment` (32 by default); the data.
public struct GGUF: Sendable {
  /// A metadata value; arrays are homogeneous in the format.
  public enum Value: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case string(String)
    case strings([String])
    case integers([Int])
    case numbers([Double])
    /// An array of booleans or of arrays, which nothing here reads.
    case other
  }

  /// Metadata by key.
  public let metadata: [String: Value]
  /// Tensors by name, shapes outermost axis first.
  public let tensors: [String: StoredTensor]
  /// The file's path.
  public let path: String

  /// Parses a file.
  ///
  /// - Throws: ``ModelError``: `.corrupt` for anything that does not fit the layout or lies outside the file,
  ///   `.unsupported` for another version or a tensor type that is not read.
  public init(file: MappedFile) throws(ModelError) {
    var reader = GGUFReader(file: file)
    guard try reader.bytes(4, "magic").elementsEqual("GGUF".utf8) else {
      throw ModelError(.corrupt, at: file.path, "expected the magic GGUF: this is not a GGUF file")
    }
    let version = try reader.integer(UInt32.self, "version")
    // Version 3 only added big-endian files.
    guard version == 2 || version == 3 else {
      throw ModelError(
        .unsupported, at: file.path,
        (1...3).contains(version.byteSwapped)
          ? "a big-endian GGUF (version \(version.byteSwapped)), expected little-endian"
          : "GGUF version \(version), expected 2 or 3",
        advice: "Convert it with a current tool")
    }
    let tensorCount = try reader.count("tensor count")
    let metadataCount = try reader.count("metadata count")
    var metadata: [String: Value] = [:]
    for _ in 0..<metadataCount {
      let key = try reader.string("metadata key")
      guard metadata.updateValue(try reader.value(key: key), forKey: key) == nil else {
        throw ModelError(.corrupt, at: "\(file.path): metadata \(key)", "the key occurs twice")
      }
    }
    let infos = try Self.infos(tensorCount, &reader)
    let alignment = try Self.alignment(metadata["general.alignment"], path: file.path)
    let dataStart = (reader.offset + alignment - 1) / alignment * alignment
    for info in infos where !info.offset.isMultiple(of: alignment) {
      throw ModelError(
        .corrupt, at: "\(file.path): tensor \(info.name)",
        "its offset \(info.offset) is not a multiple of the alignment \(alignment)")
    }
    self.tensors = try Self.tensors(infos, file: file, dataStart: dataStart)
    self.metadata = metadata
    path = file.path
  }

  private static func alignment(_ value: Value?, path: String) throws(ModelError) -> Int {
    guard let value else { return 32 }
    guard case .integer(let alignment) = value, alignment > 0, alignment.nonzeroBitCount == 1,
      alignment <= 1 << 20
    else {
      throw ModelError(
        .corrupt, at: "\(path): metadata general.alignment", "expected a power of two up to 1048576")
    }
    return alignment
  }

  private struct Info {
    let name: String
    let shape: [Int]
    let type: UInt32
    let offset: Int
  }

  private static func infos(_ count: Int, _ reader: inout GGUFReader) throws(ModelError) -> [Info] {
    var infos: [Info] = []
    for _ in 0..<count {
      let name = try reader.string("tensor name")
      let dimensions = try reader.integer(UInt32.self, "dimensions of tensor \(name)")
      guard dimensions <= 4 else {
        throw ModelError(
          .corrupt, at: "\(reader.file.path): tensor \(name)", "\(dimensions) dimensions, at most 4")
      }
      var shape: [Int] = []
      for _ in 0..<dimensions { shape.append(try reader.count("shape of tensor \(name)")) }
      let type = try reader.integer(UInt32.self, "type of tensor \(name)")
      let offset = try reader.count("offset of tensor \(name)")
      infos.append(Info(name: name, shape: shape.reversed(), type: type, offset: offset))
    }
    return infos
  }

  private static func tensors(
    _ infos: [Info], file: MappedFile, dataStart: Int
  ) throws(ModelError) -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    var end = 0
    for info in infos.sorted(by: { ($0.offset, $0.name) < ($1.offset, $1.name) }) {
      let location = "\(file.path): tensor \(info.name)"
      guard let format = StorageFormat(ggmlType: info.type) else {
        throw ModelError(
          .unsupported, at: location, "the GGUF type \(ggmlTypeName(info.type)) is not read",
          advice: "Supported: \(StorageFormat.weightFormats)")
      }
      let (offset, overflow) = dataStart.addingReportingOverflow(info.offset)
      guard !overflow else { throw ModelError(.corrupt, at: location, "offset \(info.offset) is impossible") }
      let tensor = try StoredTensor(
        name: info.name, format: format, shape: info.shape, file: file, offset: offset)
      guard tensors.updateValue(tensor, forKey: info.name) == nil else {
        throw ModelError(.corrupt, at: location, "the name occurs twice")
      }
      guard info.offset >= end else {
        throw ModelError(
          .corrupt, at: location, "it overlaps the tensor before it (offset \(info.offset) < \(end))")
      }
      end = info.offset + tensor.byteCount
    }
    return tensors
  }
}

extension StorageFormat {
  /// The format with this ggml type number.
  init?(ggmlType: UInt32) {
    switch ggmlType {
    case 0: self = .f32
    case 1: self = .f16
    case 2: self = .q4_0
    case 3: self = .q4_1
    case 6: self = .q5_0
    case 7: self = .q5_1
    case 8: self = .q8_0
    case 10: self = .q2_k
    case 11: self = .q3_k
    case 12: self = .q4_k
    case 13: self = .q5_k
    case 14: self = .q6_k
    case 30: self = .bf16
    default: return nil
    }
  }
}

/// The name of a ggml type that we know of but do not read.
private func ggmlTypeName(_ type: UInt32) -> String {
  let names: [UInt32: String] = [
    4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
    28: "F64", 29: "IQ1_M", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0", 35: "TQ2_0",
    36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
  ]
  return names[type].map { "\($0) (\(type))" } ?? "\(type)"
}
