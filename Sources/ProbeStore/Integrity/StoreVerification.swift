import GRDB
import ProbeModel

/// Something in a store that is not as it was written.
public struct StoreFault: Sendable, Equatable, Encodable {
  /// The table, the corpus, the capture, or in it the hook, the chunk and its examples.
  public let location: String
  /// What is wrong: expected and found.
  public let problem: String
  /// Whether running the capture, or the import, again mends it; otherwise the store is to be captured anew.
  public let isRepairable: Bool
}

/// What was looked at when a store was verified.
public struct StoreVerification: Sendable, Equatable, Encodable {
  /// What is wrong; empty when everything is as it was written.
  public var faults: [StoreFault] = []
  /// Captures looked at.
  public var captures = 0
  /// Points whose chunks were read.
  public var points = 0
  /// Bytes of scalars whose checksums were compared.
  public var bytes = 0
}

extension ActivationStore {
  /// Checks everything that a store says: the database's own structure; that each corpus, plan and capture has the
  /// content that its digest stands for; that every chunk is there, with its rows and its checksum; and that
  /// nothing lies about that belongs to no point.
  ///
  /// - Parameter progress: told what is looked at.
  /// - Throws: ``StoreError`` when the store cannot be read at all.
  public func verify(progress: (String) -> Void = { _ in }) throws -> StoreVerification {
    var result = StoreVerification()
    progress("structure")
    result.faults += try structure()
    let captures: [CaptureRecord]
    do {
      captures = try self.captures()
    } catch let error as StoreError where error.exitCode == 65 {
      result.faults.append(StoreFault(error))
      return result
    }
    for capture in captures {
      progress("capture \(capture.id), \(capture.name)")
      result.captures += 1
      result.faults += try content(of: capture)
      for point in capture.points {
        progress("capture \(capture.id), \(point.hook)")
        result.points += 1
        result.bytes += try scalarBytes(of: point)
        do {
          result.faults += try damage(of: point, capture).map {
            StoreFault($0.error(at: path), isRepairable: true)
          }
        } catch let error as StoreError {
          // What was found until here counts, and what comes may be sound.
          result.faults.append(StoreFault(error))
        }
      }
    }
    return result
  }

  private func scalarBytes(of point: PointRecord) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT total(byte_count) FROM chunk WHERE point_id = ?", arguments: [point.id]) ?? 0
    }
  }

  /// The database's own check, references between tables, and rows that belong to nothing.
  private func structure() throws -> [StoreFault] {
    var faults: [StoreFault] = []
    func check(_ body: (Database) throws -> [StoreFault]) throws {
      do {
        faults += try read(body)
      } catch let error as StoreError where error.exitCode == 65 {
        // A torn page ends one query; the others say what else is wrong.
        faults.append(StoreFault(error))
      }
    }
    try check { db in
      try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }.map {
        StoreFault(location: "\(path), database", problem: $0, isRepairable: false)
      }
    }
    for (table, what, condition) in Self.orphans {
      try check { db in
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0
        return count == 0
          ? []
          : [
            StoreFault(
              location: "\(path), table \(table)", problem: "\(count) \(what) belong to nothing",
              isRepairable: false)
          ]
      }
    }
    return faults
  }

  /// Rows that refer to nothing: table, what they are, condition.
  private static let orphans = [
    ("chunk", "chunks", "point_id NOT IN (SELECT id FROM point)"),
    ("chunk_data", "chunks' bytes", "id NOT IN (SELECT id FROM chunk)"),
    ("ragged_row", "ragged rows", "point_id NOT IN (SELECT id FROM point WHERE chunk_rows IS NULL)"),
    ("point", "points", "capture_id NOT IN (SELECT id FROM capture)"),
    ("sequence", "sequences", "capture_id NOT IN (SELECT id FROM capture)"),
    (
      "token", "tokens",
      "NOT EXISTS (SELECT 1 FROM sequence s WHERE s.capture_id = token.capture_id AND s.example_id = token.example_id)"
    ),
    ("example", "examples", "corpus_id NOT IN (SELECT id FROM corpus)"),
    ("capture", "captures", "corpus_id NOT IN (SELECT id FROM corpus)"),
  ]

  /// Whether corpus, plan and identity are what their digests say.
  private func content(of capture: CaptureRecord) throws -> [StoreFault] {
    var faults: [StoreFault] = []
    for check in [{ _ = try self.corpus(of: capture) }, { _ = try self.plan(of: capture) }]
      as [() throws -> Void]
    {
      do {
        try check()
      } catch let error as StoreError where error.exitCode == 65 {
        faults.append(StoreFault(error))
      }
    }
    if capture.identityParts.digest != capture.identity {
      faults.append(
        StoreFault(
          location: "\(path), capture \(capture.id)",
          problem: "its settings or digests are not those of its identity", isRepairable: false))
    }
    return faults
  }
}

extension StoreFault {
  fileprivate init(_ error: StoreError, isRepairable: Bool = false) {
    self.init(location: error.location, problem: error.problem, isRepairable: isRepairable)
  }
}
