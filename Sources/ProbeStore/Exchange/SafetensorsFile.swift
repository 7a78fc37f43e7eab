import ProbeMath
import ProbeModel

/// Writes tensors and texts as one safetensors file; `Safetensors` reads it.
public enum SafetensorsFile {
  /// Writes float32 tensors, in the order given, and metadata; the file is there as a whole or not at all.
  ///
  /// - Throws: ``StoreError`` `.cannotCreate` when something lies there (unless it is a file and `overwrite` is true) or
  ///   the folder cannot be written to; `.badInput` for a header that is too long; `.diskFull`, `.inputOutput`.
  public static func write(
    _ tensors: [(name: String, values: Tensor)], metadata: [String: String], to path: String, overwrite: Bool
  ) throws {
    let file = try OutputFile(path, overwrite: overwrite)
    try file.write(
      header(
        tensors.map { ($0.name, "F32", $0.values.shape, 4 * $0.values.count) }, metadata: metadata,
        path: path,
        advice: "Keep less beside the tensors"))
    for tensor in tensors { try tensor.values.elements.withUnsafeBytes { try file.write($0) } }
    try file.commit()
  }

  /// Length and JSON of a header, padded so that the data is aligned.
  static func header(
    _ parts: [(name: String, dtype: String, shape: [Int], byteCount: Int)], metadata: [String: String],
    path: String, advice: String
  ) throws -> [UInt8] {
    var text = "{\"__metadata__\":\(JSONText.object(metadata))"
    var start = 0
    for part in parts {
      text +=
        ",\(JSONText.quoted(part.name)):{\"dtype\":\"\(part.dtype)\",\"shape\":\(list(part.shape)),"
        + "\"data_offsets\":\(list([start, start + part.byteCount]))}"
      start += part.byteCount
    }
    text += "}"
    var header = Array(text.utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    guard header.count <= Safetensors.longestHeader else {
      throw StoreError(
        .badInput, at: path,
        "names and metadata take \(header.count) bytes, a header holds \(Safetensors.longestHeader)",
        advice: advice)
    }
    return littleEndianBytes(UInt64(header.count)) + header
  }

  private static func list(_ integers: [Int]) -> String {
    "[\(integers.map { String($0) }.joined(separator: ","))]"
  }
}
