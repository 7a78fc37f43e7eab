import ProbeModel
import Testing

@testable import ProbeAnalysis
@testable import ProbeStore

/// Labels meet tokens by bytes.
@Suite struct LabelledItemsTests {
  /// "The café sleeps" as a sentinel and five tokens, of which the é is one of its own; each captured from row `first`.
  private func sentence(
    _ id: String, first: Int, spans: [LabelledSpan], labels: [String: LabelValue] = [:],
    captured: Set<Int>? = nil
  ) -> (CapturedExample, [CapturedToken]) {
    let pieces: [(String, Range<Int>?)] = [
      ("<s>", nil), ("The", 0..<3), (" caf", 3..<7), ("é", 7..<9), (" sleep", 9..<15), ("s", 15..<16),
    ]
    var row = first
    let tokens = pieces.enumerated().map { index, piece -> CapturedToken in
      let isCaptured = captured?.contains(index - 1) ?? true
      defer { if isCaptured { row += 1 } }
      return CapturedToken(
        example: 0, position: index - 1, id: index, text: piece.0, span: piece.1, isAdded: index == 0,
        row: isCaptured ? row : nil)
    }
    let example = Example(id: id, text: "The café sleeps", labels: labels, spans: spans, group: "g\(id)")
    return (
      CapturedExample(example: example, ordinal: 0, rows: first..<row, tokenCount: 6, droppedTokens: 0),
      tokens
    )
  }

  private func items(
    _ request: LabelRequest, _ sentences: [(CapturedExample, [CapturedToken])]
  ) throws -> LabelledItems {
    try LabelledItems(
      request, examples: sentences.map { $0.0 },
      tokens: Dictionary(uniqueKeysWithValues: sentences.enumerated().map { ($0, $1.1) }), store: "s.sqlite")
  }

  private let noun = LabelledSpan(start: 4, end: 9, label: "role", value: .string("subject"))
  private let verb = LabelledSpan(start: 10, end: 16, label: "role", value: .string("verb"))

  @Test func aStretchIsItsLastToken() throws {
    let found = try items(
      LabelRequest(label: "role"),
      [sentence("a", first: 0, spans: [noun, verb]), sentence("b", first: 6, spans: [noun])])
    #expect(found.unit == .span)
    // Rows: the sentinel is row 0, "é" the fourth token, "s" the sixth; the second sentence begins at row 6.
    #expect(found.rows == [3, 5, 9])
    #expect(found.places.map { $0.offset } == [3, 5, 3])
    #expect(found.places.map { $0.key } == ["a:4-9", "a:10-16", "b:4-9"])
    #expect(found.ownTexts == [" café", " sleeps", " café"])
    #expect(found.groups == ["ga", "ga", "gb"])
    #expect(found.target == .classes(labels: [0, 1, 0], names: ["subject", "verb"]))
    #expect(found.positions == [2, 4, 2])
  }

  @Test func everyTokenOfAStretchIsAnItem() throws {
    let found = try items(
      LabelRequest(label: "role", unit: .token), [sentence("a", first: 0, spans: [noun, verb])])
    #expect(found.rows == [2, 3, 4, 5])
    #expect(found.places.map { $0.key } == ["a@1", "a@2", "a@3", "a@4"])
    #expect(found.target.labels == [0, 0, 1, 1])
  }

  @Test func whatMeetsNoCapturedTokenIsCounted() throws {
    // Only "The" and the noun's tokens were captured.
    let partial = sentence("a", first: 0, spans: [noun, verb], captured: [0, 1, 2])
    let found = try items(LabelRequest(label: "role"), [partial, sentence("b", first: 3, spans: [verb])])
    #expect(found.unaligned == 1)
    #expect(found.rows == [2, 8])
    let error = try #require(
      #expect(throws: SpecError.self) {
        try items(LabelRequest(label: "role"), [sentence("a", first: 0, spans: [verb], captured: [0])])
      })
    #expect(error.problem == "none of its 1 stretches shares a byte with a captured token")
    #expect(error.advice == "Capture with positions: labelled or all")
  }

  @Test func anUnknownLabelListsWhatThereIs() throws {
    let error = try #require(
      #expect(throws: SpecError.self) {
        try items(
          LabelRequest(label: "tense"),
          [sentence("a", first: 0, spans: [noun], labels: ["mood": .string("x")])])
      })
    #expect(error.advice == "The corpus has: mood, role (of stretches)")
  }

  @Test func numbersLevelsAndCircles() throws {
    let values: [LabelValue] = [.number(3), .number(1), .number(2), .number(3)]
    #expect(try LabelRequest(label: "n", kind: .number).target(values, at: "x") == .numbers([3, 1, 2, 3]))
    #expect(
      try LabelRequest(label: "n", kind: .ordinal).target(values, at: "x")
        == .levels(ranks: [2, 0, 1, 2], names: ["1", "2", "3"]))
    #expect(
      try LabelRequest(label: "n", kind: .cyclic, period: 12).target(values, at: "x")
        == .cycle([3, 1, 2, 3], period: 12))
    let error = try #require(
      #expect(throws: SpecError.self) {
        try LabelRequest(label: "n", kind: .number).target([.string("three")], at: "x")
      })
    #expect(error.problem == "expected numbers, found three")
    #expect(throws: SpecError.self) {
      try LabelRequest(label: "n", kind: .number).target([.number(1), .number(1)], at: "x")
    }
  }

  @Test func fifthsStratifyNumbers() {
    let target = ProbeTarget.numbers((0..<100).map { Double($0) })
    let counts = Dictionary(grouping: target.strata) { $0 }.mapValues { $0.count }
    #expect(counts == [0: 20, 1: 20, 2: 20, 3: 20, 4: 20])
    #expect(ProbeTarget.numbers([5, 5, 7, 5]).identities == [0, 0, 1, 0])
  }
}
