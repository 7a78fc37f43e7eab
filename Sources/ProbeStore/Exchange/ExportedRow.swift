import GRDB

/// An example of an exported capture.
struct ExportedExample: Sendable {
  /// Its id in the corpus.
  let key: String
  /// Its place in the corpus.
  let ordinal: Int
  /// Its rows in the store.
  let rows: Range<Int>
  /// Its labels as a JSON object.
  let labels: String
  /// Its leakage unit.
  let group: String?

  /// The examples of a capture, in the order of the corpus; their texts stay in the store.
  static func all(of capture: CaptureRecord, in store: ActivationStore) throws -> [ExportedExample] {
    try store.read { db in
      let cursor = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.key, e.ordinal, e.labels, e.group_key, s.first_row, s.row_count
          FROM sequence s JOIN example e ON e.id = s.example_id WHERE s.capture_id = ? ORDER BY e.ordinal
          """, arguments: [capture.id])
      var examples: [ExportedExample] = []
      while let row = try cursor.next() {
        let first = try row.count("first_row", at: store.path)
        examples.append(
          ExportedExample(
            key: try row.required("key", at: store.path), ordinal: try row.count("ordinal", at: store.path),
            rows: first..<(first + (try row.count("row_count", at: store.path))),
            labels: try row.required("labels", at: store.path),
            group: try row.optional("group_key", at: store.path)))
      }
      return examples
    }
  }
}

/// One row of an export, without its values.
struct ExportedRow {
  /// Index into the export's examples.
  let example: Int
  /// Its row in every point of the capture.
  let row: Int
  /// Position in the sequence; nil for pooled rows.
  var position: Int?
  /// The token's id, −1 where it is not known; nil for pooled rows.
  var tokenID: Int?
  /// The token as the vocabulary spells it.
  var token: String?

  /// The rows of some examples, in the order of examples and positions.
  static func read(
    _ examples: [ExportedExample], _ range: Range<Int>, of capture: CaptureRecord, in store: ActivationStore,
    sentinels: Bool
  ) throws -> [ExportedRow] {
    try store.read { db in
      // `CROSS JOIN` keeps the loops in the order of the corpus, so that nothing is sorted.
      let cursor = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.ordinal, t.position, t.token_id, t.token, t.row
          FROM capture c
          CROSS JOIN example e ON e.corpus_id = c.corpus_id AND e.ordinal BETWEEN ? AND ?
          CROSS JOIN token t ON t.capture_id = c.id AND t.example_id = e.id
          WHERE c.id = ? AND t.row IS NOT NULL AND t.position >= ?
          ORDER BY e.ordinal, t.position
          """,
        arguments: [
          examples[range.lowerBound].ordinal, examples[range.upperBound - 1].ordinal, capture.id,
          sentinels ? Int.min : 0,
        ])
      var rows: [ExportedRow] = []
      var example = range.lowerBound
      while let row = try cursor.next() {
        let ordinal = try row.count("ordinal", at: store.path)
        while example < range.upperBound, examples[example].ordinal < ordinal { example += 1 }
        guard example < range.upperBound, examples[example].ordinal == ordinal else {
          throw StoreError(
            .corrupt, at: store.path, "tokens of example \(ordinal) have no sequence",
            advice: "Capture into a new store")
        }
        rows.append(
          ExportedRow(
            example: example, row: try row.count("row", at: store.path),
            position: try row.required("position", at: store.path),
            tokenID: try row.required("token_id", at: store.path),
            token: try row.optional("token", at: store.path)))
      }
      return rows
    }
  }
}
