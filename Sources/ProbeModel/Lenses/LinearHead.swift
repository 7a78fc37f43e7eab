import ProbeMath

/// The way from the last stream to logits as one linear map, the final norm's scale left out.
///
///     Σ weight · logit(token) == x · d / scale + constants
///
/// before any soft cap, with d = gain ⊙ (W_U · weights), centred for a LayerNorm. Only heads that are linear behind the
/// norm have it, and only streams that are sums of what the blocks wrote are worth taking apart by it.
struct LinearHead {
  /// d of each target, `[target, dModel]`.
  let directions: Tensor
  /// What the final norm's bias gives each target.
  let normBias: [Double]
  /// What the biases behind the final norm give each target.
  let headBias: [Double]

  /// - Throws: ``ModelError`` `.unsupported` where the logits are no sum of contributions, `.badInput` for a token
  ///   outside the vocabulary.
  init(_ model: HookedTransformer, _ targets: [LogitTarget]) throws(ModelError) {
    let unembedding = try Self.unembedding(of: model)
    let weights = model.weights
    try model.check(tokens: targets.lazy.flatMap { $0.terms }.map { $0.token }, what: "logit attribution")
    var directions = Tensor([targets.count, unembedding.inputs])
    var headBias = [Double](repeating: 0, count: targets.count)
    for (index, target) in targets.enumerated() {
      for term in target.terms {
        for (column, value) in unembedding.column(term.token).enumerated() {
          directions[index, column] += term.weight * value
        }
        headBias[index] +=
          Double(term.weight) * (unembedding.bias.map { Double($0.pointer[term.token]) } ?? 0)
      }
    }
    if let dense = weights.headTransform?.dense {
      if let bias = dense.bias {
        for (index, value) in directions.times(bias).enumerated() { headBias[index] += value }
      }
      directions = dense.pulledBack(directions)
    }
    self.headBias = headBias
    normBias =
      weights.finalNorm?.bias.map { directions.times($0) } ?? Array(repeating: 0, count: targets.count)
    self.directions =
      weights.finalNorm.map { model.config.pulledBack(directions, through: $0) } ?? directions
  }

  /// The map to the vocabulary of a model whose logits are a sum of contributions.
  private static func unembedding(of model: HookedTransformer) throws(ModelError) -> Linear {
    func refusal(_ problem: String) -> ModelError {
      ModelError(
        .unsupported, at: model.name, "its logits are no sum of what the blocks wrote: " + problem,
        advice: "The logit lens reads every model with a head")
    }
    let unembedding = try model.requireHead()
    guard model.config.blockOrder != .postNorm else {
      throw refusal("the norms of its blocks stand on the stream itself (post-norm), and rescale every part")
    }
    guard model.config.headActivation == nil, model.weights.headTransform?.norm == nil else {
      throw refusal("an activation function or a norm stands between the final norm and the vocabulary")
    }
    return unembedding
  }
}

extension Tensor {
  /// The product of each row with a vector.
  func times(_ vector: Weight) -> [Double] {
    precondition(width == vector.count, "times: rows of \(width) and \(vector.count) values")
    return elements.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return [] }
      return (0..<rows).map { dot(base + $0 * width, vector.pointer, count: width) }
    }
  }
}
