/// Which row of a table of learned position embeddings a token gets.
public struct LearnedPositions: Sendable, Equatable {
  /// Row of the first token: OPT leaves two rows out, RoBERTa those up to its padding id.
  public var firstRow: Int = 0
  /// A token that gets the row before `firstRow` and is not counted: RoBERTa's padding token, which a text may spell
  /// out.
  public var uncountedToken: Int?

  /// The table's row for every row of a batch.
  func rows(of batch: TokenBatch) -> [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(batch.rowCount)
    for sequence in 0..<batch.sequenceCount {
      var next = firstRow + batch.firstPositions[sequence]
      for token in batch.tokens[batch.rows(of: sequence)] {
        if let uncountedToken, Int(token) == uncountedToken {
          rows.append(firstRow - 1)
        } else {
          rows.append(next)
          next += 1
        }
      }
    }
    return rows
  }
}
