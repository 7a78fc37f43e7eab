import ProbeModel

/// What the pipeline needs of a model, so that it can be exercised without one: tests and benchmarks give a formula.
@_spi(Sources) public struct CaptureSource: Sendable {
  /// A forward pass with its own scratch memory, for one thread.
  typealias Pass = (TokenBatch, Set<HookPoint>, (ActivationView) throws -> Void) throws -> Void

  let name: String
  let architecture: String
  let path: String
  let weightsDigest: String
  let tokenizerDigest: String?
  let nContext: Int
  let dVocab: Int
  /// Makes an encoder of texts under a sentinel policy and in a chat format; nil where the checkpoint has no tokenizer.
  let makeEncoder: (@Sendable (Tokenizer.Sentinel, ChatFormat) -> (String) throws -> [PlannedToken])?
  /// A token's piece, for the store's readers.
  let piece: @Sendable (Int) -> String?
  /// Shape of a row, without the axis that varies; nil for a point that the model does not have.
  let rowShape: @Sendable (HookPoint) -> [Int]?
  /// Makes a forward pass for the calling thread.
  let makePass: @Sendable () -> Pass
}
