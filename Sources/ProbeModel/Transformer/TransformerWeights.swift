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

/// Gain and, for layer norms, bias of a norm.
public struct Norm: Sendable {
  let gain: Weight
  let bias: Weight?
}

/// The weights of one block.
public struct BlockWeights: Sendable {
  let ln1: Norm
  let q: Linear
  let k: Linear
  let v: Linear
  let o: Linear
  let ln2: Norm
  /// The MLP's input matrix; of a gated MLP the gate.
  let mlpIn: Linear
  /// The linear branch of a gated MLP.
  let mlpUp: Linear?
  let mlpOut: Linear
}

/// All weights of a transformer.
public struct TransformerWeights: Sendable {
  /// `[dVocab, dModel]`
  let embedding: Weight
  /// `[nContext, dModel]`
  let positionEmbedding: Weight?
  /// `[types, dModel]`; every token is of type 0.
  let tokenTypeEmbedding: Weight?
  let embeddingNorm: Norm?
  let blocks: [BlockWeights]
  let finalNorm: Norm?
  /// dModel → dVocab
  let unembedding: Linear?
}
