import GRDB
import ProbeMath
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct PositionsTests {
  @Test(arguments: [
    ("all", Positions.all), ("pooled", .pooled), ("0,5,-1", .at([-1, 0, 5])), ("-1, 0,5,0", .at([-1, 0, 5])),
    ("7", .at([7])), ("every:8", .every(8)),
  ])
  func textAndValueMeanTheSame(text: String, positions: Positions) {
    #expect(Positions(rawValue: text) == positions)
    #expect(Positions(rawValue: positions.rawValue) == positions)
  }

  @Test(arguments: [
    "", "some", "every:0", "every:-1", "every:x", "1,,2", "1,x", "99999999999999999999", "1.5",
  ])
  func nonsenseIsRefused(text: String) { #expect(Positions(rawValue: text) == nil) }

  private func rows(_ positions: Positions, _ text: String, sentinel: Tokenizer.Sentinel = .tokenizer) throws
    -> [Int]
  {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpus([
      Example(id: "a", text: text), Example(id: "b", text: "w1 w2 w3 w4 w5 w6 w7 w8 w9"),
    ])
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(corpus, points: [.residPost(0)], positions: positions, sentinel: sentinel)
      .run(into: store).capture
    let tokens = try store.tokens(of: capture).filter { $0.example == 0 && $0.row != nil }
    // The vectors are those of the model at these positions.
    for token in tokens {
      let row = try store.matrix(.residPost(0), of: capture, rows: .rows([try #require(token.row)]))
      let leading = sentinel == .none ? 0 : 1
      #expect(
        row.elements
          == model.row(.residPost(0), token: Int32(token.id), position: token.position + leading))
    }
    return tokens.map(\.position)
  }

  @Test(arguments: [Tokenizer.Sentinel.none, .bos, .tokenizer])
  func listsCountFromTheTextsOwnFirstAndLastToken(sentinel: Tokenizer.Sentinel) throws {
    #expect(try rows(.at([0, 2, -1]), "a b c d e", sentinel: sentinel) == [0, 2, 4])
    #expect(try rows(.at([-1, 4]), "a b c d e", sentinel: sentinel) == [4])
    #expect(try rows(.every(2), "a b c d e", sentinel: sentinel) == [0, 2, 4])
    #expect(try rows(.every(3), "a b c d e", sentinel: sentinel) == [0, 3])
    #expect(try rows(.at([3, -4]), "a b c", sentinel: sentinel) == [])
  }

  @Test func absentPositionsAreCounted() throws {
    let corpus = try Corpus([Example(id: "a", text: "a b c"), Example(id: "b", text: "a b c d e f")])
    let capture = try FormulaModel().capture(corpus, points: [.residPost(0)], positions: .at([0, 4, 5]))
    #expect(capture.plan.absentPositions == 2)
    #expect(capture.plan.sequences.map(\.rowCount) == [1, 3])
    let error = #expect(throws: StoreError.self) {
      try FormulaModel().capture(corpus, points: [.residPost(0)], positions: .at([9]))
    }
    #expect(error?.problem == "nothing is left to capture: no sequence has position 9")
  }
}

@Suite struct DeduplicationTests {
  private func corpus() throws -> Corpus {
    try Corpus([
      Example(id: "a", text: "one two three", labels: ["l": .bool(true)]),
      Example(id: "b", text: "four five"),
      Example(id: "c", text: "one two three", labels: ["l": .bool(false)]),
      Example(id: "d", text: "one two three six"), Example(id: "e", text: "four five"),
    ])
  }

  @Test(arguments: [Positions.all, .last, .mean])
  func theSameTokensAreComputedOnceAndReadAsOften(positions: Positions) throws {
    let folder = try Folder()
    let model = FormulaModel()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let points: [HookPoint] =
      positions == .mean ? [.residPost(1)] : [.residPost(1), HookPoint(.pattern, layer: 0)]
    let plain = try model.capture(try corpus(), points: points, positions: positions).run(into: store).capture
    model.passes.withLock { $0.removeAll() }
    let capture = try model.capture(
      try corpus(), points: points, positions: positions, deduplicate: true)
    #expect(capture.plan.copyCount == 2)
    let once = try capture.run(into: store).capture
    #expect(once.id != plain.id)
    // BOS and 3, 2 and 4 words: c and e are not run.
    #expect(model.passes.withLock { $0.reduce(0) { $0 + $1.tokens } } == 4 + 3 + 5)
    let (whole, shared) = (try store.examples(of: plain), try store.examples(of: once))
    #expect(shared[2].rows == shared[0].rows)
    #expect(shared[4].rows == shared[1].rows)
    #expect(shared.map(\.example) == whole.map(\.example))
    for (a, b) in zip(whole, shared) {
      #expect(
        try store.matrix(.residPost(1), of: plain, rows: .rows(Array(a.rows)))
          == store.matrix(.residPost(1), of: once, rows: .rows(Array(b.rows))))
    }
    // The view shows every example.
    let counts = try store.read { db in
      try [plain.id, once.id].map { id in
        try Int.fetchAll(
          db,
          sql: """
            SELECT count(*) FROM activation WHERE capture = ? AND hook = 'blocks.1.hook_resid_post'
            GROUP BY example_key ORDER BY example_key
            """, arguments: [id])
      }
    }
    #expect(counts[0] == counts[1])
    #expect(counts[0].count == 5)
  }

  @Test func otherSelectionsOfTheSameTokensAreNotTheSame() throws {
    let span = { (start: Int) in LabelledSpan(start: start, end: start + 3, label: "l", value: .bool(true)) }
    let corpus = try Corpus([
      Example(id: "a", text: "one two", spans: [span(0)]),
      Example(id: "b", text: "one two", spans: [span(4)]),
      Example(id: "c", text: "one two", spans: [span(4)]),
    ])
    let plan = try FormulaModel().capture(
      corpus, points: [.residPost(0)], positions: .labelled, deduplicate: true
    ).plan
    #expect(plan.sequences.map(\.isCopy) == [false, false, true])
    #expect(plan.sequences.map(\.firstRow) == [0, 1, 1])
  }
}

@Suite struct SubsampleTests {
  /// 40 pairs of examples of 10 words, in groups of two: 11 tokens with BOS, 288 float16 values each.
  private func corpus() throws -> Corpus {
    try Corpus(
      (0..<80).map { index in
        Example(
          id: "e\(index)", text: (0..<10).map { "w\(index * 10 + $0)" }.joined(separator: " "),
          group: "g\(index / 2)")
      })
  }

  private let exampleBytes = 11 * 288 * 2

  @Test func whatIsTooLargeIsRefusedWithBothNumbers() throws {
    let error = #expect(throws: StoreError.self) {
      try FormulaModel().capture(try corpus(), points: [.residPost(0)], maximumBytes: 100_000)
    }
    #expect(error?.reason == .tooLarge)
    #expect(error?.exitCode == 65)
    #expect(
      error?.problem
        == "the activations would be \(80 * exampleBytes) bytes (495.0 KiB), the limit is 100000 (97.7 KiB)")
    #expect(error?.advice.contains("--subsample") == true)
    #expect(
      try FormulaModel().capture(try corpus(), points: [.residPost(0)], maximumBytes: 80 * exampleBytes).plan
        .subsample == nil)
  }

  @Test func asManyGroupsAsFitAreKeptWhole() throws {
    // 21 examples fit: 10 groups of two.
    let limit = 21 * exampleBytes + 5
    let capture = try FormulaModel().capture(
      try corpus(), points: [.residPost(0)], maximumBytes: limit, subsample: 4)
    #expect(capture.plan.subsample == Subsample(seed: 4, count: 20))
    let kept = capture.plan.sequences.map(\.example)
    #expect(kept == kept.sorted())
    #expect(Set(kept.map { $0 / 2 }).count == 10)
    #expect(capture.estimatedBytes == 20 * exampleBytes)
    // Another seed keeps others, the same seed the same; and they are other captures.
    let other = try FormulaModel().capture(
      try corpus(), points: [.residPost(0)], maximumBytes: limit, subsample: 5)
    #expect(other.plan.sequences.map(\.example) != kept)
    #expect(other.identity.digest != capture.identity.digest)
    let again = try FormulaModel().capture(
      try corpus(), points: [.residPost(0)], maximumBytes: limit, subsample: 4)
    #expect(again.plan.sequences == capture.plan.sequences)
  }

  @Test func everyExampleIsKeptEquallyOften() throws {
    var counts = [Int](repeating: 0, count: 40)
    let model = FormulaModel()
    for seed in 0..<200 {
      let plan = try model.capture(
        try corpus(), points: [.residPost(0)], maximumBytes: 20 * exampleBytes, subsample: UInt64(seed)
      ).plan
      for group in Set(plan.sequences.map { $0.example / 2 }) { counts[group] += 1 }
    }
    // 10 of 40 groups: 50 of 200 draws, standard deviation 6.1; five of them.
    #expect(counts.allSatisfy { abs($0 - 50) <= 31 }, "\(counts)")
    #expect(counts.reduce(0, +) == 2_000)
  }

  @Test func aBudgetBelowOneExampleIsRefused() throws {
    let error = #expect(throws: StoreError.self) {
      try FormulaModel().capture(try corpus(), points: [.residPost(0)], maximumBytes: 10, subsample: 1)
    }
    #expect(error?.problem == "not even one example fits into 10 bytes")
  }
}
