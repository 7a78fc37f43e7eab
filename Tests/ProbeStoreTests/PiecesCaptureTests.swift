import Foundation
import GRDB
import ProbeMath
import ProbeModel
import Testing

@_spi(Sources) @testable import ProbeStore

/// Captures of texts that are tokenized around their leaves.
@Suite struct PiecesCaptureTests {
  private let points = [HookPoint.residPost(1)]

  private func leaf(_ start: Int, _ end: Int) -> LabelledSpan {
    LabelledSpan(start: start, end: end, label: "leaf", value: .string("identifier"))
  }

  private func capture(_ spans: [LabelledSpan], pieces: Pieces, chat: ChatFormat = .raw) throws -> Capture {
    try FormulaModel().capture(
      try Corpus([Example(id: "a", text: "one two three", spans: spans)]), points: points, chat: chat,
      pieces: pieces)
  }

  private func problem(_ body: () throws -> Void) throws -> String {
    let error = try #require(throws: StoreError.self, performing: body)
    #expect(error.reason == .badInput)
    return error.description
  }

  /// The formula's tokenizer gives one token a leaf for `cut`.
  @Test func theTokenizerGetsTheLeavesInTheOrderOfTheText() throws {
    let other = LabelledSpan(start: 0, end: 13, label: "other", value: .bool(true))
    let plan = try capture([leaf(8, 13), other, leaf(0, 3), leaf(3, 5)], pieces: .cut).plan
    #expect(plan.sequences[0].spans == [0..<0, 0..<3, 3..<5, 8..<13])
    let whole = try capture([leaf(8, 13)], pieces: .whole).plan
    #expect(whole.sequences[0].spans == [0..<0, 0..<3, 4..<7, 8..<13])
  }

  @Test func anExampleWithoutLeavesIsRefused() throws {
    let other = LabelledSpan(start: 0, end: 3, label: "other", value: .bool(true))
    for pieces in [Pieces.cut, .alone] {
      let text = try problem { _ = try capture([other], pieces: pieces) }
      #expect(text.contains("example \"a\""))
      #expect(
        text.contains(
          "pieces \(pieces.rawValue) needs spans labelled `leaf`, and the example has none"))
      #expect(text.contains("`parse:`"))
    }
  }

  @Test func anEmptyTextIsNotTakenForAMissingParse() throws {
    let corpus = try Corpus([Example(id: "a", text: "")])
    let text = try problem {
      _ = try FormulaModel().capture(corpus, points: points, pieces: .cut)
    }
    #expect(text.contains("example \"a\"") && text.contains("the text gives no token of its own"))
  }

  @Test func leavesThatShareAByteAreRefused() throws {
    let text = try problem { _ = try capture([leaf(4, 7), leaf(0, 5)], pieces: .cut) }
    #expect(text.contains("example \"a\""))
    #expect(text.contains("the spans 0..<5 and 4..<7 share a byte"))
  }

  @Test func aChatFormatHasNoPieces() throws {
    let text = try problem { _ = try capture([leaf(0, 3)], pieces: .cut, chat: .chatml) }
    #expect(text.contains("pieces cut with chat chatml"))
  }

  @Test func theIdentityOfAWholeCaptureIsWhatItWas() throws {
    let corpus = try Corpus([Example(id: "a", text: "one", spans: [leaf(0, 3)])])
    func identity(_ pieces: Pieces, of corpus: Corpus) -> CaptureIdentity {
      CaptureIdentity(
        weightsDigest: "w", tokenizerDigest: "t", corpus: corpus,
        settings: CaptureSettings(sentinel: .bos, pieces: pieces), numericsVersion: 1)
    }
    let lines =
      "weights=w\ntokenizer=t\ncorpus=\(corpus.digest)\npositions=all\ndtype=float16\nsentinel=bos\noverflow=error\n"
      + "numerics=1\n"
    #expect(identity(.whole, of: corpus).digest == SHA256Digest.of(lines))
    #expect(identity(.cut, of: corpus).digest == SHA256Digest.of(lines + "pieces=cut\n"))
    let ids = try Corpus([Example(id: "b", tokenIDs: [7, 8])])
    #expect(identity(.alone, of: ids).settings.pieces == .whole)
  }

  @Test func aStoreFromBeforePiecesIsReadAndGoesOn() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    _ = try capture([leaf(0, 3)], pieces: .whole).run(into: ActivationStore(path))
    try DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          ALTER TABLE capture DROP COLUMN pieces;
          DELETE FROM grdb_migrations WHERE identifier = 'v4';
          PRAGMA user_version = 3
          """)
    }
    let reader = try ActivationStore(path, for: .reading)
    #expect(try reader.captures().map { $0.settings.pieces } == [.whole])
    try reader.close()
    let store = try ActivationStore(path)
    #expect(try store.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 4)
    #expect(try capture([leaf(0, 3)], pieces: .whole).run(into: store).tokensComputed == 0)
    #expect(try capture([leaf(0, 3)], pieces: .cut).run(into: store).tokensComputed > 0)
    #expect(try store.captures().map { $0.settings.pieces } == [.whole, .cut])
  }

  // MARK: Which tokens a span labels

  /// Spans in any order, nested and overlapping, against every pair of span and token.
  @Test func labelledTokensAreThoseThatShareAByteWithASpan() throws {
    var stream = RandomStream(seed: 5, "spans")
    for round in 0..<200 {
      let count = 1 + stream.index(below: 12)
      let text = (0..<count).map { _ in String(repeating: "w", count: 1 + stream.index(below: 4)) }
        .joined(separator: String(repeating: " ", count: 1 + stream.index(below: 3)))
      let length = text.utf8.count
      let spans = (0..<stream.index(below: 9)).map { index in
        let start = stream.index(below: length)
        let end = start + 1 + stream.index(below: length - start)
        return LabelledSpan(start: start, end: end, label: "l\(index)", value: .bool(true))
      }
      let tokens = FormulaModel.encode(text, .bos)
      func meet(_ span: LabelledSpan, _ token: PlannedToken) -> Bool {
        (span.start..<span.end).contains { token.span.contains($0) }
      }
      let labelled = tokens.indices.filter { index in spans.contains { meet($0, tokens[index]) } }
      let unaligned = spans.count { span in !tokens.contains { meet(span, $0) } }
      let corpus = try Corpus([
        Example(id: "a", text: text, spans: spans),
        // So that there is something to capture.
        Example(
          id: "b", text: "one", spans: [LabelledSpan(start: 0, end: 3, label: "l", value: .bool(true))]),
      ])
      let plan = try FormulaModel().capture(corpus, points: points, positions: .labelled).plan
      #expect(plan.sequences[0].selected == labelled.map { Int32($0) }, "round \(round): \(text), \(spans)")
      #expect(plan.unalignedSpans == unaligned)
    }
  }
}
