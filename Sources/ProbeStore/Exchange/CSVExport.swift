import ProbeModel

/// A table (RFC 4180) of one point: `example_key`, `position`, `token_id`, `token`, then a column a scalar.
///
/// Numbers are the shortest decimal texts that read back as the same float32. Positions, ids and tokens that there are
/// not are empty.
public enum CSVExport: ExportFormat {
  /// `csv`.
  public static let name = "csv"
  /// One line about rows and columns.
  public static let summary = "a table of one point: example, position, token, and a column a scalar"

  /// Values formatted at a time.
  private static let batchValues = 1 << 20

  /// Refuses more than one point, and rows of different widths.
  public static func check(_ export: Export, path: String) throws {
    guard export.points.count == 1 else {
      throw StoreError(
        .badInput, at: path, "a table holds one point, here are \(export.points.count)",
        advice: "Choose one with --points: \(export.points.map { $0.name }.joined(separator: ", "))")
    }
    guard !export.points[0].site.isRagged else {
      throw StoreError(
        .badInput, at: path, "the rows of \(export.points[0].name) differ in width: there is no table",
        advice: "Export to .safetensors or .npz")
    }
  }

  /// Writes the header line and one line a row.
  public static func write(_ export: Export, to output: ExportOutput) throws {
    let point = export.points[0]
    let shape = try export.record(point).rowShape
    let width = shape.reduce(1, *)
    let header = ["example_key", "position", "token_id", "token"] + columns(shape)
    var line = Array((header.joined(separator: ",") + "\r\n").utf8)
    try output.file.write(line)
    let step = max(1, batchValues / width)
    try export.forEachBatch { rows in
      for start in stride(from: 0, to: rows.count, by: step) {
        let part = rows[start..<min(start + step, rows.count)]
        let matrix = try export.store.matrix(point, of: export.capture, rows: .rows(part.map { $0.row }))
        try matrix.elements.withUnsafeBufferPointer { values in
          for (index, row) in part.enumerated() {
            line.removeAll(keepingCapacity: true)
            append(row, export, to: &line)
            for value in values[(index * width)..<((index + 1) * width)] {
              line.append(UInt8(ascii: ","))
              line.append(contentsOf: value.description.utf8)
            }
            line.append(contentsOf: "\r\n".utf8)
            try output.file.write(line)
          }
        }
        try output.progress(output.file.count)
      }
    }
  }

  /// `value.0`, `value.1`, …; `value.2.13` for row shapes of two axes.
  private static func columns(_ shape: [Int]) -> [String] {
    shape.reduce(["value"]) { names, size in names.flatMap { name in (0..<size).map { "\(name).\($0)" } } }
  }

  private static func append(_ row: ExportedRow, _ export: Export, to line: inout [UInt8]) {
    let id = row.tokenID.flatMap { $0 < 0 ? nil : $0 }
    let cells = [
      export.examples[row.example].key, row.position.map { "\($0)" } ?? "", id.map { "\($0)" } ?? "",
      row.token ?? "",
    ]
    line.append(contentsOf: cells.map { quoted($0) }.joined(separator: ",").utf8)
  }

  /// A cell: in quotes, with quotes doubled, where it holds a comma, a quote or a line break.
  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }) else {
      return text
    }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
