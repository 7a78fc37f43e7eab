import Foundation

/// Reads the safetensors format: 8 bytes little-endian header length, a JSON header
/// `{name: {dtype, shape, data_offsets}, "__metadata__": {…}}`, then the data without holes.
///
/// As strict as the reference implementation, and stricter in one point: a name that occurs twice is refused, as the
/// format's description demands.
public enum Safetensors {
  /// Longest header accepted, as in the reference implementation.
  public static let longestHeader = 100_000_000

  /// The tensors of one file, by name.
  ///
  /// - Throws: ``ModelError``: `.corrupt` for a header beyond the file or with a key twice, for tensors that overlap, lie
  ///   outside or leave bytes between or after them, and for sizes that do not match; `.unsupported` for a dtype that is
  ///   not read (F64, the 8-bit floats).
  public static func tensors(in file: MappedFile) throws(ModelError) -> [String: StoredTensor] {
    let (header, dataStart) = try header(of: file)
    guard case .object(let members) = header else {
      throw ModelError(.corrupt, at: file.path, "the header is \(header.kind), expected an object")
    }
    try checkMetadata(members["__metadata__"], file: file)
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
    try checkCover(&ranges, dataCount: file.bytes.count - dataStart, file: file)
    return tensors
  }

  /// The file's metadata: texts by name; empty where there are none.
  ///
  /// - Throws: ``ModelError`` `.corrupt` as ``tensors(in:)`` for the header.
  public static func metadata(in file: MappedFile) throws(ModelError) -> [String: String] {
    let header = try header(of: file).0
    try checkMetadata(header["__metadata__"], file: file)
    guard case .object(let members)? = header["__metadata__"] else { return [:] }
    return members.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
  }

  /// The tensors must cover the data: bytes of nobody may be a tensor whose name was lost, or a second file.
  private static func checkCover(
    _ ranges: inout [(range: Range<Int>, name: String)], dataCount: Int, file: MappedFile
  ) throws(ModelError) {
    ranges.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (a, b) in zip(ranges, ranges.dropFirst()) where a.range.upperBound > b.range.lowerBound {
      throw ModelError(.corrupt, at: file.path, "the tensors \(a.name) and \(b.name) overlap")
    }
    var end = 0
    for (range, name) in ranges {
      guard range.lowerBound == end else {
        throw ModelError(
          .corrupt, at: "\(file.path): tensor \(name)",
          "the \(range.lowerBound - end) bytes of data before it belong to no tensor")
      }
      end = range.upperBound
    }
    guard end == dataCount else {
      throw ModelError(
        .corrupt, at: file.path, "the last \(dataCount - end) bytes of data belong to no tensor")
    }
  }

  /// Metadata are texts by name.
  private static func checkMetadata(_ metadata: JSONValue?, file: MappedFile) throws(ModelError) {
    guard let metadata, metadata != .null else { return }
    guard case .object(let members) = metadata else {
      throw ModelError(
        .corrupt, at: "\(file.path): __metadata__", "expected an object, found \(metadata.kind)")
    }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      guard case .string = value else {
        throw ModelError(
          .corrupt, at: "\(file.path): __metadata__.\(key)", "expected a string, found \(value.kind)")
      }
    }
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
    let header = try StrictJSON.parse(
      UnsafeRawBufferPointer(rebasing: file.bytes[8..<end]), path: "\(file.path): header",
      fractions: .asWritten)
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
