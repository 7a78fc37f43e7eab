import Foundation
import GRDB
import ProbeModel

/// A point as a capture asks for it.
struct RequestedPoint: Sendable {
  let point: HookPoint
  let shape: [Int]

  /// Bytes of a row; nil where rows differ.
  func rowBytes(_ byteCount: Int) -> Int? { point.site.isRagged ? nil : shape.reduce(1, *) * byteCount }
}

/// Everything that a store writes down before the first batch.
struct CaptureRequest: Sendable {
  let source: CaptureSource
  let identity: CaptureIdentity
  let corpus: Corpus
  let plan: CapturePlan
  let points: [RequestedPoint]
  let name: String
  let spec: String
}

extension ActivationStore {
  /// Finds the capture of this identity or writes it down, adds the points that it lacks, and returns its record.
  ///
  /// One transaction; none at all when there is nothing to add.
  func begin(_ request: CaptureRequest) throws -> CaptureRecord {
    if let known = try known(request), isUpToDate(known, request) { return known }
    try write { db in try addPoints(request, to: try captureID(request, db), db) }
    guard let record = try known(request) else {
      throw StoreError(.corrupt, at: path, "the capture that was just written is not there")
    }
    return record
  }

  private func known(_ request: CaptureRequest) throws -> CaptureRecord? {
    guard let record = try capture(request.identity) else { return nil }
    let plan = request.plan
    guard
      record.batchCount == plan.batches.count, record.rowCount == plan.rowCount,
      record.tokenCount == plan.tokenCount
    else {
      throw StoreError(
        .corrupt, at: "\(path), capture \(record.id)",
        "the store holds \(record.rowCount) rows in \(record.batchCount) batches where the same inputs give "
          + "\(plan.rowCount) rows in \(plan.batches.count) batches",
        advice: "Capture into a new store")
    }
    return record
  }

  private func isUpToDate(_ record: CaptureRecord, _ request: CaptureRequest) -> Bool {
    record.name == request.name && record.spec == request.spec
      && request.points.allSatisfy { record.point($0.point) != nil }
  }

  private func captureID(_ request: CaptureRequest, _ db: Database) throws -> Int64 {
    let identity = request.identity
    let found = try Int64.fetchOne(
      db, sql: "SELECT id FROM capture WHERE identity = ?", arguments: [identity.digest])
    if let found {
      try db.execute(
        sql: "UPDATE capture SET name = ?, spec = ? WHERE id = ?",
        arguments: [request.name, request.spec, found])
      return found
    }
    let corpus = try corpusID(request.corpus, db)
    try db.execute(
      sql: """
        INSERT INTO capture (identity, name, corpus_id, model_name, model_architecture, model_path, weights_digest,
          tokenizer_digest, positions, dtype, sentinel, overflow, numerics_version, batch_count, token_count,
          row_count, spec, created_at, chat) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        identity.digest, request.name, corpus, request.source.name, request.source.architecture,
        request.source.path, identity.weightsDigest, identity.tokenizerDigest, identity.positions.rawValue,
        identity.dtype.rawValue, identity.sentinel.rawValue, identity.overflow.rawValue,
        identity.numericsVersion, request.plan.batches.count, request.plan.tokenCount, request.plan.rowCount,
        request.spec, Date().ISO8601Format(), identity.chat.rawValue,
      ])
    let id = db.lastInsertedRowID
    try insertSequences(request, capture: id, corpus: corpus, db)
    return id
  }

  // MARK: - Corpus

  private func corpusID(_ corpus: Corpus, _ db: Database) throws -> Int64 {
    let found = try Int64.fetchOne(
      db, sql: "SELECT id FROM corpus WHERE digest = ?", arguments: [corpus.digest])
    if let found { return found }
    try db.execute(
      sql: "INSERT INTO corpus (digest, path) VALUES (?, ?)", arguments: [corpus.digest, corpus.path])
    let id = db.lastInsertedRowID
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let insert = try db.makeStatement(
      sql: """
        INSERT INTO example (corpus_id, ordinal, key, text, token_ids, labels, spans, group_key, split, pair, role)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for (ordinal, example) in corpus.examples.enumerated() {
      try insert.execute(arguments: [
        id, ordinal, example.id, example.text, try example.tokenIDs.map(json), try json(example.labels),
        try json(example.spans), example.group, example.split, example.pair, example.role,
      ])
    }
    return id
  }

  private func insertSequences(_ request: CaptureRequest, capture: Int64, corpus: Int64, _ db: Database)
    throws
  {
    let examples = try Int64.fetchAll(
      db, sql: "SELECT id FROM example WHERE corpus_id = ? ORDER BY ordinal", arguments: [corpus])
    let sequenceRow = try RawStatement(
      db,
      "INSERT INTO sequence (capture_id, example_id, first_row, row_count, token_count, dropped_tokens) "
        + "VALUES (?, ?, ?, ?, ?, ?)")
    let tokenRow = try RawStatement(
      db,
      "INSERT INTO token (capture_id, example_id, position, token_id, token, start_byte, end_byte, is_added, row) "
        + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for sequence in request.plan.sequences {
      let example = examples[sequence.example]
      sequenceRow.bind(
        Int(capture), Int(example), sequence.firstRow, sequence.rowCount, sequence.ids.count, sequence.dropped
      )
      try sequenceRow.run()
      var selected = request.plan.positions == .mean ? [][...] : sequence.selected[...]
      for (index, id) in sequence.ids.enumerated() {
        let isAdded = !sequence.own.contains(index)
        let hasText = !sequence.spans.isEmpty
        var row: Int?
        if selected.first == Int32(index) {
          row = sequence.firstRow + selected.startIndex
          selected = selected.dropFirst()
        }
        tokenRow.bind(
          Int(capture), Int(example), index - sequence.leading, Int(id), nil,
          hasText && !isAdded ? Int(sequence.spans[index].lowerBound) : nil,
          hasText && !isAdded ? Int(sequence.spans[index].upperBound) : nil, isAdded ? 1 : 0, row)
        tokenRow.bind(hasText ? request.source.piece(Int(id)) : nil, at: 5)
        try tokenRow.run()
      }
    }
  }

  // MARK: - Points

  private func addPoints(_ request: CaptureRequest, to capture: Int64, _ db: Database) throws {
    let byteCount = request.identity.dtype.byteCount
    for requested in request.points {
      let rowBytes = requested.rowBytes(byteCount)
      try db.execute(
        sql: """
          INSERT INTO point (capture_id, hook, shape, width, row_bytes, chunk_rows, batches_done, rows_done)
          VALUES (?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT (capture_id, hook) DO NOTHING
          """,
        arguments: [
          capture, requested.point.name, "[\(requested.shape.map(String.init).joined(separator: ","))]",
          rowBytes.map { $0 / byteCount }, rowBytes, rowBytes.map { ChunkLayout.rows(rowBytes: $0) },
        ])
    }
  }
}
