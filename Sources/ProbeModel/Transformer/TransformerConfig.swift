/// The shape of a transformer and every choice that changes its maths.
///
/// Dimension names are the field's: `dModel` is the width of the residual stream, `dHead` of a head, `dMLP` of the
/// MLP's hidden layer. Differences between families are cases of the closed enums here; the forward pass never asks
/// which family a model belongs to.
public struct TransformerConfig: Sendable, Equatable {
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
  /// Width of the MLP's hidden layer; 0 without MLPs.
  public var dMLP: Int
  /// Number of tokens in the vocabulary.
  public var dVocab: Int
  /// Longest sequence, in tokens; ``unlimitedContext`` where positions end nowhere.
  public var nContext: Int
  /// The norm and its ε.
  public var normalization: Normalization
  /// Where the norms stand.
  public var blockOrder: BlockOrder
  /// How positions enter.
  public var positions: Positions
  /// The MLP's activation function.
  public var activation: Activation
  /// Whether there is an MLP, and whether it has a gate.
  public var mlp: MLPKind
  /// Which keys a query sees.
  public var masking: Masking
  /// Where the scores over the vocabulary come from.
  public var head: Head
  /// Which linear maps have a bias.
  public var biases: Biases = []
  /// Width of the token embedding, when it is projected to dModel and back before the unembedding.
  public var dEmbedding: Int?
  /// Whether norms have parameters.
  public var normsHaveGain = true
  /// Whether a norm follows the last block, for the orders of blocks that have it.
  public var hasFinalNorm = true
  /// What the token embedding is multiplied by.
  public var embeddingScale: Float = 1
  /// The norm of queries and keys.
  public var queryKeyNorm: QueryKeyNorm = .none
  /// Queries, keys and values are clamped to ±this after their projection.
  public var queryKeyValueClip: Float?
  /// What q · k is multiplied by; nil for 1/√dHead.
  public var scoreScale: Float?
  /// Whether block l divides its scores by l + 1 as well.
  public var scalesScoresByLayer = false
  /// Scores become c · tanh(score / c).
  public var scoreSoftCap: Float?
  /// How many keys, itself included, the queries of each block see at most; empty when no block has a window.
  public var windows: [Int?] = []
  /// Logits become c · tanh(logit / c).
  public var logitSoftCap: Float?
  /// The activation of the dense layer before the unembedding (masked-language-model heads).
  public var headActivation: Activation?

  /// The norm and its ε.
  public enum Normalization: Sendable, Equatable {
    /// (x − mean) / √(variance + ε) · gain + bias
    case layerNorm(epsilon: Float)
    /// x / √(mean(x²) + ε) · gain
    case rmsNorm(epsilon: Float)
    /// There are no norms.
    case none
  }

  /// Where the norms stand.
  public enum BlockOrder: String, Sendable, CaseIterable {
    /// x + attention(norm(x)), then x + mlp(norm(x)); a final norm after the last block.
    case preNorm
    /// norm(x + attention(x)), then norm(x + mlp(x)).
    case postNorm
    /// x + norm(attention(x)), then x + norm(mlp(x)); a final norm after the last block.
    case branchNorm
    /// x + norm(attention(norm(x))), then x + norm(mlp(norm(x))); a final norm after the last block.
    case sandwichNorm
    /// x + attention(norm(x)) + mlp(norm′(x)); norm′ is the same norm where a family shares it.
    case parallel
  }

  /// How positions enter.
  public enum Positions: Sendable, Equatable {
    /// Not at all.
    case none
    /// A learned vector added to the embedding.
    case learned(LearnedPositions)
    /// Queries and keys are turned.
    case rotary(Rotary)
    /// A penalty on scores that grows with the distance (ALiBi).
    case linearBias
    /// A learned bias on scores, by bucket of the distance (T5).
    case relativeBias(RelativeBuckets)
  }

  /// The activation function.
  public enum Activation: String, Sendable, CaseIterable {
    case silu, relu
    /// x · Φ(x)
    case gelu
    /// The tanh approximation of `gelu`.
    case geluTanh
  }

  /// Whether there is an MLP, and whether it has a gate.
  public enum MLPKind: String, Sendable, CaseIterable {
    /// Blocks of attention only.
    case none
    /// out(act(in(x)))
    case plain
    /// down(act(gate(x)) · up(x))
    case gated
  }

  /// Which keys a query sees, before any window.
  public enum Masking: String, Sendable, CaseIterable {
    /// Itself and earlier ones.
    case causal
    /// All.
    case bidirectional
  }

  /// Where the scores over the vocabulary come from.
  public enum Head: String, Sendable, CaseIterable {
    /// The model has none (an encoder).
    case none
    /// The embedding matrix, transposed.
    case tied
    /// A matrix of its own.
    case untied
  }

  /// The norm of queries and keys, between projection and rotation. Its kind and ε are those of ``normalization``.
  public enum QueryKeyNorm: String, Sendable, CaseIterable {
    case none
    /// Over each head, with one gain of width dHead for all.
    case perHead
    /// Over all heads together.
    case acrossHeads
  }

  /// Which linear maps have a bias.
  public struct Biases: OptionSet, Sendable {
    /// One bit a kind of map.
    public let rawValue: Int
    /// The kinds whose bits are set.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The projections to queries, keys and values.
    public static let queryKeyValue = Biases(rawValue: 1)
    /// Attention's output projection.
    public static let attentionOut = Biases(rawValue: 2)
    /// The MLP's maps.
    public static let mlp = Biases(rawValue: 4)
    /// The map to the vocabulary.
    public static let unembedding = Biases(rawValue: 8)
    /// All maps inside blocks.
    public static let blocks: Biases = [.queryKeyValue, .attentionOut, .mlp]
  }
}

extension TransformerConfig {
  /// `nContext` of a model whose positions end nowhere: ALiBi's, T5's.
  public static let unlimitedContext = Int(Int32.max)

  /// Query heads per key–value head.
  public var headsPerGroup: Int { nHeads / nKeyValueHeads }

  /// What q · k is multiplied by in block `layer`.
  public func scoreScale(layer: Int) -> Float {
    let scale = scoreScale ?? 1 / Float(dHead).squareRoot()
    return scalesScoresByLayer ? scale / Float(layer + 1) : scale
  }

  /// The window of block `layer`; nil when its queries see everything that the mask leaves.
  public func window(layer: Int) -> Int? { windows.indices.contains(layer) ? windows[layer] : nil }
}
