/// How far a running capture is.
public struct CaptureProgress: Sendable, Equatable {
  /// Tokens of batches committed by this run.
  public let tokensDone: Int
  /// Tokens that this run has to compute.
  public let tokensTotal: Int
  /// Bytes of scalars committed by this run.
  public let bytes: Int
  /// Average rate since the run began; 0 before the first batch.
  public let tokensPerSecond: Double
  /// Seconds left at that rate; nil before the first batch.
  public let eta: Double?

  init(tokensDone: Int, tokensTotal: Int, bytes: Int, seconds: Double) {
    self.tokensDone = tokensDone
    self.tokensTotal = tokensTotal
    self.bytes = bytes
    tokensPerSecond = seconds > 0 ? Double(tokensDone) / seconds : 0
    eta = tokensPerSecond > 0 ? Double(tokensTotal - tokensDone) / tokensPerSecond : nil
  }
}

/// What a run of a capture did.
public struct CaptureOutcome: Sendable, Equatable {
  /// The capture as the store now describes it.
  public let capture: CaptureRecord
  /// Tokens that this run computed; 0 when everything was there already.
  public let tokensComputed: Int
  /// Bytes of scalars that this run wrote.
  public let bytesWritten: Int
  /// Damaged chunks that this run wrote anew.
  public let chunksRepaired: Int
  /// Seconds from the first batch to the last sync; not part of anything compared.
  public let seconds: Double
}
