import Foundation
import GRDB
import ProbeModel
import Testing

@testable import ProbeStore

/// Captures of prompts in a chat format.
@Suite struct ChatCaptureTests {
  private let points = [HookPoint.residPost(1)]

  private func corpus() throws -> Corpus {
    try Corpus([
      Example(
        id: "a", text: "one two three",
        spans: [LabelledSpan(start: 4, end: 7, label: "l", value: .bool(true))]),
      Example(id: "b", tokenIDs: [7, 8]),
    ])
  }

  private func plan(_ positions: Positions, sentinel: Tokenizer.Sentinel = .tokenizer) throws -> CapturePlan {
    try FormulaModel().capture(
      try corpus(), points: points, positions: positions, sentinel: sentinel, chat: .chatml
    ).plan
  }

  /// BOS, the frame, three words, the frame's two, EOS.
  @Test func lastIsThePromptsLastTokenAndNotWhatIsAppended() throws {
    let plan = try plan(.last)
    #expect(plan.sequences[0].ids.count == 8)
    #expect(plan.sequences.map(\.selected) == [[6], [1]])
    #expect(try self.plan(.last, sentinel: .none).sequences[0].selected == [5])
  }

  @Test func labelsAndMeansAreOfTheTextAlone() throws {
    #expect(try plan(.labelled).sequences[0].selected == [3])
    #expect(try plan(.labelled).unalignedSpans == 0)
    #expect(try plan(.mean).sequences[0].selected == [2, 3, 4])
    #expect(try plan(.all).sequences[0].leading == 2)
  }

  @Test func theIdentityOfARawCaptureIsWhatItWas() throws {
    let corpus = try corpus()
    func identity(_ chat: ChatFormat) -> CaptureIdentity {
      CaptureIdentity(
        weightsDigest: "w", tokenizerDigest: "t", corpus: corpus,
        settings: CaptureSettings(sentinel: .bos, chat: chat), numericsVersion: 1)
    }
    let lines =
      "weights=w\ntokenizer=t\ncorpus=\(corpus.digest)\npositions=all\ndtype=float16\nsentinel=bos\noverflow=error\n"
      + "numerics=1\n"
    #expect(identity(.raw).digest == SHA256Digest.of(lines))
    #expect(identity(.chatml).digest == SHA256Digest.of(lines + "chat=chatml\n"))
    let ids = try Corpus([Example(id: "b", tokenIDs: [7, 8])])
    let given = CaptureIdentity(
      weightsDigest: "w", tokenizerDigest: "t", corpus: ids,
      settings: CaptureSettings(sentinel: .bos, chat: .chatml))
    #expect(given.settings.chat == .raw)
  }

  @Test func aStoreFromBeforeChatFormatsIsReadAndGoesOn() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let model = FormulaModel()
    _ = try model.capture(try corpus(), points: points).run(into: ActivationStore(path))
    try DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          DROP VIEW activation;
          ALTER TABLE capture DROP COLUMN chat;
          ALTER TABLE capture DROP COLUMN plan_digest;
          ALTER TABLE capture DROP COLUMN deduplicate;
          ALTER TABLE capture DROP COLUMN subsample;
          ALTER TABLE capture DROP COLUMN shard;
          ALTER TABLE capture DROP COLUMN pieces;
          CREATE VIEW activation AS SELECT 1;
          DELETE FROM grdb_migrations WHERE identifier IN ('v2', 'v3', 'v4');
          PRAGMA user_version = 1
          """)
    }
    // Reading changes nothing; writing brings the format up to date.
    let reader = try ActivationStore(path, for: .reading)
    #expect(try reader.captures().map { $0.settings.chat } == [.raw])
    #expect(try reader.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 1)
    try reader.close()
    let store = try ActivationStore(path)
    #expect(try store.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 4)
    #expect(try store.captures().map { $0.settings.chat } == [.raw])
    #expect(try model.capture(try corpus(), points: points).run(into: store).tokensComputed == 0)
    let chat = try model.capture(try corpus(), points: points, positions: .last, chat: .chatml).run(
      into: store)
    #expect(chat.tokensComputed > 0)
    #expect(try store.captures().map { $0.settings.chat } == [.raw, .chatml])
  }
}
