import ProbeMath
import ProbeModel

/// NumPy's archive of arrays, uncompressed: one array a point, `[rows, …rowShape]`, in the type it is stored in, bfloat16
/// as float32, which NumPy has; ragged points as flat values and `POINT.offsets`. Beside them `example_keys` (texts),
/// `row.example` (index into them), `row.position`, `row.token_id` and `metadata` (one text, JSON).
public enum NPZExport: ExportFormat {
  /// `npz`.
  public static let name = "npz"
  /// One line about types and arrays.
  public static let summary =
    "one NumPy array a point, bfloat16 as float32, with rows' examples and positions"

  /// Writes all arrays and the archive's directory.
  public static func write(_ export: Export, to output: ExportOutput) throws {
    var zip = ZipOutput(output.file)
    try addIndex(export, output, to: &zip)
    for point in export.points { try add(point, of: export, output, to: &zip) }
    try zip.finish()
  }

  private static func begin(
    _ array: String, descr: String, shape: [Int], scalarBytes: Int, in zip: inout ZipOutput
  ) throws {
    let header = NPYHeader.encoded(descr: descr, shape: shape)
    try zip.begin("\(array).npy", size: header.count + shape.reduce(scalarBytes, *))
    try header.withUnsafeBytes { try zip.write($0) }
  }

  // MARK: - What the rows are

  private static func addIndex(_ export: Export, _ output: ExportOutput, to zip: inout ZipOutput) throws {
    let keys = export.examples.map { $0.key }
    try add(texts: keys, shape: [keys.count], "example_keys", to: &zip)
    try add(texts: [JSONText.object(export.metadata)], shape: [], "metadata", to: &zip)
    try add("row.example", of: export, output, to: &zip) { $0.example }
    guard export.hasPositions else { return }
    try add("row.position", of: export, output, to: &zip) { $0.position ?? 0 }
    try add("row.token_id", of: export, output, to: &zip) { $0.tokenID ?? -1 }
  }

  private static func add(
    _ name: String, of export: Export, _ output: ExportOutput, to zip: inout ZipOutput,
    _ value: (ExportedRow) -> Int
  ) throws {
    try begin(name, descr: "<i8", shape: [export.rowCount], scalarBytes: 8, in: &zip)
    try export.forEachBatch { rows in
      try put(rows.map(value), &zip)
      try output.progress(output.file.count)
    }
    try zip.end()
  }

  private static func put(_ integers: [Int], _ zip: inout ZipOutput) throws {
    try integers.map { Int64($0).littleEndian }.withUnsafeBytes { try zip.write($0) }
  }

  /// Texts as NumPy keeps them: each as many four-byte code points as the longest has, filled up with zeros.
  private static func add(texts: [String], shape: [Int], _ name: String, to zip: inout ZipOutput) throws {
    let width = max(1, texts.map { $0.unicodeScalars.count }.max() ?? 1)
    try begin(name, descr: "<U\(width)", shape: shape, scalarBytes: 4 * width, in: &zip)
    for text in texts {
      var points = text.unicodeScalars.map { $0.value.littleEndian }
      points += [UInt32](repeating: 0, count: width - points.count)
      try points.withUnsafeBytes { try zip.write($0) }
    }
    try zip.end()
  }

  // MARK: - Values

  private static func add(
    _ point: HookPoint, of export: Export, _ output: ExportOutput, to zip: inout ZipOutput
  ) throws {
    let shape: [Int]
    if point.site.isRagged {
      shape = [try export.valueCount(ofRagged: point)]
      try begin(
        "\(point.name).offsets", descr: "<i8", shape: [export.rowCount + 1], scalarBytes: 8, in: &zip)
      try export.forEachOffset(ofRagged: point) { try put($0, &zip) }
      try zip.end()
    } else {
      shape = [export.rowCount] + (try export.record(point).rowShape)
    }
    let dtype: ScalarType = export.capture.settings.dtype == .float16 ? .float16 : .float32
    try begin(
      point.name, descr: dtype == .float16 ? "<f2" : "<f4", shape: shape, scalarBytes: dtype.byteCount,
      in: &zip)
    var scratch: [UInt8] = []
    try export.forEachBatch(of: point) { values, _ in
      try dtype.write(values, scratch: &scratch) { try zip.write($0) }
      try output.progress(output.file.count)
    }
    try zip.end()
  }
}
