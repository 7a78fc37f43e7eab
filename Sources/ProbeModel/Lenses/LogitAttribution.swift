import ProbeMath

/// What each part of a model contributes to logits: the terms of a sum.
///
/// The last residual stream is a sum of what the embeddings and the branches of all blocks wrote, and the way from
/// there to the logits is linear but for the final norm's scale. With that frozen at its value in the run,
///
///     Σ_part x_part · d / scale + norm bias + head bias == logit, before any soft cap
///
/// exactly, up to float rounding. The scale belongs to no part: what a part does to it is not counted.
///
/// Reference: Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021.
public struct LogitAttribution: Sendable {
  /// How finely a run is taken apart.
  public enum Parts: String, Sendable, CaseIterable {
    /// Attention and MLP of each block.
    case branches
    /// Attention by heads, with its biases as a part of their own.
    case heads
  }

  /// A part of the model.
  public enum Part: Hashable, Sendable {
    /// The token embedding; of a model with a norm on its embeddings, all of them behind that norm.
    case embedding
    case positionEmbedding, tokenTypeEmbedding
    /// What attention of a block adds to the stream, biases included.
    case attention(layer: Int)
    /// What one head adds.
    case head(layer: Int, head: Int)
    /// The biases of attention's output and of the norm behind it.
    case attentionBias(layer: Int)
    /// What the MLP of a block adds to the stream, biases included.
    case mlp(layer: Int)
    /// The bias of the final norm.
    case finalNormBias
    /// The biases behind the final norm.
    case headBias
  }

  /// What was asked for.
  public let targets: [LogitTarget]
  /// The parts, in the order of computation.
  public let parts: [Part]
  /// What each part contributes, `[target, part]`.
  public let contributions: Tensor

  /// The sum of all contributions: the target's value before any soft cap.
  public func total(_ target: Int) -> Double {
    contributions[row: target].reduce(0) { $0 + Double($1) }
  }

  /// What one part contributes; nil for a part that the model, or this way of taking it apart, does not have.
  public func contribution(of part: Part, to target: Int) -> Float? {
    parts.firstIndex(of: part).map { contributions[target, $0] }
  }

  /// What the heads contribute to a target, `[layer, head]`; nil when attention was not taken apart.
  public func heads(of target: Int) -> Tensor? {
    let values = parts.indices.compactMap { index -> (layer: Int, value: Float)? in
      guard case .head(let layer, _) = parts[index] else { return nil }
      return (layer, contributions[target, index])
    }
    guard let last = values.last else { return nil }
    return Tensor([last.layer + 1, values.count / (last.layer + 1)], values.map { $0.value })
  }
}
