import ProbeModel

/// What the pipeline needs of a model, so that it can be exercised without one: tests and benchmarks give a formula.
@_spi(Sources) public struct CaptureSource: Sendable {
  /// A forward pass with its own scratch memory, for one thread.
  public typealias Pass = (TokenBatch, Set<HookPoint>, (ActivationView) throws -> Void) throws -> Void

  let name: String
  let architecture: String
  let path: String
  let weightsDigest: String
  let tokenizerDigest: String?
  let nContext: Int
  let dVocab: Int
  /// Makes an encoder of texts as a capture's settings ask; nil where the checkpoint has no tokenizer.
  let makeEncoder: (@Sendable (CaptureSettings) -> PlanningModel.Encoder)?
  /// A token's piece, for the store's readers.
  let piece: @Sendable (Int) -> String?
  /// Shape of a row, without the axis that varies; nil for a point that the model does not have.
  let rowShape: @Sendable (HookPoint) -> [Int]?
  /// Makes a forward pass for the calling thread.
  let makePass: @Sendable () -> Pass

  /// A source of token ids, whose activations `makePass` gives.
  public init(
    name: String, dVocab: Int, nContext: Int, rowShape: @escaping @Sendable (HookPoint) -> [Int]?,
    makePass: @escaping @Sendable () -> Pass
  ) {
    self.init(
      name: name, architecture: name, path: name, weightsDigest: SHA256Digest.of(name), tokenizerDigest: nil,
      nContext: nContext, dVocab: dVocab, makeEncoder: nil, piece: { _ in nil }, rowShape: rowShape,
      makePass: makePass)
  }

  init(
    name: String, architecture: String, path: String, weightsDigest: String, tokenizerDigest: String?,
    nContext: Int, dVocab: Int,
    makeEncoder: (@Sendable (CaptureSettings) -> PlanningModel.Encoder)?,
    piece: @escaping @Sendable (Int) -> String?, rowShape: @escaping @Sendable (HookPoint) -> [Int]?,
    makePass: @escaping @Sendable () -> Pass
  ) {
    (self.name, self.architecture, self.path) = (name, architecture, path)
    (self.weightsDigest, self.tokenizerDigest) = (weightsDigest, tokenizerDigest)
    (self.nContext, self.dVocab, self.makeEncoder, self.piece) = (nContext, dVocab, makeEncoder, piece)
    (self.rowShape, self.makePass) = (rowShape, makePass)
  }
}
