/// A linear map y = xW + b, in whichever orientation the checkpoint stores it.
public struct Linear: Sendable {
  /// How the matrix lies in memory.
  enum Layout: Sendable {
    /// `[outputs, inputs]`, as PyTorch's `Linear`.
    case outputsByInputs
    /// `[inputs, outputs]`, as GPT-2's `Conv1D`.
    case inputsByOutputs
  }

  let weight: Weight
  let layout: Layout
  /// First output of this map inside a wider stored matrix (GPT-2's fused q, k, v), in columns.
  let firstOutput: Int
  /// Width of the input.
  public let inputs: Int
  /// Width of the output.
  public let outputs: Int
  /// Added to every row; nil when the map has none.
  public let bias: Weight?

  /// Address of the first value and stride of a stored row.
  var origin: (UnsafePointer<Float>, stride: Int) {
    switch layout {
    case .outputsByInputs: (weight.pointer + firstOutput * inputs, inputs)
    case .inputsByOutputs: (weight.pointer + firstOutput, weight.shape[1])
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
  /// `[dVocab, dModel]`; another width goes with a `embeddingProjection`.
  let embedding: Weight
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
