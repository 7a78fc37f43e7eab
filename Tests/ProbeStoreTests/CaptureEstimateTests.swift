import Foundation
import ProbeMath
import ProbeModel
import Synchronization
import Testing

@testable import ProbeStore

/// What is said before a capture, against what the capture then does.
@Suite struct CaptureEstimateTests {
  private let model: HookedTransformer
  private let corpus: Corpus

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    model = try HookedTransformer.open(root.appendingPathComponent("Fixtures/models/llama-gqa").path)
    var stream = RandomStream(seed: 5, "estimate")
    let (vocabulary, context) = (model.config.dVocab, model.config.nContext)
    // Several batches.
    corpus = try Corpus(
      (0..<400).map { index in
        let length = 1 + stream.index(below: min(context, 60))
        return Example(id: "e\(index)", tokenIDs: (0..<length).map { _ in stream.index(below: vocabulary) })
      })
  }

  private func capture(_ points: [HookPoint], _ positions: Positions = .all) throws -> Capture {
    try Capture(model: model, corpus: corpus, points: points, settings: CaptureSettings(positions: positions))
  }

  private func estimate(_ capture: Capture, _ store: ActivationStore?, threads: Int = 1) throws
    -> CaptureEstimate
  {
    try capture.estimate(
      model.config, in: store, on: CaptureMachine(threads: threads, productRate: 1e9, memoryHeld: 1_000))
  }

  @Test(arguments: [Positions.all, .last, .mean])
  func tokensRowsAndBytesAreThoseOfTheRun(positions: Positions) throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let some = try capture([.residPost(0), HookPoint(.z, layer: 1)], positions)
    #expect(some.plan.batches.count > 3)
    var before = try estimate(some, nil)
    #expect(try before == estimate(some, store))
    var outcome = try some.run(into: store)
    #expect((before.tokens, before.bytes) == (outcome.tokensComputed, outcome.bytesWritten))
    #expect((before.rows, before.bytesPresent) == (2 * some.plan.rowCount, 0))

    // One point more: it alone has to be computed.
    let more = try capture(
      [.residPost(0), HookPoint(.z, layer: 1), HookPoint(.ln1Normalized, layer: 1)], positions)
    before = try estimate(more, store)
    outcome = try more.run(into: store)
    #expect((before.tokens, before.bytesToWrite) == (outcome.tokensComputed, outcome.bytesWritten))
    #expect(before.rows == more.plan.rowCount && before.bytes > before.bytesToWrite)

    let after = try more.estimate(model.config, in: store, on: { fatalError("the machine was measured") }())
    #expect((after.tokens, after.bytesToWrite, after.operations, after.seconds) == (0, 0, 0, 0))
  }

  @Test func anInterruptedCaptureIsEstimatedFromWhereItStopped() throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try capture([.residPost(1)])
    let whole = try estimate(capture, nil)
    let calls = Mutex(0)
    #expect(throws: StoreError.self) {
      try capture.run(
        into: store, threads: 1, progress: { _ in calls.withLock { $0 += 1 } },
        shouldStop: { calls.withLock { $0 > 1 } })
    }
    let rest = try estimate(capture, store)
    #expect(rest.tokens > 0 && rest.tokens < whole.tokens && rest.operations < whole.operations)
    #expect(rest.bytes == whole.bytes && rest.bytesPresent > 0)
    let outcome = try capture.run(into: store)
    #expect((rest.tokens, rest.bytesToWrite) == (outcome.tokensComputed, outcome.bytesWritten))
  }

  @Test func raggedPointsAreBoundedFromAbove() throws {
    let folder = try Folder()
    let capture = try capture([HookPoint(.pattern, layer: 0)])
    let before = try estimate(capture, nil)
    let written = try capture.run(into: try ActivationStore(folder.path("s.sqlite"))).bytesWritten
    // A causal pattern is half of a square, and its diagonal.
    #expect(before.bytes >= written && before.bytes <= 2 * written)
  }

  @Test func timeFollowsFromOperationsAndBytes() throws {
    let capture = try capture([.residPost(0), .residPost(1)])
    let one = try estimate(capture, nil)
    let lengths = capture.plan.sequences.map { $0.ids.count }
    let operations = model.config.operations(lengths: lengths, observing: [.residPost(1)])
    #expect(abs(one.operations - operations) <= 1e-9 * operations)
    let products = operations * (1 + CaptureMachine.rest) / 1e9
    let writing = Double(one.bytes) / CaptureMachine.writeRate
    #expect(abs(one.seconds - products - writing) <= 1e-9 * one.seconds)
    // The same rate in two halves: no faster, and at most a batch of one thread slower.
    let two = try estimate(capture, nil, threads: 2)
    #expect(two.seconds >= one.seconds * (1 - 1e-9))
    #expect(two.seconds <= one.seconds + 2 * products / Double(capture.plan.batches.count) * 1.2)
  }

  @Test func memoryGrowsWithTheThreadsThatHaveWork() throws {
    let capture = try capture([.residPost(0)])
    let batches = capture.plan.batches.count
    let (one, two) = (try estimate(capture, nil).memory, try estimate(capture, nil, threads: 2).memory)
    #expect((one.held, two.held) == (1_000, 1_000))
    #expect(two.workspaces == 2 * one.workspaces && one.workspaces > 0)
    let largest = capture.plan.batches.map { $0.rowCount }.max() ?? 0
    #expect(one.staging == 3 * largest * model.config.dModel * 2)
    #expect(two.staging == 4 * largest * model.config.dModel * 2)
    #expect(two.total == two.held + two.workspaces + two.staging)
    let many = try estimate(capture, nil, threads: batches + 50).memory
    #expect(many.workspaces == batches * one.workspaces)
  }

  @Test func theMachineIsMeasured() {
    let machine = CaptureMachine(for: model.config, threads: 2)
    #expect(machine.threads == 2 && machine.productRate.isFinite && machine.productRate > 0)
    // A Swift test process has at least a megabyte, and less than all memory that can be addressed.
    #expect((1 << 20..<1 << 47).contains(machine.memoryHeld))
  }
}
