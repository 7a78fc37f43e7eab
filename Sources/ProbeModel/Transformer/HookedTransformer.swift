import ProbeMath

/// A transformer whose activations can be read and changed at named places.
///
/// Immutable and `Sendable`: hooks are arguments of a run, not state of the model. A run works on one packed batch
/// on the calling thread; batches run concurrently on several threads, each with its own ``Workspace``.
///
/// ```swift
/// let model = try HookedTransformer.open("models/smollm2-135m.gguf")
/// let cache = try model.activations(of: [504, 3575, 282, 4649], at: [.residPost(12)])
/// ```
public struct HookedTransformer: Sendable {
  /// Shape and choices of the model.
  public let config: TransformerConfig
  /// The family's name.
  public let architecture: String
  /// Where the checkpoint lies.
  public let path: String
  /// The checkpoint's tokenizer; nil when it has none.
  public let tokenizer: Tokenizer?
  let checkpoint: Checkpoint
  let weights: TransformerWeights

  /// Opens a Hugging Face directory, a `.safetensors` beside its `config.json`, or a `.gguf`.
  ///
  /// - Throws: ``ModelError``; ``TokenizerError`` for a tokenizer that is there and cannot be read.
  public static func open(_ path: String) throws -> HookedTransformer {
    try open(Checkpoint(path: path))
  }

  static func open(_ checkpoint: Checkpoint) throws -> HookedTransformer {
    let (architecture, config) = try Architecture.identify(checkpoint)
    var reader = WeightReader(
      checkpoint: checkpoint, architecture: architecture,
      initial: try checkpoint.twin?.weights(checkpoint, config))
    var weights = try architecture.weights(&reader, config)
    try reader.finish()
    if let twin = checkpoint.twin {
      weights = try weights.keeping(twin.keeps, of: checkpoint, architecture, config)
    }
    return HookedTransformer(
      config: config, architecture: architecture.name, path: checkpoint.path,
      tokenizer: try checkpoint.tokenizer(),
      checkpoint: checkpoint, weights: weights)
  }

  /// Scratch memory for runs, and the threads that share the work of each.
  ///
  /// How many threads there are changes no result. One run at a time is fastest on all processors; where batches can run
  /// side by side, a workspace of one thread each is.
  public func makeWorkspace(threads: Int = 1) -> Workspace { Workspace(threads: threads) }

  /// An empty cache for `sequences` sequences that will be run piece by piece.
  ///
  /// - Throws: ``ModelError`` `.unsupported` for a model whose earlier tokens see later ones, or whose rotation of earlier
  ///   keys changes as a sequence grows.
  public func makeCache(sequences: Int) throws(ModelError) -> KeyValueCache {
    if let reason = reasonAgainstCache {
      throw ModelError(.unsupported, at: name, "keys and values cannot be kept: \(reason)")
    }
    return KeyValueCache(config, sequences: sequences)
  }

  /// Why what was computed for a beginning does not hold for what it is the beginning of; nil when it does.
  var reasonAgainstCache: String? {
    guard config.masking == .causal else { return "its tokens see those behind them" }
    if case .rotary(let rotary) = config.positions, rotary.dependsOnLength {
      return "its rotary frequencies depend on the length of the sequence"
    }
    return nil
  }

  // MARK: Hook points

  /// Every point this model has, in the order of computation.
  public var hookPoints: [HookPoint] {
    HookPoint.Site.allCases.flatMap { site -> [HookPoint] in
      guard has(site) else { return [] }
      return site.isInBlock ? (0..<config.nLayers).map { HookPoint(site, layer: $0) } : [HookPoint(site)]
    }.sorted()
  }

  /// Whether the model has this point.
  public func has(_ point: HookPoint) -> Bool { has(point.site) && point.layer ?? 0 < config.nLayers }

  private func has(_ site: HookPoint.Site) -> Bool {
    let block = weights.blocks.first
    switch site {
    case .posEmbed: return weights.positionEmbedding != nil
    case .tokenTypeEmbed: return weights.tokenTypeEmbedding != nil
    case .ln1Scale, .ln1Normalized: return block?.ln1 != nil
    case .ln2Scale, .ln2Normalized: return block?.ln2 != nil
    case .qNormalized: return block?.attention.queryNorm != nil
    case .kNormalized: return block?.attention.keyNorm != nil
    case .rotQ, .rotK:
      guard case .rotary = config.positions else { return false }
      return true
    case .ln1PostInput, .ln1PostScale: return block?.ln1Post != nil
    case .ln2PostInput, .ln2PostScale: return block?.ln2Post != nil
    case .residMid: return block?.mlp != nil && config.blockOrder != .parallel
    case .mlpPre, .mlpPost, .mlpOut: return block?.mlp != nil
    case .mlpPreLinear: return block?.mlp?.up != nil
    case .finalScale, .finalNormalized: return weights.finalNorm != nil
    case .logits: return weights.unembedding != nil
    case .embed, .residPre, .q, .k, .v, .attnScores, .pattern, .z, .result, .attnOut, .residPost:
      return true
    }
  }

  /// Shape of one row, for ragged points without the axis of visible keys; nil for a point the model does not have.
  public func rowShape(of point: HookPoint) -> [Int]? { has(point) ? config.rowShape(of: point.site) : nil }

  // MARK: Runs

  /// Runs a batch up to the last observed point and shows each observed point once, as soon as it is computed.
  ///
  /// - Parameters:
  ///   - batch: sequences packed end to end; no padding.
  ///   - points: what to observe.
  ///   - hooks: interventions; they act before observers see a point.
  ///   - cache: what the batch's sequences go on from, one for one; it gets their keys and values, and the pass runs
  ///     through all blocks for it. The batch's first positions are the cache's lengths. Sequences may be empty.
  ///   - workspace: scratch memory, and the threads to use.
  ///   - observe: called with each observed point; the view is valid only during the call.
  /// - Throws: ``ModelError`` for a point the model does not have, a token outside the vocabulary or a sequence longer
  ///   than the context; and whatever `observe` or a hook throws.
  public func run(
    _ batch: TokenBatch, observing points: Set<HookPoint>, hooks: [Hook] = [],
    continuing cache: KeyValueCache? = nil, in workspace: Workspace,
    _ observe: (ActivationView) throws -> Void
  ) throws {
    precondition(
      batch.firstPositions == cache?.lengths ?? batch.firstPositions.map { _ in 0 },
      "run: the batch goes on from \(batch.firstPositions), the cache holds \(cache?.lengths ?? [])")
    precondition(cache?.config ?? config == config, "run: the cache is of another model than \(name)")
    try run(
      batch, from: .tokens, context: cache.map { .appending($0) } ?? .none, observing: points, hooks: hooks,
      in: workspace, observe)
    cache?.advance(by: batch)
  }

  /// A run that may begin inside, or behind what a cache holds.
  func run(
    _ batch: TokenBatch, from start: ForwardPass.Start, context: AttentionContext,
    observing points: Set<HookPoint>, hooks: [Hook], in workspace: Workspace,
    _ observe: (ActivationView) throws -> Void
  ) throws {
    try check(batch)
    for point in points.union(hooks.map { $0.point }).sorted() where !has(point) { throw unknown(point) }
    for hook in hooks where hook.point.site.isScale {
      throw ModelError(
        .unsupported, at: hook.point.name, "a norm's scale can be observed, not changed",
        advice: "Change the norm's input or its output instead")
    }
    var isFilling = false
    if case .appending = context { isFilling = true }
    guard !points.isEmpty || isFilling, batch.rowCount > 0 else { return }
    try withoutActuallyEscaping(observe) { observe in
      var pass = ForwardPass(
        config, weights, batch, in: workspace, context: context,
        interest: Interest(observed: points, hooks: hooks, nLayers: config.nLayers, isFilling: isFilling),
        observe: observe)
      try pass.run(from: start)
    }
  }

  /// The activations of one sequence at `points`.
  public func activations(
    of tokens: [Int], at points: [HookPoint], hooks: [Hook] = []
  ) throws -> ActivationCache {
    try activations(of: TokenBatch([tokens]), at: points, hooks: hooks)
  }

  /// The activations of a packed batch at `points`.
  public func activations(
    of batch: TokenBatch, at points: [HookPoint], hooks: [Hook] = []
  ) throws -> ActivationCache {
    var cache = ActivationCache()
    try run(
      batch, observing: Set(points), hooks: hooks, in: makeWorkspace(threads: availableProcessors)
    ) { cache.record($0) }
    return cache
  }

  private func check(_ batch: TokenBatch) throws(ModelError) {
    for sequence in 0..<batch.sequenceCount {
      let rows = batch.rows(of: sequence)
      let end = batch.positions(of: sequence).upperBound
      guard end <= config.nContext else {
        throw ModelError(
          .badInput, at: "sequence \(sequence)", "\(end) tokens, the context holds \(config.nContext)")
      }
      for row in rows where batch.tokens[row] < 0 || batch.tokens[row] >= config.dVocab {
        throw ModelError(
          .badInput, at: "sequence \(sequence), position \(row - rows.lowerBound)",
          "token id \(batch.tokens[row]) is outside the vocabulary of \(config.dVocab)")
      }
    }
  }

  private func unknown(_ point: HookPoint) -> ModelError {
    guard has(point.site) else {
      return ModelError(
        .unknownHook, at: point.name, "this model (\(architecture)) has no such point: \(point.site.absence)",
        advice: "`probe hooks --model \(path)` lists its points")
    }
    return ModelError(
      .unknownHook, at: point.name,
      "this model (\(architecture), \(config.nLayers) blocks) has no such point",
      advice: "`probe hooks --model \(path)` lists its points")
  }
}

extension HookPoint.Site {
  /// Whether the site holds a norm's scale.
  var isScale: Bool {
    switch self {
    case .ln1Scale, .ln2Scale, .ln1PostScale, .ln2PostScale, .finalScale: true
    default: false
    }
  }
}

extension TransformerConfig {
  /// Shape of one row; for ragged sites without the axis of visible keys.
  func rowShape(of site: HookPoint.Site) -> [Int] {
    switch site {
    case .embed, .posEmbed, .tokenTypeEmbed, .residPre, .ln1Normalized, .ln1PostInput, .attnOut, .residMid,
      .ln2Normalized, .ln2PostInput, .mlpOut, .residPost, .finalNormalized:
      [dModel]
    case .ln1Scale, .ln2Scale, .ln1PostScale, .ln2PostScale, .finalScale: [1]
    case .q, .qNormalized, .rotQ, .z: [nHeads, dHead]
    case .k, .v, .kNormalized, .rotK: [nKeyValueHeads, dHead]
    case .attnScores, .pattern: [nHeads]
    case .result: [nHeads, dModel]
    case .mlpPre, .mlpPreLinear, .mlpPost: [dMLP]
    case .logits: [dVocab]
    }
  }
}
