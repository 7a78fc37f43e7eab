import GRDB
import ProbeMath
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct ReadingTests {
  private func filled(_ folder: Folder, dtype: ScalarType = .float16) throws -> (
    ActivationStore, CaptureRecord
  ) {
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try FormulaModel().capture(
      Corpora.words(8, about: 300), points: [.residPost(0)], dtype: dtype)
    return (store, try capture.run(into: store).capture)
  }

  @Test(arguments: ScalarType.allCases)
  func blocksTogetherAreTheMatrix(dtype: ScalarType) throws {
    let folder = try Folder()
    let (store, capture) = try filled(folder, dtype: dtype)
    let all = try store.matrix(.residPost(0), of: capture, rows: .all)
    for size in [nil, 1_000, 37] as [Int?] {
      var next = 0
      var values: [Float] = []
      try store.forEachBlock(.residPost(0), of: capture, rowsPerBlock: size) { rows, block in
        #expect(rows.lowerBound == next)
        #expect(block.count == rows.count * 288)
        next = rows.upperBound
        values += block
      }
      #expect(next == capture.rowCount)
      #expect(values == all.elements)
    }
    var part: [Float] = []
    try store.forEachBlock(.residPost(0), of: capture, rows: 10..<500) { _, block in part += block }
    #expect(part == all.selecting(rows: Array(10..<500)).elements)
  }

  @Test(arguments: [true, false])
  func anEpochOfMinibatchesIsEveryRowOnce(withSentinels: Bool) throws {
    let folder = try Folder()
    let (store, capture) = try filled(folder)
    let all = try store.matrix(.residPost(0), of: capture, rows: .all)
    let sampler = try RowSampler(
      store, .residPost(0), of: capture, batchSize: 100, seed: 9, withSentinels: withSentinels)
    let tokens = try store.tokens(of: capture)
    let expected = Set(tokens.filter { withSentinels || $0.position >= 0 }.compactMap(\.row))
    var epochs: [[Int]] = []
    for epoch in 0..<2 {
      var seen: [Int] = []
      for batch in 0..<sampler.batchesPerEpoch {
        let (rows, values) = try sampler.batch(epoch * sampler.batchesPerEpoch + batch)
        #expect(rows.count == 100 || batch == sampler.batchesPerEpoch - 1)
        #expect(values == all.selecting(rows: rows))
        seen += rows
      }
      #expect(seen.count == expected.count)
      #expect(Set(seen) == expected)
      epochs.append(seen)
    }
    #expect(epochs[0] != epochs[1])
    #expect(epochs[0] != epochs[0].sorted())
    // Any step can be asked for alone; another seed gives another order.
    #expect(
      try RowSampler(store, .residPost(0), of: capture, batchSize: 100, seed: 9, withSentinels: withSentinels)
        .rows(3) == Array(epochs[0][300..<400]))
    #expect(
      try RowSampler(store, .residPost(0), of: capture, batchSize: 100, seed: 8, withSentinels: withSentinels)
        .rows(3) != Array(epochs[0][300..<400]))
  }

  @Test func aDamagedChunkIsFoundByWhoeverTouchesIt() throws {
    let folder = try Folder()
    let (store, capture) = try filled(folder)
    try store.write { try $0.execute(sql: "UPDATE chunk SET crc32 = 7 WHERE first_row = 0") }
    let sampler = try RowSampler(store, .residPost(0), of: capture, batchSize: 4, seed: 1)
    let error = #expect(throws: StoreError.self) { try sampler.values(of: [3]) }
    #expect(error?.reason == .damagedChunk)
    let next = ChunkLayout.rows(rowBytes: 576)
    #expect(try sampler.values(of: [next]).rows == 1)
    #expect(throws: StoreError.self) {
      try store.forEachBlock(.residPost(0), of: capture) { _, _ in }
    }
  }

  @Test func partsOfRunsAreCutBetweenChunks() {
    let runs = RowRun.runs(of: [0..<25, 30..<95], chunkRows: 10)
    #expect(runs.reduce(0) { $0 + $1.count } == 90)
    for count in 1...8 {
      let parts = RowRun.parts(runs, count, chunkRows: 10)
      #expect(parts.flatMap { Array($0) } == runs)
      for (a, b) in zip(parts, parts.dropFirst()) {
        #expect((a.last?.row ?? 0) / 10 < (b.first?.row ?? 0) / 10)
      }
    }
  }
}
