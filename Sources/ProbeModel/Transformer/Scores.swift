import CKernels

/// What happens between q · k and the softmax in one block: scale, soft cap, bias, mask.
struct Scores {
  let scale: Float
  private let softCap: Float?
  private let bias: ScoreBias?
  private let isCausal: Bool
  private let window: Int?

  init(_ config: TransformerConfig, layer: Int, bias: ScoreBias?) {
    scale = config.scoreScale(layer: layer)
    softCap = config.scoreSoftCap
    self.bias = bias
    isCausal = config.masking == .causal
    window = config.window(layer: layer)
  }

  /// Keys that the query at `position` of a sequence of `length` tokens sees.
  func visibleKeys(_ position: Int, _ length: Int) -> Range<Int> {
    max(0, window.map { position - $0 + 1 } ?? 0)..<(isCausal ? position + 1 : length)
  }

  /// Makes scores of products.
  ///
  /// - Parameters:
  ///   - products: q · k of the visible keys, times ``scale``.
  ///   - query: the query's position.
  ///   - keys: the visible keys.
  func finish(_ products: UnsafeMutablePointer<Float>, head: Int, query: Int, keys: Range<Int>) {
    if let softCap { probe_soft_cap(products, keys.count, 1, softCap) }
    if let bias { probe_add(products, bias.row(head: head, query: query, key: keys.lowerBound), keys.count) }
  }
}

extension ScoreBias {
  /// The bias that a model's positions add to scores; nil where they add none.
  init?(_ config: TransformerConfig, _ weights: TransformerWeights, longest: Int) {
    guard longest > 0 else { return nil }
    switch config.positions {
    case .linearBias: self.init(slopes: linearBiasSlopes(heads: config.nHeads), length: longest)
    case .relativeBias(let buckets):
      guard let table = weights.relativeBias else { return nil }
      self.init(buckets, table: table, heads: config.nHeads, length: longest)
    case .none, .learned, .rotary: return nil
    }
  }
}
