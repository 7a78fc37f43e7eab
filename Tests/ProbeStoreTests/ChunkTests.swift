import Foundation
import GRDB
import ProbeMath
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct ChunkTests {
  /// 9 examples of about 700 tokens: several chunks of 288-wide rows, cut across batches.
  private func filled(
    _ folder: Folder, dtype: ScalarType = .float16, positions: Positions = .all,
    model: FormulaModel = FormulaModel()
  ) throws -> (store: ActivationStore, capture: CaptureRecord, plan: CapturePlan, corpus: Corpus) {
    let corpus = try Corpora.words(5)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(
      corpus, points: [.residPost(0), .residPost(1)], positions: positions, dtype: dtype)
    return (store, try capture.run(into: store).capture, capture.plan, corpus)
  }

  /// The formula's rows of a point, in store order.
  private func expected(_ point: HookPoint, _ plan: CapturePlan, _ model: FormulaModel) -> [Float] {
    plan.sequences.flatMap { sequence in
      sequence.selected.flatMap { index in
        model.row(point, token: sequence.ids[Int(index)], position: Int(index))
      }
    }
  }

  @Test func everyFullChunkHasTheRowsThatWidthAndTypeSay() throws {
    let folder = try Folder()
    let (store, capture, _, _) = try filled(folder)
    let rowBytes = 288 * 2
    let rows = ChunkLayout.rows(rowBytes: rowBytes)
    #expect((128 << 10)...(1 << 20) ~= rows * rowBytes)
    for point in capture.points {
      let chunks = try store.read { db in
        try Row.fetchAll(
          db, sql: "SELECT first_row, row_count, byte_count FROM chunk WHERE point_id = ? ORDER BY first_row",
          arguments: [point.id])
      }
      #expect(chunks.count == (capture.rowCount + rows - 1) / rows)
      #expect(chunks.count >= 3)
      for (index, chunk) in chunks.enumerated() {
        let count = min(rows, capture.rowCount - index * rows)
        #expect(chunk["first_row"] == index * rows)
        #expect(chunk["row_count"] == count)
        #expect(chunk["byte_count"] == count * rowBytes)
      }
    }
  }

  @Test(arguments: [2, 4, 576, 1_024, 1_536, 8_192, 64_000, 98_304, 1 << 21])
  func chunksHoldAtLeastOneRowAndAreNeverTooLarge(rowBytes: Int) {
    let rows = ChunkLayout.rows(rowBytes: rowBytes)
    #expect(rows >= 1)
    #expect(rows == 1 || (128 << 10)...(1 << 20) ~= rows * rowBytes)
  }

  @Test func theChecksumIsZlibs() {
    // The check value of CRC-32/ISO-HDLC, which zlib.crc32 is: of the digits 1 to 9.
    let digits = Array("123456789".utf8)
    digits.withUnsafeBytes { bytes in
      #expect(ChunkLayout.checksum(bytes) == 0xcbf4_3926)
      let first = ChunkLayout.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<4]))
      #expect(
        ChunkLayout.checksum(UnsafeRawBufferPointer(rebasing: bytes[4...]), after: first) == 0xcbf4_3926)
    }
  }

  @Test(arguments: ScalarType.allCases)
  func bulkReadsGiveWhatTheModelShowed(dtype: ScalarType) throws {
    let folder = try Folder()
    let model = FormulaModel()
    let (store, capture, plan, _) = try filled(folder, dtype: dtype, model: model)
    for point in [HookPoint.residPost(0), .residPost(1)] {
      let matrix = try store.matrix(point, of: capture, rows: .all)
      let values = expected(point, plan, model)
      #expect(matrix.shape == [capture.rowCount, 288])
      if dtype == .bfloat16 {
        // 8 bits of mantissa: half a unit in the last place of values up to 16 is 2⁻⁹ of the value.
        #expect(zip(matrix.elements, values).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-9 })
      } else {
        // Multiples of 1/8 up to 16 are exact.
        #expect(matrix.elements == values)
      }
    }
  }

  @Test func rowsAreReadInTheOrderAskedFor() throws {
    let folder = try Folder()
    let (store, capture, _, _) = try filled(folder)
    let all = try store.matrix(.residPost(1), of: capture, rows: .all)
    var stream = RandomStream(seed: 5, "rows")
    let rows = (0..<500).map { _ in stream.index(below: capture.rowCount) } + Array(900..<1_000) + [0, 0]
    #expect(try store.matrix(.residPost(1), of: capture, rows: .rows(rows)) == all.selecting(rows: rows))
    #expect(try store.matrix(.residPost(1), of: capture, rows: .rows([])).shape == [0, 288])
  }

  @Test func sentinelsAreLeftOutUnlessAskedFor() throws {
    let folder = try Folder()
    let (store, capture, plan, corpus) = try filled(folder)
    let matrix = try store.matrix(.residPost(0), of: capture)
    #expect(matrix.rows == capture.rowCount - corpus.examples.count)
    let tokens = try store.tokens(of: capture)
    let rows = tokens.filter { $0.position >= 0 }.compactMap(\.row)
    #expect(matrix == (try store.matrix(.residPost(0), of: capture, rows: .rows(rows))))
    #expect(tokens.count == plan.tokenCount)
    #expect(tokens.count { $0.position < 0 } == corpus.examples.count)
    #expect(tokens.filter { $0.position < 0 }.allSatisfy { $0.isAdded && $0.id == 1 && $0.span == nil })
  }

  @Test func examplesComeBackAsTheyWere() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpus([
      Example(
        id: "a", text: "one two", labels: ["l": .bool(true), "n": .number(2.5), "s": .string("x\"y")],
        spans: [LabelledSpan(start: 0, end: 3, label: "l", value: .number(1))], group: "g", split: "test",
        pair: "p", role: "r"),
      Example(id: "ü", tokenIDs: [5, 6, 7]),
    ])
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(corpus, points: [.residPost(0)]).run(into: store).capture
    let examples = try store.examples(of: capture)
    #expect(examples.map(\.example) == corpus.examples)
    #expect(examples.map(\.rows) == [0..<3, 3..<6])
    let tokens = try store.tokens(of: capture)
    #expect(tokens.map(\.position) == [-1, 0, 1, 0, 1, 2])
    #expect(tokens.map(\.example) == [0, 0, 0, 1, 1, 1])
    #expect(tokens.map(\.row) == [0, 1, 2, 3, 4, 5])
    #expect(tokens.map(\.span) == [nil, 0..<3, 4..<7, nil, nil, nil])
    // Given ids have no text: no tokenizer was asked.
    #expect(tokens.map { $0.text == nil } == [false, false, false, true, true, true])
  }

  // MARK: Damage

  @Test(arguments: [0, 1])
  func aFlippedByteNamesHookExamplesAndChunk(chunk: Int) throws {
    let folder = try Folder()
    let (store, capture, _, _) = try filled(folder)
    let first = chunk * ChunkLayout.rows(rowBytes: 576)
    let id = try store.write { db in
      let id = try Int64.fetchOne(
        db,
        sql: """
          SELECT chunk.id FROM chunk JOIN point ON point.id = point_id
          WHERE hook = 'blocks.1.hook_resid_post' AND first_row = ?
          """, arguments: [first])
      var data = try #require(
        try Data.fetchOne(db, sql: "SELECT data FROM chunk_data WHERE id = ?", arguments: [id]))
      data[data.count / 2] ^= 4
      try db.execute(sql: "UPDATE chunk_data SET data = ? WHERE id = ?", arguments: [data, id])
      return id
    }
    #expect(id != nil)
    let error = #expect(throws: StoreError.self) { try store.matrix(.residPost(1), of: capture) }
    #expect(error?.reason == .damagedChunk)
    #expect(error?.exitCode == 65)
    let examples = try store.examples(of: capture).filter {
      $0.rows.overlaps(first..<(first + ChunkLayout.rows(rowBytes: 576)))
    }
    let names = "examples \"\(examples[0].example.id)\" to \"\(examples[examples.count - 1].example.id)\""
    #expect(
      error?.location
        == "\(store.path), capture 1, blocks.1.hook_resid_post, chunk of row \(first), \(names)")
    #expect(error?.problem.hasPrefix("the checksum is ") == true)
    // The other point is whole, and so are rows of other chunks.
    #expect(try store.matrix(.residPost(0), of: capture).rows > 0)
    let untouched = chunk == 0 ? ChunkLayout.rows(rowBytes: 576) : 0
    #expect(try store.matrix(.residPost(1), of: capture, rows: .rows([untouched])).rows == 1)
  }

  @Test func aMissingOrShortChunkIsFound() throws {
    let folder = try Folder()
    let (store, capture, _, _) = try filled(folder)
    try store.write { db in
      try db.execute(sql: "UPDATE chunk_data SET data = substr(data, 1, 100) WHERE id = 1")
      try db.execute(sql: "DELETE FROM chunk_data WHERE id = (SELECT max(id) FROM chunk)")
    }
    let short = #expect(throws: StoreError.self) { try store.matrix(.residPost(0), of: capture) }
    #expect(short?.problem.hasSuffix("bytes, found 100") == true, "\(short?.problem ?? "")")
    let missing = #expect(throws: StoreError.self) { try store.matrix(.residPost(1), of: capture) }
    #expect(missing?.reason == .damagedChunk)
    #expect(missing?.problem.hasSuffix("bytes, found 0") == true, "\(missing?.problem ?? "")")
    try store.write { db in try db.execute(sql: "DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk)") }
    let gone = #expect(throws: StoreError.self) { try store.matrix(.residPost(1), of: capture) }
    #expect(gone?.problem == "the chunk is missing or too long")
  }

  @Test(arguments: [
    "UPDATE point SET chunk_rows = 0", "UPDATE point SET width = -1", "UPDATE point SET shape = 'x'",
    "UPDATE point SET rows_done = 1e300", "UPDATE capture SET row_count = 'many'",
    "UPDATE capture SET dtype = 'float8'", "UPDATE capture SET batch_count = -1",
    "UPDATE chunk SET row_count = 9223372036854775807", "UPDATE chunk SET first_row = x'00'",
    "UPDATE example SET labels = '{'", "UPDATE example SET key = x'ff' WHERE id = 1",
    "UPDATE sequence SET row_count = -5", "UPDATE token SET token_id = 'x'",
  ])
  func nonsenseInTheTablesIsAnErrorNotATrap(sql: String) throws {
    let folder = try Folder()
    let (store, _, _, _) = try filled(folder, positions: .last)
    try store.write { try $0.execute(sql: sql) }
    let error = #expect(throws: StoreError.self) {
      for capture in try store.captures() {
        _ = try store.examples(of: capture)
        _ = try store.tokens(of: capture)
        _ = try store.matrix(.residPost(0), of: capture)
      }
    }
    #expect(
      error.map { [.corrupt, .damagedChunk].contains($0.reason) } == true, "\(error?.description ?? "")")
    #expect(error?.exitCode == 65)
  }

  @Test func whatWasNotCapturedIsNamed() throws {
    let folder = try Folder()
    let (store, capture, _, _) = try filled(folder, positions: .last)
    let error = #expect(throws: StoreError.self) { try store.matrix(.residPost(2), of: capture) }
    #expect(
      error?.description
        == "\(store.path), capture 1: blocks.2.hook_resid_post was not captured; there are blocks.0.hook_resid_post, "
        + "blocks.1.hook_resid_post. `probe capture` with this point adds it and keeps the rest")
    let rows = #expect(throws: StoreError.self) {
      try store.matrix(.residPost(0), of: capture, rows: .rows([capture.rowCount]))
    }
    #expect(rows?.reason == .missing)
  }
}
