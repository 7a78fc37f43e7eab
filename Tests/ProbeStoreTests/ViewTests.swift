import Foundation
import GRDB
import ProbeMath
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct ViewTests {
  private let points: [HookPoint] = [.residPost(0), .residPost(1), HookPoint(.pattern, layer: 0)]

  private func floats(_ data: Data, _ dtype: ScalarType) -> [Float] {
    data.withUnsafeBytes { bytes in
      (0..<(bytes.count / dtype.byteCount)).map { index in
        switch dtype {
        case .float32: bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        case .float16:
          Float(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
        case .bfloat16:
          Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)) << 16)
        }
      }
    }
  }

  @Test(arguments: ScalarType.allCases, [Positions.all, .last])
  func theViewEqualsBulkReads(dtype: ScalarType, positions: Positions) throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(6, about: 400)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(corpus, points: points, positions: positions, dtype: dtype).run(
      into: store
    ).capture
    let examples = try store.examples(of: capture)
    let tokens = try store.tokens(of: capture).filter { $0.row != nil && $0.position >= 0 }
    let bulk = try store.matrix(.residPost(1), of: capture)
    try store.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM activation WHERE hook = 'blocks.1.hook_resid_post'
          ORDER BY CAST(substr(example_key, 2) AS INTEGER), position
          """)
      #expect(rows.count == tokens.count)
      for (index, (row, token)) in zip(rows, tokens).enumerated() {
        #expect(row["example_key"] == examples[token.example].example.id)
        #expect(row["position"] == token.position)
        #expect(row["token_id"] == token.id)
        #expect(row["token"] == "piece\(token.id)")
        #expect(row["dtype"] == dtype.rawValue)
        #expect(row["width"] == 288)
        #expect(row["capture"] == capture.id)
        #expect(floats(row["vector"], dtype) == Array(bulk[row: index]))
      }
    }
  }

  /// One vector is found through indexes, whatever the size of the store.
  @Test func aPointQueryScansNeitherTokensNorExamples() throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    _ = try FormulaModel().capture(try Corpora.words(3, about: 10), points: points).run(into: store)
    let steps = try store.read { db in
      try Row.fetchAll(
        db,
        sql: """
          EXPLAIN QUERY PLAN SELECT vector FROM activation
          WHERE example_key = 'e1' AND position = 3 AND hook = 'blocks.0.hook_resid_post'
          """
      ).map { row in row["detail"] as String }
    }
    // The captures themselves are few, and the last step reads what the parts of the view return.
    #expect(Set(steps.filter { $0.hasPrefix("SCAN") }) == ["SCAN c", "SCAN activation"])
  }

  @Test func raggedRowsComeBackThroughBothDoors() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(7)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let pattern = HookPoint(.pattern, layer: 0)
    let plan = try model.capture(corpus, points: [pattern]).plan
    let capture = try model.capture(corpus, points: [pattern]).run(into: store).capture
    let chunks = try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM chunk") ?? 0 }
    #expect(chunks > plan.batches.count, "rows are to be cut inside a batch as well")
    let (values, offsets) = try store.raggedRows(pattern, of: capture, rows: 0..<capture.rowCount)
    var expected: [Float] = []
    for sequence in plan.sequences {
      for (position, id) in sequence.ids.enumerated() {
        expected += model.row(pattern, token: id, position: position)
      }
    }
    #expect(values == expected)
    #expect(offsets.count == capture.rowCount + 1)

    let second = try store.examples(of: capture)[1]
    let part = try store.raggedRows(pattern, of: capture, rows: second.rows)
    #expect(part.values == Array(values[offsets[second.rows.lowerBound]..<offsets[second.rows.upperBound]]))
    try store.read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT width, vector FROM activation WHERE example_key = 'e1' AND position = 5")
      // Position 5 is the seventh token, after the sentinel: 2 heads × 7 visible keys.
      #expect(row?["width"] == 14)
      let vector: Data = try #require(row?["vector"])
      #expect(floats(vector, .float16) == model.row(pattern, token: plan.sequences[1].ids[6], position: 6))
    }
    let error = #expect(throws: StoreError.self) { try store.matrix(pattern, of: capture) }
    #expect(error?.advice == "Read it with `raggedRows`")
  }

  @Test func interruptedRaggedCapturesResumeToTheSame() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let capture = try model.capture(try Corpora.words(10), points: points)
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try capture.run(into: whole)
    let store = try ActivationStore(folder.path("s.sqlite"))
    #expect(throws: StoreError.self) { try capture.run(into: store, threads: 1, shouldStop: { true }) }
    _ = try capture.run(into: store)
    #expect(try store.contents() == whole.contents())
  }

  @Test func sentinelsAreInTheStoreAndNotInTheView() throws {
    let folder = try Folder()
    let corpus = try Corpora.words(3, about: 10)
    let store = try ActivationStore(folder.path("s.sqlite"))
    _ = try FormulaModel().capture(corpus, points: [.residPost(0)], sentinel: .tokenizer).run(into: store)
    func count(_ source: String) throws -> Int? {
      try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(source)") }
    }
    #expect((try count("activation") ?? 0) > 0)
    #expect(try count("activation WHERE position < 0") == 0)
    #expect(try count("token WHERE position = -1 AND row IS NOT NULL") == 3)
    // What the tokenizer appends comes after the text and is marked.
    #expect(try count("token WHERE is_added AND position > 0") == 3)
  }

  @Test func meansHaveOneRowAnExampleAndNoToken() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(5, about: 300)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(
      corpus, points: [.residPost(0)], positions: .mean, dtype: .float32, sentinel: .tokenizer)
    let record = try capture.run(into: store).capture
    let matrix = try store.matrix(.residPost(0), of: record)
    #expect(matrix.shape == [5, 288])
    for (index, sequence) in capture.plan.sequences.enumerated() {
      let rows = sequence.own.map { model.row(.residPost(0), token: sequence.ids[$0], position: $0) }
      for column in [0, 1, 287] {
        let mean = rows.reduce(0.0) { $0 + Double($1[column]) } / Double(rows.count)
        // Sums of eighths are exact in double precision: only the result is rounded to float32.
        #expect(matrix[index, column] == Float(mean))
      }
    }
    try store.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT * FROM activation WHERE example_key = 'e2'")
      #expect(rows.count == 1)
      #expect(rows.first?["position"] == DatabaseValue.null)
      let vector: Data = try #require(rows.first?["vector"])
      #expect(floats(vector, .float32) == Array(matrix[row: 2]))
    }
  }
}
