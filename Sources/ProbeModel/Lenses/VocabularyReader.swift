import ProbeMath

/// Reads rows of the stream over the vocabulary: what lenses, generation and log-probabilities share.
///
/// The rows that matter are copied out of a run, and projected once it is over, a block of rows at a time: the memory
/// grows with their number times dModel, never with rows × dVocab.
struct VocabularyReader {
  private let model: HookedTransformer
  private let unembedding: Unembedding
  private let workspace: Workspace

  /// The scores of one row over the vocabulary, or those of the tokens that were asked for; valid during a call.
  typealias Scores = UnsafeMutableBufferPointer<Float>

  /// Rows projected together. Each block reads the whole vocabulary's matrix: few large blocks.
  private static let block = 256

  /// - Parameter tokens: the tokens to score, in their order; nil for the whole vocabulary.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a head.
  init(
    _ model: HookedTransformer, tokens: [Int]? = nil, in workspace: Workspace
  ) throws(ModelError) {
    (self.model, self.workspace) = (model, workspace)
    unembedding = Unembedding(
      model.config, model.weights, try model.requireHead(), in: workspace, tokens: tokens)
  }

  /// - Parameter purpose: what asks; it goes into the error's text.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal head.
  init(causal model: HookedTransformer, for purpose: String, in workspace: Workspace) throws(ModelError) {
    try model.requireCausalHead(for: purpose)
    try self.init(model, in: workspace)
  }

  /// Shows the logits of `rows`, in that order, after running the batch.
  ///
  /// A hook on the logits themselves makes the run compute those of all rows; without one, only `rows` are projected.
  ///
  /// - Parameter cache: what the batch's sequences go on from.
  func eachRow(
    _ rows: [Int], of batch: TokenBatch, hooks: [Hook] = [], continuing cache: KeyValueCache? = nil,
    _ body: (_ index: Int, Scores) throws -> Void
  ) throws {
    if hooks.contains(where: { $0.point.site == .logits }) {
      try model.run(
        batch, observing: [HookPoint(.logits)], hooks: hooks, continuing: cache, in: workspace
      ) { view in
        for (index, row) in rows.enumerated() { try body(index, view[row]) }
      }
      return
    }
    var stream: [Float] = []
    try model.run(batch, observing: [model.pointBeforeHead], hooks: hooks, continuing: cache, in: workspace) {
      view in
      stream.reserveCapacity(rows.count * model.config.dModel)
      for row in rows { stream.append(contentsOf: view[row]) }
    }
    try eachRow(stream, isNormalized: true, body)
  }

  /// Shows the logits of rows of the stream, `[row, dModel]`.
  ///
  /// - Parameter isNormalized: whether they went through the final norm already.
  func eachRow(
    _ stream: [Float], isNormalized: Bool, _ body: (_ index: Int, Scores) throws -> Void
  ) rethrows {
    let width = model.config.dModel
    let rows = stream.count / width
    var part: [Float] = []
    for start in stride(from: 0, to: rows, by: Self.block) {
      let count = min(Self.block, rows - start)
      part.replaceSubrange(part.indices, with: stream[start * width..<(start + count) * width])
      try part.withUnsafeMutableBufferPointer { buffer in
        guard let values = buffer.baseAddress else { return }
        if !isNormalized, let norm = model.weights.finalNorm {
          model.config.normalize(norm, values, into: values, scale: nil, rows: count)
        }
        let logits = unembedding.logits(of: values, rows: count)
        for row in 0..<count {
          try body(start + row, Scores(start: logits + row * unembedding.width, count: unembedding.width))
        }
      }
    }
  }
}

extension HookedTransformer {
  /// The map to the vocabulary.
  ///
  /// - Throws: ``ModelError`` `.unsupported` for a model without a head.
  @discardableResult
  func requireHead() throws(ModelError) -> Linear {
    if let unembedding = weights.unembedding { return unembedding }
    throw ModelError(
      .unsupported, at: name, "the model has no head: nothing scores the vocabulary",
      advice: "Bring a checkpoint with a language-model head")
  }

  /// - Parameter purpose: what asks; it goes into the error's text.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal head.
  func requireCausalHead(for purpose: String) throws(ModelError) {
    guard config.masking == .causal, weights.unembedding != nil else {
      throw ModelError(
        .unsupported, at: name, "\(purpose) need a causal model with a head over the vocabulary")
    }
  }

  /// Refuses tokens that the vocabulary does not have.
  func check(tokens: some Sequence<Int>, what: String) throws(ModelError) {
    for token in tokens where token < 0 || token >= config.dVocab {
      throw ModelError(
        .badInput, at: what, "token id \(token) is outside the vocabulary of \(config.dVocab)")
    }
  }
}
