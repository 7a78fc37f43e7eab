extension TransformerConfig {
  /// Floating-point operations of a forward pass over sequences of these lengths, a multiply-add being two.
  ///
  /// Counts what every implementation must multiply: the projections, q · k and pattern · v of visible keys, the MLP, and
  /// the unembedding when `logits`. Norms, softmax and activations are left out, as is usual.
  ///
  /// - Parameter lengths: tokens of each sequence.
  public func operations(lengths: [Int], logits: Bool) -> Double {
    let (model, heads) = (Double(dModel), Double(nHeads * dHead))
    let attention = model * (2 * heads + 2 * Double(nKeyValueHeads * dHead))
    let matrices =
      switch mlp {
      case .none: 0.0
      case .plain: 2.0
      case .gated: 3.0
      }
    let perToken = Double(nLayers) * (attention + matrices * model * Double(dMLP))
    let perPair = 2 * heads
    var sum = 0.0
    for length in lengths {
      sum += Double(length) * perToken
      for layer in 0..<nLayers { sum += perPair * Double(visiblePairs(length, window: window(layer: layer))) }
      if logits { sum += Double(length) * Double(dEmbedding ?? dModel) * Double(dVocab) }
    }
    return 2 * sum
  }

  /// Pairs of a query and a key that it sees.
  private func visiblePairs(_ length: Int, window: Int?) -> Int {
    let hidden = window.map { max(0, length - $0) } ?? 0
    let cut = hidden * (hidden + 1) / 2
    return (masking == .causal ? length * (length + 1) / 2 : length * length) - cut
  }

  /// The products of one block, and of the unembedding when there is one, by what they compute.
  public func productShapes(logits: Bool) -> [(name: String, inputs: Int, outputs: Int)] {
    var shapes = [
      ("q, k, v", dModel, (nHeads + 2 * nKeyValueHeads) * dHead), ("attention out", nHeads * dHead, dModel),
    ]
    switch mlp {
    case .none: break
    case .plain: shapes += [("MLP in", dModel, dMLP), ("MLP out", dMLP, dModel)]
    case .gated: shapes += [("MLP gate, up", dModel, 2 * dMLP), ("MLP out", dMLP, dModel)]
    }
    if logits { shapes.append(("unembedding", dEmbedding ?? dModel, dVocab)) }
    return shapes.map { (name: $0.0, inputs: $0.1, outputs: $0.2) }
  }
}
