import ProbeMath

/// A linear map y = xW + b, packed for the kernels.
public struct Linear: Sendable {
  let packed: PackedMatrix
  /// Added to every row; nil when the map has none.
  public let bias: Weight?

  /// Width of the input.
  public var inputs: Int { packed.inputs }
  /// Width of the output.
  public var outputs: Int { packed.outputs }
  /// A copy of W, `[inputs, outputs]`.
  public var matrix: Tensor { packed.tensor }
}

/// The vectors of the vocabulary's tokens.
///
/// Where the unembedding is the same matrix, it is held once: in the file if it can be used there, else as the unembedding
/// has it.
public struct Embedding: Sendable {
  enum Source: Sendable {
    /// `[dVocab, width]`
    case rows(Weight)
    /// A token's vector is its column.
    case columns(PackedMatrix)
  }

  let source: Source

  /// Number of tokens.
  public var count: Int {
    switch source {
    case .rows(let table): table.shape[0]
    case .columns(let matrix): matrix.outputs
    }
  }

  /// Width of a vector.
  public var width: Int {
    switch source {
    case .rows(let table): table.shape[1]
    case .columns(let matrix): matrix.inputs
    }
  }

  /// Copies the vector of `token`.
  func copy(_ token: Int, to target: UnsafeMutablePointer<Float>) {
    switch source {
    case .rows(let table): target.update(from: table.pointer + token * table.shape[1], count: table.shape[1])
    case .columns(let matrix): matrix.copyColumn(token, to: target)
    }
  }
}

/// Gain and bias of a norm; a norm without parameters has neither.
public struct Norm: Sendable {
  let gain: Weight?
  let bias: Weight?
}

/// The weights of one block's attention.
public struct AttentionWeights: Sendable {
  let q: Linear
  let k: Linear
  let v: Linear
  let o: Linear
  var queryNorm: Norm?
  var keyNorm: Norm?
}

/// The weights of one block's MLP.
public struct MLPWeights: Sendable {
  /// The input matrix; of a gated MLP the gate.
  let input: Linear
  /// The linear branch of a gated MLP.
  var up: Linear?
  let output: Linear
}

/// The weights of one block. Which norms there are follows from ``TransformerConfig/BlockOrder``.
public struct BlockWeights: Sendable {
  /// Attention's norm.
  var ln1: Norm?
  let attention: AttentionWeights
  /// The norm on what attention adds to the stream.
  var ln1Post: Norm?
  /// The MLP's norm; nil in a parallel block that shares `ln1`.
  var ln2: Norm?
  let mlp: MLPWeights?
  /// The norm on what the MLP adds to the stream.
  var ln2Post: Norm?
}

/// What stands between the stream and the unembedding of a masked language model, or of a model whose embedding has
/// a width of its own.
public struct HeadTransform: Sendable {
  let dense: Linear
  let norm: Norm?
}

/// All weights of a transformer.
public struct TransformerWeights: Sendable {
  /// As wide as dModel; another width goes with an `embeddingProjection`.
  var embedding: Embedding
  /// From the embedding's width to dModel.
  var embeddingProjection: Linear?
  /// `[rows, dModel]`
  var positionEmbedding: Weight?
  /// `[types, dModel]`; every token is of type 0.
  var tokenTypeEmbedding: Weight?
  var embeddingNorm: Norm?
  /// `[bucket, head]`
  var relativeBias: Weight?
  let blocks: [BlockWeights]
  var finalNorm: Norm?
  var headTransform: HeadTransform?
  /// To dVocab.
  var unembedding: Linear?
}
