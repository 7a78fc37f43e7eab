/// Sequences packed end to end: no padding, ever.
///
/// Row r of every activation belongs to `tokens[r]`; sequence s owns the rows `rows(of: s)`, and its positions count
/// from 0.
public struct TokenBatch: Sendable, Equatable {
  /// Token ids of all sequences, one after the other.
  public let tokens: [Int32]
  /// First row of each sequence, and the number of rows at the end.
  public let starts: [Int]

  /// Packs the sequences.
  ///
  /// Ids that no 32-bit integer holds become the nearest one, which no vocabulary contains: a run then refuses them.
  public init(_ sequences: [[Int]]) {
    var starts = [0]
    for sequence in sequences { starts.append((starts.last ?? 0) + sequence.count) }
    tokens = sequences.joined().map { Int32(clamping: $0) }
    self.starts = starts
  }

  /// Number of sequences.
  public var sequenceCount: Int { starts.count - 1 }
  /// Number of tokens of all sequences.
  public var rowCount: Int { tokens.count }
  /// The rows of one sequence.
  public func rows(of sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }
  /// Length of the longest sequence.
  public var longest: Int { (0..<sequenceCount).map { rows(of: $0).count }.max() ?? 0 }

  /// Position of each row inside its sequence.
  public var positions: [Int32] {
    (0..<sequenceCount).flatMap { sequence in (0..<rows(of: sequence).count).map { Int32($0) } }
  }
}
