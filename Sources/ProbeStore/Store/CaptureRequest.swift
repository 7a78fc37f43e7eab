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
  /// ``CapturePlan/digest``
  let planDigest: String

  init(
    source: CaptureSource, identity: CaptureIdentity, corpus: Corpus, plan: CapturePlan,
    points: [RequestedPoint], name: String, spec: String
  ) {
    (self.source, self.identity, self.corpus, self.plan) = (source, identity, corpus, plan)
    (self.points, self.name, self.spec) = (points, name, spec)
    planDigest = plan.digest
  }
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
      record.tokenCount == plan.tokenCount,
      record.planDigest == nil || record.planDigest == request.planDigest
    else {
      throw StoreError(
        .corrupt, at: "\(path), capture \(record.id)",
        "the store holds \(record.rowCount) rows in \(record.batchCount) batches where the same inputs give "
          + "\(plan.rowCount) rows in \(plan.batches.count) batches, or other tokens",
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
          row_count, spec, created_at, chat, plan_digest, deduplicate, subsample, shard, pieces)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        identity.digest, request.name, corpus, request.source.name, request.source.architecture,
        request.source.path, identity.weightsDigest, identity.tokenizerDigest,
        identity.settings.positions.rawValue,
        identity.settings.dtype.rawValue, identity.settings.sentinel.rawValue,
        identity.settings.overflow.rawValue,
        identity.numericsVersion, request.plan.batches.count, request.plan.tokenCount, request.plan.rowCount,
        request.spec, Date().ISO8601Format(), identity.settings.chat.rawValue,
        request.planDigest, identity.settings.deduplicate, identity.subsample?.rawValue,
        identity.shard?.rawValue, identity.settings.pieces.rawValue,
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
    let isPooled = request.plan.positions.isPooled
    for sequence in request.plan.sequences {
      let example = examples[sequence.example]
      sequenceRow.bind(
        Int(capture), Int(example), sequence.firstRow, sequence.rowCount, sequence.ids.count, sequence.dropped
      )
      try sequenceRow.run()
      let hasText = !sequence.spans.isEmpty
      for token in sequence.stored(pooled: isPooled) {
        tokenRow.bind(
          Int(capture), Int(example), token.position, Int(token.id), nil,
          token.span.map { Int($0.lowerBound) },
          token.span.map { Int($0.upperBound) }, token.isAdded ? 1 : 0, token.row)
        tokenRow.bind(hasText ? request.source.piece(Int(token.id)) : nil, at: 5)
        try tokenRow.run()
      }
    }
  }

  // MARK: - Points

  private func addPoints(_ request: CaptureRequest, to capture: Int64, _ db: Database) throws {
    let byteCount = request.identity.settings.dtype.byteCount
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
