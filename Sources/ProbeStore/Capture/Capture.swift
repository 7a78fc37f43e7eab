import ProbeMath
import ProbeModel

/// Fills a store with the activations of a corpus.
///
/// Idempotent and resumable: the same capture again does nothing, or goes on where it stopped; a point more
/// computes that point alone; anything else that is changed is another capture (``CaptureIdentity``).
///
/// ```swift
/// let capture = try Capture(model: model, corpus: corpus, points: [.residPost(12)], settings: .init(positions: .last))
/// let outcome = try capture.run(into: ActivationStore("capitals.sqlite"))
/// ```
public struct Capture: Sendable {
  /// What will be computed: sequences, rows, batches.
  public let plan: CapturePlan
  /// What decides the numbers.
  public let identity: CaptureIdentity
  /// The points, in the order of computation.
  public let points: [HookPoint]
  /// Bytes of scalars of a whole capture; an upper bound where ragged points are among them.
  public let estimatedBytes: Int
  let request: CaptureRequest

  /// Plans a capture of a model that may be no transformer at all: tests give a formula.
  ///
  /// - Throws: ``StoreError`` naming the example or the point; errors of the tokenizer.
  @_spi(Sources) public init(
    source: CaptureSource, corpus: Corpus, points: [HookPoint], settings: CaptureSettings,
    shard: Shard? = nil,
    name: String, spec: String
  ) throws {
    let requested = try Self.shapes(of: points, source, settings.positions)
    let shapes = requested.map { (shape: $0.shape, isRagged: $0.point.site.isRagged) }
    // Which sentinel, chat format and pieces matter, the identity knows.
    let wanted = CaptureIdentity(
      weightsDigest: source.weightsDigest, tokenizerDigest: source.tokenizerDigest, corpus: corpus,
      settings: settings)
    let whole = try CapturePlan(
      corpus: corpus,
      model: PlanningModel(
        name: source.name, nContext: source.nContext, dVocab: source.dVocab,
        encode: source.makeEncoder?(wanted.settings)),
      settings: wanted.settings, cost: RowCost(shapes, settings.dtype))
    plan = shard.map { whole.part($0) } ?? whole
    identity = CaptureIdentity(
      weightsDigest: wanted.weightsDigest, tokenizerDigest: wanted.tokenizerDigest,
      corpusDigest: wanted.corpusDigest, settings: wanted.settings, subsample: plan.subsample, shard: shard,
      numericsVersion: wanted.numericsVersion)
    self.points = requested.map(\.point)
    estimatedBytes = plan.byteCount(of: shapes, dtype: settings.dtype)
    request = CaptureRequest(
      source: source, identity: identity, corpus: corpus, plan: plan, points: requested, name: name,
      spec: spec)
  }

  private static func shapes(
    of points: [HookPoint], _ source: CaptureSource, _ positions: Positions
  ) throws -> [RequestedPoint] {
    guard !points.isEmpty else {
      throw StoreError(
        .badInput, at: source.name, "no hook point is asked for", advice: "`probe hooks` lists them")
    }
    return try Set(points).sorted().map { point in
      guard let shape = source.rowShape(point) else {
        throw StoreError(
          .badInput, at: point.name, "\(source.name) has no such point",
          advice: "`probe hooks --model \(source.path)` lists its points")
      }
      if positions.isPooled, point.site.isRagged {
        throw StoreError(
          .badInput, at: point.name, "rows of different widths have no mean",
          advice: "Capture other positions")
      }
      return RequestedPoint(point: point, shape: shape)
    }
  }

  /// Computes and writes what the store lacks, and what is damaged in it.
  ///
  /// Batches run concurrently, one on each of `threads` threads; the calling thread writes them in order, one
  /// transaction each, while the next are computed.
  ///
  /// - Parameters:
  ///   - store: where to write.
  ///   - threads: batches in flight; the stored bits do not depend on it.
  ///   - verify: whether what is there already is read first, and damaged chunks are computed anew.
  ///   - progress: called before the first batch and after each.
  ///   - shouldStop: asked after each batch; when true, batches under way are finished and committed.
  /// - Throws: ``StoreError``; `interrupted` after `shouldStop`. The same call goes on where this one ended.
  public func run(
    into store: ActivationStore, threads: Int = availableProcessors, verify: Bool = true,
    progress: @Sendable (CaptureProgress) -> Void = { _ in }, shouldStop: @Sendable () -> Bool = { false }
  ) throws -> CaptureOutcome {
    try request.run(
      into: store, threads: threads, verify: verify,
      makeProducer: { [request] in request.makeModelProducer() },
      progress: progress, shouldStop: shouldStop)
  }
}

extension Capture {
  /// Computes and encodes every batch as a run does, and lets go of it: what a capture costs without a store.
  @_spi(Sources) public func computeAlone(threads: Int = availableProcessors) throws {
    let pipeline = BatchPipeline(
      request: request, threads: threads, at: "memory",
      makeProducer: { [request] in request.makeModelProducer() })
    try pipeline.forEach(
      Array(plan.batches.indices), of: { _ in Array(points.indices) }, shouldStop: { false }
    ) { _, _ in }
  }
}

extension CaptureRequest {
  /// Writes what the store lacks of the capture, and what is damaged in it.
  ///
  /// - Parameter makeProducer: makes, for each thread, what fills batches.
  func run(
    into store: ActivationStore, threads: Int, verify: Bool,
    makeProducer: @escaping @Sendable () -> BatchProducer,
    progress: @Sendable (CaptureProgress) -> Void, shouldStop: @Sendable () -> Bool
  ) throws -> CaptureOutcome {
    precondition(threads > 0, "CaptureRequest.run: \(threads) threads")
    let record = try store.begin(self)
    let clock = ContinuousClock()
    let start = clock.now
    let run = try withoutActuallyEscaping(progress) { progress in
      try withoutActuallyEscaping(shouldStop) { shouldStop in
        var run = CaptureRun(
          request: self, record: record, store: store, threads: threads, makeProducer: makeProducer,
          progress: progress, shouldStop: shouldStop)
        try run.execute(verify: verify)
        return (tokens: run.tokensDone, bytes: run.bytes, repaired: run.chunksRepaired)
      }
    }
    let seconds = (clock.now - start) / .seconds(1)
    guard let finished = try store.capture(identity) else {
      throw StoreError(.corrupt, at: store.path, "the capture is no longer there")
    }
    return CaptureOutcome(
      capture: finished, tokensComputed: run.tokens, bytesWritten: run.bytes, chunksRepaired: run.repaired,
      seconds: seconds)
  }
}
