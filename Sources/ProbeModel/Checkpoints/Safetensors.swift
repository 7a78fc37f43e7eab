import Foundation

/// Reads the safetensors format: 8 bytes little-endian header length, a JSON header
/// `{name: {dtype, shape, data_offsets}, "__metadata__": {…}}`, then the data without holes.
public enum Safetensors {
  /// Longest header accepted, as in the reference implementation.
  static let longestHeader = 100_000_000

  /// The tensors of one file, by name.
  ///
  /// - Throws: ``ModelError``: `.corrupt` for a header beyond the file, overlapping or out-of-range tensors and sizes
  ///   that do not match; `.unsupported` for a dtype that is not F32, F16 or BF16.
  public static func tensors(in file: MappedFile) throws(ModelError) -> [String: StoredTensor] {
    let (header, dataStart) = try header(of: file)
    guard case .object(let members) = header else {
      throw ModelError(.corrupt, at: file.path, "the header is \(header.kind), expected an object")
    }
    var tensors: [String: StoredTensor] = [:]
    var ranges: [(range: Range<Int>, name: String)] = []
    for (name, value) in members.sorted(by: { $0.key < $1.key }) where name != "__metadata__" {
      let entry = try entry(value, name: name, file: file)
      // Checked before the sum below: an offset near Int.max would overflow it.
      guard entry.range.upperBound <= file.bytes.count - dataStart else {
        throw ModelError(
          .corrupt, at: "\(file.path): tensor \(name)",
          "data_offsets \([entry.range.lowerBound, entry.range.upperBound]) reach beyond the "
            + "\(file.bytes.count - dataStart) bytes of data",
          advice: "The file is truncated or damaged: fetch it again")
      }
      let tensor = try StoredTensor(
        name: name, format: entry.format, shape: entry.shape, file: file,
        offset: dataStart + entry.range.lowerBound
      )
      guard tensor.byteCount == entry.range.count else {
        throw ModelError(
          .corrupt, at: "\(file.path): tensor \(name)",
          "shape \(entry.shape) of \(entry.format.rawValue) takes \(tensor.byteCount) bytes, data_offsets give \(entry.range.count)"
        )
      }
      tensors[name] = tensor
      ranges.append((entry.range, name))
    }
    ranges.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (a, b) in zip(ranges, ranges.dropFirst()) where a.range.upperBound > b.range.lowerBound {
      throw ModelError(.corrupt, at: file.path, "the tensors \(a.name) and \(b.name) overlap")
    }
    return tensors
  }

  /// The tensors of all shards that `model.safetensors.index.json` names.
  static func tensors(index path: String) throws(ModelError) -> (
    tensors: [String: StoredTensor], files: [MappedFile]
  ) {
    let index = try JSONValue(parsing: readFile(path), path: path)
    guard case .object(let map)? = index["weight_map"] else {
      throw ModelError(.missingKey, at: path, "expected an object weight_map")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var shards: [String: [String: StoredTensor]] = [:]
    var files: [MappedFile] = []
    var tensors: [String: StoredTensor] = [:]
    for (name, value) in map.sorted(by: { $0.key < $1.key }) {
      guard case .string(let shard) = value, !shard.contains("/"), shard != ".." else {
        throw ModelError(
          .badValue, at: "\(path): weight_map.\(name)", "expected a file name beside the index")
      }
      if shards[shard] == nil {
        let file = try MappedFile(path: (folder as NSString).appendingPathComponent(shard))
        files.append(file)
        shards[shard] = try Self.tensors(in: file)
      }
      guard let tensor = shards[shard]?[name] else {
        throw ModelError(.missingTensor, at: "\(path): weight_map.\(name)", "\(shard) holds no such tensor")
      }
      tensors[name] = tensor
    }
    return (tensors, files.sorted { $0.path < $1.path })
  }

  private static func header(of file: MappedFile) throws(ModelError) -> (JSONValue, dataStart: Int) {
    guard file.bytes.count >= 8 else {
      throw ModelError(
        .corrupt, at: file.path, "\(file.bytes.count) bytes are too few for a safetensors file")
    }
    let length = file.bytes.loadUnaligned(as: UInt64.self).littleEndian
    guard length <= UInt64(min(longestHeader, file.bytes.count - 8)) else {
      throw ModelError(
        .corrupt, at: file.path, "the header claims \(length) bytes, the file has \(file.bytes.count)",
        advice: "The file is truncated or not a safetensors file")
    }
    let end = 8 + Int(length)
    let header = try JSONValue(parsing: Data(file.bytes[8..<end]), path: "\(file.path): header")
    return (header, end)
  }

  private static func entry(
    _ value: JSONValue, name: String, file: MappedFile
  ) throws(ModelError) -> (format: StorageFormat, shape: [Int], range: Range<Int>) {
    let location = "\(file.path): tensor \(name)"
    guard case .string(let dtype)? = value["dtype"], let shape = integers(value["shape"]),
      let offsets = integers(value["data_offsets"]), offsets.count == 2, 0 <= offsets[0],
      offsets[0] <= offsets[1]
    else {
      throw ModelError(.corrupt, at: location, "expected dtype, shape and data_offsets [begin, end]")
    }
    let range = offsets[0]..<offsets[1]
    guard let format = StorageFormat(rawValue: dtype), format.valuesPerBlock == 1 else {
      throw ModelError(
        .unsupported, at: location, "the dtype \(dtype) is not read",
        advice: "Weights may be F32, F16 or BF16")
    }
    return (format, shape, range)
  }

  private static func integers(_ value: JSONValue?) -> [Int]? {
    guard case .array(let items)? = value else { return nil }
    var integers: [Int] = []
    for item in items {
      guard case .integer(let integer) = item else { return nil }
      integers.append(integer)
    }
    return integers
  }
}

/// The bytes of a small file.
///
/// - Throws: ``ModelError`` `.notFound` or `.unreadable`.
func readFile(_ path: String) throws(ModelError) -> Data {
  do {
    return try Data(contentsOf: URL(fileURLWithPath: path))
  } catch {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ModelError(.notFound, at: path, "no such file")
    }
    throw ModelError(
      .unreadable, at: path, "cannot read the file: \((error as NSError).localizedDescription)")
  }
}
