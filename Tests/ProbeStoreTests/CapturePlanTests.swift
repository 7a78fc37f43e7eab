import Foundation
import ProbeMath
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct CapturePlanTests {
  private func plan(
    _ corpus: Corpus, _ positions: Positions = .all, sentinel: Tokenizer.Sentinel = .bos,
    overflow: OverflowPolicy = .error, model: FormulaModel = FormulaModel()
  ) throws -> CapturePlan {
    try model.capture(
      corpus, points: [.residPost(0)], positions: positions, sentinel: sentinel, overflow: overflow
    )
    .plan
  }

  @Test func batchesHoldConsecutiveSequencesUpToTheBudget() throws {
    let corpus = try Corpora.words(40, about: 500)
    let plan = try plan(corpus)
    #expect(plan.batches.flatMap(\.sequences) == Array(plan.sequences.indices))
    var row = 0
    for (index, batch) in plan.batches.enumerated() {
      let tokens = batch.sequences.reduce(0) { $0 + plan.sequences[$1].ids.count }
      #expect(tokens == batch.tokenCount)
      #expect(tokens <= CapturePlan.tokensPerBatch)
      #expect(batch.firstRow == row)
      row += batch.rowCount
      if index + 1 < plan.batches.count, let next = plan.batches[index + 1].sequences.first {
        // Packed as full as the order allows.
        #expect(tokens + plan.sequences[next].ids.count > CapturePlan.tokensPerBatch)
      }
    }
    #expect(row == plan.rowCount)
    #expect(plan.rowCount == plan.tokenCount)
  }

  @Test func aSequenceLongerThanTheBudgetIsABatchOfItsOwn() throws {
    let corpus = try Corpus([
      Example(id: "a", tokenIDs: [1, 2]), Example(id: "b", tokenIDs: Array(repeating: 3, count: 3_000)),
      Example(id: "c", tokenIDs: [4]),
    ])
    #expect(try plan(corpus).batches.map(\.tokenCount) == [2, 3_000, 1])
  }

  @Test func lastIsTheTextsOwnLastToken() throws {
    let corpus = try Corpus([Example(id: "a", text: "one two three"), Example(id: "b", tokenIDs: [7, 8])])
    let plan = try plan(corpus, .last, sentinel: .tokenizer)
    // BOS one two three EOS: the fourth token; ids that are given have nothing added.
    #expect(plan.sequences.map(\.selected) == [[3], [1]])
    #expect(plan.sequences.map { $0.ids.count } == [5, 2])
    #expect(plan.rowCount == 2)
  }

  @Test func labelledAreTheTokensThatShareAByteWithASpan() throws {
    let span = { LabelledSpan(start: $0, end: $1, label: "l", value: .bool(true)) }
    let corpus = try Corpus([
      // Words at 0..<3, 4..<7 and 8..<13; the second span lies in a blank, which is no token.
      Example(id: "a", text: "one two three", spans: [span(6, 9), span(3, 4)]),
      Example(id: "b", text: "one two"),
    ])
    let plan = try plan(corpus, .labelled)
    #expect(plan.sequences.map(\.selected) == [[2, 3], []])
    #expect(plan.unalignedSpans == 1)
    #expect(plan.batches.map(\.sequences) == [[0]], "a sequence without rows needs no pass")
    #expect(plan.sequences.map(\.rowCount) == [2, 0])
  }

  @Test func nothingToCaptureIsAnError() throws {
    let corpus = try Corpus([Example(id: "a", text: "one")], path: "c.jsonl")
    let error = #expect(throws: StoreError.self) { try plan(corpus, .labelled) }
    #expect(
      error?.description
        == "c.jsonl: nothing is left to capture: no labelled span shares a byte with a token. Give examples `spans`, "
        + "or capture other positions")
    let empty = try Corpus([Example(id: "a", text: "")], path: "c.jsonl")
    let blank = #expect(throws: StoreError.self) { try plan(empty) }
    #expect(
      blank?.description
        == "c.jsonl, example \"a\": the text gives no token of its own. Remove the example, or give it a text"
    )
  }

  @Test func textsBeyondTheContextAreRefusedCutOrLeftOut() throws {
    let model = FormulaModel(nContext: 6)
    let corpus = try Corpus(
      [Example(id: "long", text: "a b c d e f g"), Example(id: "short", text: "a b")], path: "c.jsonl")
    let error = #expect(throws: StoreError.self) { try plan(corpus, sentinel: .tokenizer, model: model) }
    #expect(error?.reason == .tooLong)
    #expect(
      error?.description
        == "c.jsonl, example \"long\": 9 tokens, the context of formula holds 6. Shorten it, or set overflow to "
        + "`truncate` or `skip`")

    let cut = try plan(corpus, sentinel: .tokenizer, overflow: .truncate, model: model)
    let whole = FormulaModel.encode("a b c d e f g", .tokenizer).map { Int32($0.id) }
    // The text's end goes; what the tokenizer adds on either side stays.
    #expect(cut.sequences[0].ids == Array(whole[..<5]) + [2])
    #expect(cut.sequences[0].dropped == 3)
    #expect(cut.truncatedCount == 1)

    let skipped = try plan(corpus, sentinel: .tokenizer, overflow: .skip, model: model)
    #expect(skipped.skipped == ["long"])
    #expect(skipped.sequences.map(\.example) == [1])
  }

  @Test func tokenIDsNeedNoTokenizer() throws {
    let model = FormulaModel(hasTokenizer: false)
    let ids = try Corpus([Example(id: "a", tokenIDs: [1, 2, 3])])
    let capture = try model.capture(ids, points: [.residPost(0)], sentinel: .bos)
    #expect(capture.plan.sequences[0].ids == [1, 2, 3])
    #expect(capture.plan.sequences[0].leading == 0)
    // Neither a tokenizer nor a sentinel takes part, so neither can make another capture of it.
    #expect(capture.identity.tokenizerDigest == nil)
    #expect(capture.identity.settings.sentinel == .none)
    #expect(
      try FormulaModel().capture(ids, points: [.residPost(0)], sentinel: .tokenizer).identity
        == capture.identity)

    let text = try Corpus([Example(id: "a", text: "one")], path: "c.jsonl")
    let error = #expect(throws: StoreError.self) { try model.capture(text, points: [.residPost(0)]) }
    #expect(error?.reason == .noTokenizer)
    #expect(error?.exitCode == 65)
    #expect(
      error?.description
        == "c.jsonl, example \"a\": the example gives a text, and formula has no tokenizer. Put a tokenizer.json "
        + "beside the checkpoint, or give `token_ids`")
  }

  @Test func idsOutsideTheVocabularyAreNamed() throws {
    let corpus = try Corpus([Example(id: "a", tokenIDs: [1, 1_000])], path: "c.jsonl")
    let error = #expect(throws: StoreError.self) { try plan(corpus) }
    #expect(
      error?.description
        == "c.jsonl, example \"a\": token 1 has the id 1000, the vocabulary of formula has 1000")
  }

  @Test func pointsThatTheModelLacksAreNamed() throws {
    let corpus = try Corpus([Example(id: "a", tokenIDs: [1])])
    let unknown = #expect(throws: StoreError.self) {
      try FormulaModel().capture(corpus, points: [.residPost(13)])
    }
    #expect(unknown?.location == "blocks.13.hook_resid_post")
    #expect(throws: StoreError.self) { try FormulaModel().capture(corpus, points: []) }
    let ragged = #expect(throws: StoreError.self) {
      try FormulaModel().capture(corpus, points: [HookPoint(.pattern, layer: 0)], positions: .mean)
    }
    #expect(ragged?.problem == "rows of different widths have no mean")
  }

  // MARK: Values that cannot be stored

  private func run(_ value: Float, dtype: ScalarType, positions: Positions = .all) throws -> StoreError? {
    let folder = try Folder()
    let id = Int32(FormulaModel.encode("three", .none)[0].id)
    let model = FormulaModel(replace: { point, token, column in
      point == .residPost(1) && token == id && column == 2 ? value : nil
    })
    let corpus = try Corpus([Example(id: "a", text: "one two"), Example(id: "b", text: "one two three four")])
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(
      corpus, points: [.residPost(0), .residPost(1)], positions: positions, dtype: dtype)
    do {
      _ = try capture.run(into: store)
      return nil
    } catch let error as StoreError {
      // Nothing of the batch is in the store: neither the bad point nor the good one.
      #expect(try store.captures().first?.points.map(\.rowsDone) == [0, 0])
      return error
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], ScalarType.allCases)
  func nonFiniteActivationsNameHookExampleAndPosition(value: Float, dtype: ScalarType) throws {
    let error = try run(value, dtype: dtype)
    let id = FormulaModel.encode("three", .none)[0].id
    #expect(error?.reason == .nonFinite)
    #expect(error?.location == "blocks.1.hook_resid_post, example \"b\", position 2, token id \(id)")
    #expect(error?.problem == "the activation is \(value)")
  }

  @Test func whatFloat16CannotHoldSuggestsAnotherType() throws {
    // 65,520 is the least value that rounds to infinity (65,504 is the largest finite one).
    let error = try run(65_520, dtype: .float16)
    let id = FormulaModel.encode("three", .none)[0].id
    #expect(error?.reason == .outOfRange)
    #expect(
      error?.description
        == "blocks.1.hook_resid_post, example \"b\", position 2, token id \(id): the activation 65520.0 does not fit "
        + "float16. Capture with dtype bfloat16 or float32")
    #expect(try run(65_519, dtype: .float16) == nil)
    #expect(try run(65_520, dtype: .bfloat16) == nil)
    #expect(try run(Float.greatestFiniteMagnitude, dtype: .bfloat16)?.advice == "Capture with dtype float32")
    #expect(try run(Float.greatestFiniteMagnitude, dtype: .float32) == nil)
    #expect(
      try run(.nan, dtype: .float16, positions: .mean)?.location.hasSuffix("mean over its tokens") == true)
  }
}
