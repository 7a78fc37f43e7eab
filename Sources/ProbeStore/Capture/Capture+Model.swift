import ProbeMath
import ProbeModel

extension Capture {
  /// Plans a capture: tokenizes the corpus, selects positions, packs batches. Nothing is computed yet.
  ///
  /// - Parameters:
  ///   - model: the model to run.
  ///   - identity: ``HookedTransformer/identity(cache:)`` if it is known already: it may read the whole checkpoint.
  ///   - corpus: what to run it on.
  ///   - points: where to read activations; the order does not matter.
  ///   - settings: which positions are kept, and how texts become tokens.
  ///   - shard: which part of the corpus; nil for all of it.
  ///   - name: a name for people.
  ///   - spec: the text of the experiment spec, for the record.
  /// - Throws: ``StoreError`` naming the example or the point (`badInput`, `tooLong`, `tooLarge`,
  ///   `noTokenizer`);
  ///   `TokenizerError`.
  public init(
    model: HookedTransformer, identity: ModelIdentity? = nil, corpus: Corpus, points: [HookPoint],
    settings: CaptureSettings = CaptureSettings(), shard: Shard? = nil, name: String = "capture",
    spec: String = ""
  ) throws {
    try self.init(
      source: CaptureSource(model, identity: identity ?? model.identity()), corpus: corpus, points: points,
      settings: settings, shard: shard, name: name, spec: spec)
  }
}

extension CaptureSource {
  /// A transformer as the pipeline sees it.
  init(_ model: HookedTransformer, identity: ModelIdentity) {
    var makeEncoder: (@Sendable (CaptureSettings) -> PlanningModel.Encoder)?
    if let tokenizer = model.tokenizer {
      makeEncoder = { settings in
        let (sentinel, chat, pieces) = (settings.sentinel, settings.chat, settings.pieces)
        // Words recur: what was encoded once is remembered for the whole corpus.
        var cache = EncodingCache()
        return { text, leaves in
          let encoding =
            pieces == .whole
            ? try tokenizer.encode(text, chat: chat, sentinel: sentinel, cache: &cache)
            : try tokenizer.encode(text, pieces: pieces, leaves: leaves, sentinel: sentinel, cache: &cache)
          let end = encoding.tokens.count - encoding.appendedCount
          return encoding.tokens.enumerated().map { index, token in
            PlannedToken(
              id: token.id, span: token.span, isAdded: token.isAdded,
              isTemplate: chat != .raw && token.isAdded && index < end)
          }
        }
      }
    }
    self.init(
      name: identity.name, architecture: identity.architecture, path: identity.path,
      weightsDigest: identity.weightsDigest, tokenizerDigest: identity.tokenizerDigest,
      nContext: model.config.nContext, dVocab: model.config.dVocab, makeEncoder: makeEncoder,
      piece: { model.tokenizer?.piece($0) },
      rowShape: { model.has($0) ? model.rowShape(of: $0) : nil },
      makePass: {
        let workspace = model.makeWorkspace()
        return { batch, points, observe in
          try model.run(batch, observing: points, in: workspace, observe)
        }
      })
  }
}
