import ProbeMath
import ProbeModel

/// The safetensors format: one tensor a point, `[rows, …rowShape]`, scalars as stored; ragged points as flat values and
/// `POINT.offsets`. Beside them `row.example` (index into the list of examples), `row.position` and `row.token_id`, all
/// I64; pooled captures have the first alone. `__metadata__` says where they come from.
public enum SafetensorsExport: ExportFormat {
  /// `safetensors`.
  public static let name = "safetensors"
  /// One line about types and tensors.
  public static let summary =
    "one tensor a point in the type it is stored in, with rows' examples and positions"

  /// A tensor of the file and how its bytes are written.
  private struct Part {
    let name: String
    let dtype: String
    let shape: [Int]
    let byteCount: Int
    let write: () throws -> Void
  }

  /// Writes header and tensors.
  public static func write(_ export: Export, to output: ExportOutput) throws {
    // Wider scalars first, so that every tensor is aligned.
    let parts = try index(export, output) + values(export, output)
    try output.file.write(header(export, parts, path: output.file.path))
    for part in parts {
      let start = output.file.count
      try part.write()
      guard output.file.count == start + part.byteCount else {
        throw StoreError(
          .corrupt, at: "\(export.store.path), \(part.name)",
          "expected \(part.byteCount) bytes, found \(output.file.count - start)",
          advice: "Something else writes to the store: export again")
      }
    }
  }

  private static func header(_ export: Export, _ parts: [Part], path: String) throws -> [UInt8] {
    var metadata = export.metadata
    metadata["examples"] = export.keyList
    return try SafetensorsFile.header(
      parts.map { ($0.name, $0.dtype, $0.shape, $0.byteCount) }, metadata: metadata, path: path,
      advice: "Export to .npz")
  }

  // MARK: - What the rows are

  private static func index(_ export: Export, _ output: ExportOutput) throws -> [Part] {
    func part(_ name: String, _ value: @escaping (ExportedRow) -> Int) -> Part {
      Part(name: name, dtype: "I64", shape: [export.rowCount], byteCount: 8 * export.rowCount) {
        try export.forEachBatch { rows in try put(rows.map(value), output) }
      }
    }
    var parts = [part("row.example") { $0.example }]
    if export.hasPositions {
      parts += [part("row.position") { $0.position ?? 0 }, part("row.token_id") { $0.tokenID ?? -1 }]
    }
    for point in export.points where point.site.isRagged {
      let name = "\(point.name).offsets"
      parts.append(
        Part(name: name, dtype: "I64", shape: [export.rowCount + 1], byteCount: 8 * (export.rowCount + 1)) {
          try export.forEachOffset(ofRagged: point) { try put($0, output) }
        })
    }
    return parts
  }

  private static func put(_ integers: [Int], _ output: ExportOutput) throws {
    try integers.map { Int64($0).littleEndian }.withUnsafeBytes { try output.file.write($0) }
    try output.progress(output.file.count)
  }

  // MARK: - Values

  private static func values(_ export: Export, _ output: ExportOutput) throws -> [Part] {
    let dtype = export.capture.settings.dtype
    let code =
      switch dtype {
      case .float32: "F32"
      case .float16: "F16"
      case .bfloat16: "BF16"
      }
    return try export.points.map { point in
      let shape =
        point.site.isRagged
        ? [try export.valueCount(ofRagged: point)]
        : [export.rowCount] + (try export.record(point).rowShape)
      let byteCount = shape.reduce(dtype.byteCount, *)
      return Part(name: point.name, dtype: code, shape: shape, byteCount: byteCount) {
        var scratch: [UInt8] = []
        try export.forEachBatch(of: point) { values, _ in
          try dtype.write(values, scratch: &scratch) { try output.file.write($0) }
          try output.progress(output.file.count)
        }
      }
    }
  }
}
