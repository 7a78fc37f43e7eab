import Foundation
import GRDB
import ProbeMath
import ProbeModel

/// A capture as the store describes it.
public struct CaptureRecord: Sendable, Equatable {
  /// The capture's number: column `capture` of the view `activation`.
  public let id: Int64
  /// SHA-256 of the identity (``CaptureIdentity/digest``).
  public let identity: String
  /// The name under which it was last asked for.
  public let name: String
  /// The model's name.
  public let modelName: String
  /// The model's family.
  public let architecture: String
  /// Where the model lay.
  public let modelPath: String
  /// SHA-256 of the model's weights.
  public let weightsDigest: String
  /// Digest of the tokenizer; nil when it was not needed.
  public let tokenizerDigest: String?
  /// Where the corpus lay.
  public let corpusPath: String
  /// SHA-256 of the corpus's content.
  public let corpusDigest: String
  /// How it was captured.
  public let settings: CaptureSettings
  /// Which examples were kept of a corpus that was too large; nil for all.
  public let subsample: Subsample?
  /// Which part of a capture it is; nil for a whole one.
  public let shard: Shard?
  /// ``CapturePlan/digest``; nil in stores from before there was one.
  public let planDigest: String?
  /// Version of the arithmetic.
  public let numericsVersion: Int
  /// Number of batches of the plan.
  public let batchCount: Int
  /// Number of tokens that the model reads.
  public let tokenCount: Int
  /// Number of rows of each point.
  public let rowCount: Int
  /// The spec that asked for it; empty when there was none.
  public let spec: String
  /// The points that were asked for, in the order of computation.
  public let points: [PointRecord]

  /// Whether something else than this program computed the activations.
  public var isImported: Bool { settings.positions == .pooled || numericsVersion == 0 }

  /// Everything that decides the capture's numbers.
  var identityParts: CaptureIdentity {
    CaptureIdentity(
      weightsDigest: weightsDigest, tokenizerDigest: tokenizerDigest, corpusDigest: corpusDigest,
      settings: settings, subsample: subsample, shard: shard, numericsVersion: numericsVersion)
  }

  /// The record of a point, or nil when it was never asked for.
  public func point(_ point: HookPoint) -> PointRecord? { points.first { $0.hook == point.name } }
}

/// A hook point of a capture.
public struct PointRecord: Sendable, Equatable {
  let id: Int64
  /// The hook's full name.
  public let hook: String
  /// Shape of a row; for ragged points without the axis that varies.
  public let rowShape: [Int]
  /// Values of a row; nil where rows differ.
  public let width: Int?
  /// Bytes of a row; 0 where rows differ in width.
  let rowBytes: Int
  /// Rows of a full chunk; nil where rows differ in width.
  let chunkRows: Int?
  /// Batches committed.
  public let batchesDone: Int
  /// Rows committed.
  public let rowsDone: Int
  /// Whether every batch is committed.
  public let isComplete: Bool
}

extension ActivationStore {
  /// All captures, oldest first.
  public func captures() throws -> [CaptureRecord] {
    try read { try Self.captures($0, path: path) }
  }

  /// The capture with this identity, or nil.
  public func capture(_ identity: CaptureIdentity) throws -> CaptureRecord? {
    try captures().first { $0.identity == identity.digest }
  }

  static func captures(_ db: Database, path: String) throws -> [CaptureRecord] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT capture.*, corpus.digest AS corpus_digest, corpus.path AS corpus_path
        FROM capture JOIN corpus ON corpus.id = capture.corpus_id ORDER BY capture.id
        """)
    return try rows.map { try CaptureRecord($0, db, path: path) }
  }
}

extension CaptureRecord {
  fileprivate init(_ row: Row, _ db: Database, path: String) throws {
    let id: Int64 = try row.required("id", at: path)
    let place = "\(path), capture \(id)"
    let settings = try CaptureSettings(row, at: place)
    let batchCount = try row.count("batch_count", at: place)
    let rowCount = try row.count("row_count", at: place)
    self.init(
      id: id, identity: try row.required("identity", at: place), name: try row.required("name", at: place),
      modelName: try row.required("model_name", at: place),
      architecture: try row.required("model_architecture", at: place),
      modelPath: try row.required("model_path", at: place),
      weightsDigest: try row.required("weights_digest", at: place),
      tokenizerDigest: try row.optional("tokenizer_digest", at: place),
      corpusPath: try row.required("corpus_path", at: place),
      corpusDigest: try row.required("corpus_digest", at: place), settings: settings,
      subsample: try row.choice("subsample", at: place), shard: try row.choice("shard", at: place),
      planDigest: row.hasColumn("plan_digest") ? try row.optional("plan_digest", at: place) : nil,
      numericsVersion: try row.required("numerics_version", at: place), batchCount: batchCount,
      tokenCount: try row.count("token_count", at: place), rowCount: rowCount,
      spec: try row.required("spec", at: place),
      points: try Row.fetchAll(db, sql: "SELECT * FROM point WHERE capture_id = ?", arguments: [id])
        .map { try PointRecord($0, batchCount: batchCount, rowCount: rowCount, settings.dtype, at: place) }
        .sorted(by: PointRecord.inOrder))
  }
}

extension CaptureSettings {
  /// Columns that an older store lacks say what was always done then.
  fileprivate init(_ row: Row, at place: String) throws {
    func chosen<T: RawRepresentable<String>>(_ column: String) throws -> T {
      if let value: T = try row.choice(column, at: place) { return value }
      throw StoreError(
        .corrupt, at: place, "\(column) is missing", advice: "Capture into a new store")
    }
    self.init(
      positions: try chosen("positions"), dtype: try chosen("dtype"), sentinel: try chosen("sentinel"),
      chat: try row.choice("chat", at: place) ?? .raw,
      pieces: try row.choice("pieces", at: place) ?? .whole, overflow: try chosen("overflow"),
      deduplicate: row.hasColumn("deduplicate") ? try row.required("deduplicate", at: place) : false)
  }
}

extension Row {
  /// One of the values of a type, or nil where the column is NULL or an older store lacks it.
  fileprivate func choice<T: RawRepresentable<String>>(_ column: String, at place: String) throws -> T? {
    guard hasColumn(column), let text: String = try optional(column, at: place) else { return nil }
    if let value = T(rawValue: text) { return value }
    throw StoreError(
      .corrupt, at: place, "\(column) is \"\(text)\", which means nothing here",
      advice: "Capture into a new store")
  }
}

extension PointRecord {
  fileprivate init(_ row: Row, batchCount: Int, rowCount: Int, _ dtype: ScalarType, at place: String) throws {
    let hook: String = try row.required("hook", at: place)
    let place = "\(place), \(hook)"
    let shape: String = try row.required("shape", at: place)
    let sizes = try? JSONDecoder().decode([Int].self, from: Data(shape.utf8))
    let done = try row.count("batches_done", at: place)
    let rows = try row.count("rows_done", at: place)
    let width: Int? = try row.optional("width", at: place)
    let chunkRows: Int? = try row.optional("chunk_rows", at: place)
    let rowBytes: Int? = try row.optional("row_bytes", at: place)
    // The sizes are multiplied: what is beyond reason must not overflow.
    let product = sizes?.reduce(1 as Int?) { product, size in
      guard let product, (0...(1 << 30)).contains(size), product * size <= 1 << 30 else { return nil }
      return product * size
    }
    guard
      let sizes, let product, width == nil || product == width, done <= batchCount, rows <= rowCount,
      done < batchCount || rows == rowCount,
      width == nil && chunkRows == nil
        || ChunkLayout.isSound(rowBytes: rowBytes ?? 0, chunkRows: chunkRows ?? 0)
          && rowBytes == (width ?? 0).multipliedReportingOverflow(by: dtype.byteCount).partialValue
    else {
      throw StoreError(
        .corrupt, at: place, "shape \(shape), width, chunk rows or progress contradict each other",
        advice: "Capture into a new store")
    }
    self.init(
      id: try row.required("id", at: place), hook: hook, rowShape: sizes, width: width,
      rowBytes: rowBytes ?? 0, chunkRows: chunkRows,
      batchesDone: done, rowsDone: rows, isComplete: done == batchCount)
  }

  /// The order of computation; names that are no hook points come by name.
  fileprivate static func inOrder(_ a: PointRecord, _ b: PointRecord) -> Bool {
    switch (HookPoint(name: a.hook), HookPoint(name: b.hook)) {
    case (let a?, let b?): a < b
    case (nil, nil): a.hook < b.hook
    case (let a, _): a != nil
    }
  }
}
