import Foundation
import GRDB
import ProbeModel

/// What a store says about the corpus and the plan of its captures, as they were when it was written.
extension ActivationStore {
  /// The corpus of a capture.
  ///
  /// - Throws: ``StoreError`` `corrupt` when its content is no longer what its digest says.
  func corpus(of capture: CaptureRecord) throws -> Corpus {
    let examples = try read { db in
      let decoder = JSONDecoder()
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.* FROM example e JOIN capture c ON c.corpus_id = e.corpus_id WHERE c.id = ? ORDER BY e.ordinal
          """, arguments: [capture.id])
      var examples: [Example] = []
      while let row = try rows.next() { examples.append(try Example(row, decoder, at: path)) }
      return examples
    }
    let corpus: Corpus
    do {
      corpus = try Corpus(examples, path: capture.corpusPath)
    } catch {
      throw StoreError(
        .corrupt, at: "\(path), capture \(capture.id)", "its corpus is no corpus: \(error.description)",
        advice: "Capture into a new store")
    }
    guard corpus.digest == capture.corpusDigest else {
      throw StoreError(
        .corrupt, at: "\(path), capture \(capture.id)",
        "the corpus has the sha256 \(corpus.digest.prefix(12))…, written was \(capture.corpusDigest.prefix(12))…",
        advice: "The file was changed by something else: capture into a new store")
    }
    return corpus
  }

  /// The plan of a capture, as its sequences and tokens say.
  ///
  /// - Throws: ``StoreError`` `corrupt` when they contradict the capture.
  func plan(of capture: CaptureRecord) throws -> CapturePlan {
    let sequences = try read { db in
      let tokens = try StoredTokens(capture, db, path: path)
      var sequences: [CapturePlan.Sequence] = []
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT s.*, e.ordinal FROM sequence s JOIN example e ON e.id = s.example_id
          WHERE s.capture_id = ? ORDER BY e.ordinal
          """, arguments: [capture.id])
      var end = 0
      while let row = try rows.next() {
        let sequence = try CapturePlan.Sequence(
          row, tokens: try tokens.of(example: row.required("example_id", at: path)), capture, at: path,
          end: end)
        if !sequence.isCopy { end += sequence.rowCount }
        sequences.append(sequence)
      }
      return sequences
    }
    let plan = CapturePlan(
      positions: capture.settings.positions, sequences: sequences, batches: CapturePlan.pack(sequences),
      skipped: [], unalignedSpans: 0, absentPositions: 0, subsample: capture.subsample)
    guard
      plan.batches.count == capture.batchCount, plan.rowCount == capture.rowCount,
      plan.tokenCount == capture.tokenCount, capture.planDigest == nil || plan.digest == capture.planDigest
    else {
      throw StoreError(
        .corrupt, at: "\(path), capture \(capture.id)",
        "its sequences or tokens are not those that were written",
        advice: "The file was changed by something else: capture into a new store")
    }
    return plan
  }

  /// The text of each token id of a capture.
  func pieces(of capture: CaptureRecord) throws -> [Int: String] {
    try read { db in
      var pieces: [Int: String] = [:]
      let rows = try Row.fetchCursor(
        db, sql: "SELECT DISTINCT token_id, token FROM token WHERE capture_id = ? AND token IS NOT NULL",
        arguments: [capture.id])
      while let row = try rows.next() {
        pieces[try row.required("token_id", at: path)] = try row.required("token", at: path) as String
      }
      return pieces
    }
  }
}

/// The tokens of one example after the other, by the table's primary key.
private final class StoredTokens {
  private let statement: Statement
  private let capture: CaptureRecord
  private let path: String

  init(_ capture: CaptureRecord, _ db: Database, path: String) throws {
    statement = try db.makeStatement(
      sql: """
        SELECT position, token_id, start_byte, end_byte, is_added, row FROM token
        WHERE capture_id = ? AND example_id = ? ORDER BY position
        """)
    (self.capture, self.path) = (capture, path)
  }

  func of(example: Int64) throws -> [StoredToken] {
    let rows = try Row.fetchCursor(statement, arguments: [capture.id, example])
    var tokens: [StoredToken] = []
    while let row = try rows.next() {
      let start: Int32? = try row.optional("start_byte", at: path)
      let end: Int32? = try row.optional("end_byte", at: path)
      tokens.append(
        StoredToken(
          position: try row.required("position", at: path), id: try row.required("token_id", at: path),
          span: start.flatMap { start in end.flatMap { start <= $0 ? start..<$0 : nil } },
          isAdded: try row.required("is_added", at: path), row: try row.optional("row", at: path)))
    }
    return tokens
  }
}

extension CapturePlan.Sequence {
  /// - Parameter end: rows of the sequences before; one that begins earlier shares theirs.
  fileprivate init(_ row: Row, tokens: [StoredToken], _ capture: CaptureRecord, at path: String, end: Int)
    throws
  {
    let leading = tokens.prefix { $0.position < 0 }.count
    let firstRow = try row.count("first_row", at: path)
    let rowCount = try row.count("row_count", at: path)
    let trailing = tokens[leading...].reversed().prefix { $0.isAdded }.count
    let isPooled = capture.settings.positions.isPooled
    let selected = tokens.indices.filter {
      isPooled ? (leading..<(tokens.count - trailing)).contains($0) : tokens[$0].row != nil
    }
    let isCopy = rowCount > 0 && firstRow < end
    // Rows follow one another, or are those of an earlier sequence; and each belongs to a token.
    guard isCopy ? firstRow + rowCount <= end : firstRow == end, isPooled || rowCount == selected.count else {
      throw StoreError(
        .corrupt, at: path,
        "rows \(firstRow) to \(firstRow + rowCount) of a sequence do not follow its neighbour's",
        advice: "`probe store verify` says what is damaged")
    }
    let hasSpans = tokens.contains { $0.span != nil }
    self.init(
      example: try row.count("ordinal", at: path), ids: tokens.map(\.id),
      spans: hasSpans ? tokens.map { $0.span ?? 0..<0 } : [], leading: leading, trailing: trailing,
      dropped: try row.count("dropped_tokens", at: path), selected: selected.map { Int32($0) },
      rowCount: rowCount, firstRow: firstRow, isCopy: isCopy)
  }
}
