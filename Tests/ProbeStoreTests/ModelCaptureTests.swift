import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeStore

/// Captures of real forward passes: the tiny checkpoints of `Tests/Fixtures`.
@Suite struct ModelCaptureTests {
  private func model(_ name: String) throws -> HookedTransformer {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try HookedTransformer.open(root.appendingPathComponent("Fixtures/models/\(name)").path)
  }

  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func everyPointIsStoredAsTheModelComputesIt(name: String) throws {
    let folder = try Folder()
    let model = try model(name)
    var stream = RandomStream(seed: 11, name)
    let limit = min(model.config.nContext, 40)
    let sequences = (0..<6).map { _ in
      (0..<(1 + stream.index(below: limit))).map { _ in stream.index(below: model.config.dVocab) }
    }
    let corpus = try Corpus(sequences.enumerated().map { Example(id: "s\($0)", tokenIDs: $1) })
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try Capture(
      model: model, corpus: corpus, points: model.hookPoints, settings: CaptureSettings(dtype: .float32))
    let record = try capture.run(into: store).capture
    #expect(record.architecture == model.architecture)
    #expect(record.points.map(\.hook) == model.hookPoints.map(\.name))

    for (example, tokens) in zip(try store.examples(of: record), sequences) {
      let alone = try model.activations(of: tokens, at: model.hookPoints)
      for point in model.hookPoints {
        let stored =
          point.site.isRagged
          ? try store.raggedRows(point, of: record, rows: example.rows).values
          : try store.matrix(point, of: record, rows: .rows(Array(example.rows))).elements
        let shown = try #require(alone[point]).elements
        #expect(stored.count == shown.count)
        // A packed batch differs from a sequence alone by float32 rounding: the bound for parity with the reference.
        #expect(zip(stored, shown).allSatisfy { abs($0 - $1) <= 5e-5 * max(1, abs($1)) }, "\(point)")
      }
    }
    #expect(try capture.run(into: store).tokensComputed == 0)
  }

  @Test func aPointThatTheFamilyLacksIsNamed() throws {
    let model = try model("gpt2")
    let corpus = try Corpus([Example(id: "a", tokenIDs: [1])])
    let error = #expect(throws: StoreError.self) {
      try Capture(model: model, corpus: corpus, points: [HookPoint(.rotQ, layer: 0)])
    }
    #expect(error?.location == "blocks.0.attn.hook_rot_q")
    #expect(error?.problem == "gpt2 has no such point")
  }
}
