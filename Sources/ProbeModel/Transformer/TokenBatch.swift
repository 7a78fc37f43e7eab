/// Sequences packed end to end: no padding, ever.
///
/// Row r of every activation belongs to `tokens[r]`; sequence s owns the rows `rows(of: s)`. Its positions count from 0,
/// or from where the sequence goes on when the tokens before are held elsewhere (``KeyValueCache``).
public struct TokenBatch: Sendable, Equatable {
  /// Token ids of all sequences, one after the other.
  public let tokens: [Int32]
  /// First row of each sequence, and the number of rows at the end.
  public let starts: [Int]
  /// Position of each sequence's first row.
  public let firstPositions: [Int]

  /// Packs the sequences.
  ///
  /// Ids that no 32-bit integer holds become the nearest one, which no vocabulary contains: a run then refuses them.
  ///
  /// - Parameter firstPositions: where each sequence goes on; nil when all start at 0.
  public init(_ sequences: [[Int]], from firstPositions: [Int]? = nil) {
    precondition(
      firstPositions.map { $0.count == sequences.count && $0.allSatisfy { $0 >= 0 } } ?? true,
      "TokenBatch: \(firstPositions?.count ?? 0) first positions for \(sequences.count) sequences")
    var starts = [0]
    for sequence in sequences { starts.append((starts.last ?? 0) + sequence.count) }
    tokens = sequences.joined().map { Int32(clamping: $0) }
    self.starts = starts
    self.firstPositions = firstPositions ?? Array(repeating: 0, count: sequences.count)
  }

  /// Number of sequences.
  public var sequenceCount: Int { starts.count - 1 }
  /// Number of tokens of all sequences.
  public var rowCount: Int { tokens.count }
  /// The rows of one sequence.
  public func rows(of sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }
  /// The positions of one sequence's rows.
  public func positions(of sequence: Int) -> Range<Int> {
    let first = firstPositions[sequence]
    return first..<first + rows(of: sequence).count
  }
  /// The position behind the last one of the sequence that reaches furthest.
  public var longest: Int { (0..<sequenceCount).map { positions(of: $0).upperBound }.max() ?? 0 }

  /// Position of each row inside its sequence.
  public var positions: [Int32] {
    (0..<sequenceCount).flatMap { positions(of: $0).map { Int32(clamping: $0) } }
  }
}
