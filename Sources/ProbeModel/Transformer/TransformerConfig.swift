/// The shape of a transformer and every choice that changes its maths.
///
/// Dimension names are the field's: `dModel` is the width of the residual stream, `dHead` of a head, `dMLP` of the
/// MLP's hidden layer. Differences between families are cases of the closed enums here; the forward pass never asks
/// which family a model belongs to.
public struct TransformerConfig: Sendable, Equatable, Codable {
  /// Number of blocks.
  public var nLayers: Int
  /// Query heads.
  public var nHeads: Int
  /// Key–value heads; query head h reads key–value head h / (nHeads / nKeyValueHeads).
  public var nKeyValueHeads: Int
  /// Width of the residual stream.
  public var dModel: Int
  /// Width of one head.
  public var dHead: Int
  /// Width of the MLP's hidden layer.
  public var dMLP: Int
  /// Number of tokens in the vocabulary.
  public var dVocab: Int
  /// Longest sequence, in tokens.
  public var nContext: Int
  /// The norm and its ε.
  public var normalization: Normalization
  /// Where the norms stand.
  public var blockOrder: BlockOrder
  /// How positions enter.
  public var positions: Positions
  /// The MLP's activation function.
  public var activation: Activation
  /// Whether the MLP has a gate.
  public var mlp: MLPKind
  /// Which keys a query sees.
  public var masking: Masking
  /// Where the scores over the vocabulary come from.
  public var head: Head

  /// The norm and its ε.
  public enum Normalization: Sendable, Equatable, Codable {
    /// (x − mean) / √(variance + ε) · gain + bias
    case layerNorm(epsilon: Float)
    /// x / √(mean(x²) + ε) · gain
    case rmsNorm(epsilon: Float)
  }

  /// Where the norms stand.
  public enum BlockOrder: String, Sendable, Codable {
    /// x + attention(norm(x)), then x + mlp(norm(x)); a final norm after the last block.
    case preNorm
    /// norm(x + attention(x)), then norm(x + mlp(x)); a norm after the embedding.
    case postNorm
  }

  /// How positions enter.
  public enum Positions: Sendable, Equatable, Codable {
    /// A learned vector added to the embedding.
    case learned
    /// Queries and keys are turned by position · θ^(−2i/dimensions), half-split pairs (i, i + dimensions/2).
    case rotary(theta: Float, dimensions: Int)
  }

  /// The MLP's activation function.
  public enum Activation: String, Sendable, Codable {
    case silu, relu
    /// x · Φ(x)
    case gelu
    /// The tanh approximation of `gelu`.
    case geluTanh
  }

  /// Whether the MLP has a gate.
  public enum MLPKind: String, Sendable, Codable {
    /// out(act(in(x)))
    case plain
    /// down(act(gate(x)) · up(x))
    case gated
  }

  /// Which keys a query sees.
  public enum Masking: String, Sendable, Codable {
    /// Itself and earlier ones.
    case causal
    /// All.
    case bidirectional
  }

  /// Where the scores over the vocabulary come from.
  public enum Head: String, Sendable, Codable {
    /// The model has none (an encoder without its language-model head).
    case none
    /// The embedding matrix, transposed.
    case tied
    /// A matrix of its own.
    case untied
  }

  /// Query heads per key–value head.
  public var headsPerGroup: Int { nHeads / nKeyValueHeads }
}
