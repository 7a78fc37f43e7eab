import ProbeMath
import ProbeModel

/// What a capture will do: tokens, positions, rows and batches.
///
/// A pure function of corpus, tokenizer, context length and policies. Batches are what is computed, committed and
/// resumed at once: a capture that was interrupted, or gets another point, cuts at the batches of this one plan.
public struct CapturePlan: Sendable {
  /// Tokens of a batch, at most, unless a single sequence is longer.
  ///
  /// Enough rows to keep matrix products at full speed, few enough for a batch's activations to stay small.
  /// Changing it changes ``CaptureIdentity/currentNumericsVersion``.
  public static let tokensPerBatch = 2_048

  /// One example as the model reads it.
  public struct Sequence: Sendable, Equatable {
    /// Index of the example in the corpus.
    public let example: Int
    /// The token ids, sentinels included.
    public let ids: [Int32]
    /// UTF-8 bytes of the text that each token stands for; empty where ids were given.
    let spans: [Range<Int32>]
    /// Tokens that the tokenizer put before the text: the first token of the text has position 0.
    public let leading: Int
    /// Tokens that it put after the text.
    public let trailing: Int
    /// Tokens that did not fit into the context.
    public let dropped: Int
    /// Indices of captured tokens; for ``Positions/mean`` those that are averaged.
    public let selected: [Int32]
    /// First row of the sequence in every point of the capture.
    public let firstRow: Int
    /// Number of its rows.
    public let rowCount: Int

    /// Indices of the text's own tokens.
    var own: Range<Int> { leading..<(ids.count - trailing) }
  }

  /// Consecutive sequences that run through the model together.
  public struct Batch: Sendable, Equatable {
    /// Indices into ``CapturePlan/sequences``.
    public let sequences: [Int]
    /// First row of the batch in every point.
    public let firstRow: Int
    /// Number of its rows.
    public let rowCount: Int
    /// Number of its tokens.
    public let tokenCount: Int
  }

  /// Which positions are captured.
  public let positions: Positions
  /// The sequences, in the order of the corpus.
  public let sequences: [Sequence]
  /// The batches; sequences without rows are in none.
  public let batches: [Batch]
  /// Examples left out because they are longer than the context, by id.
  public let skipped: [String]
  /// Labelled spans that share no byte with any token.
  public let unalignedSpans: Int

  /// Rows of each point.
  public var rowCount: Int { batches.last.map { $0.firstRow + $0.rowCount } ?? 0 }
  /// Tokens that the model reads.
  public var tokenCount: Int { batches.reduce(0) { $0 + $1.tokenCount } }
  /// Sequences whose end was cut off.
  public var truncatedCount: Int { sequences.count { $0.dropped > 0 } }

  /// The batch's tokens.
  func tokens(of batch: Batch) -> TokenBatch {
    TokenBatch(batch.sequences.map { sequences[$0].ids.map { Int($0) } })
  }

  /// Bytes of scalars for points with these row shapes.
  ///
  /// For ragged points an upper bound: as if every token saw its whole sequence.
  public func byteCount(of points: [(shape: [Int], isRagged: Bool)], dtype: ScalarType) -> Int {
    let fixed = points.filter { !$0.isRagged }.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let ragged = points.filter { $0.isRagged }.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let keys = ragged == 0 ? 0 : sequences.reduce(0) { $0 + $1.rowCount * $1.ids.count }
    return (fixed * rowCount + ragged * keys) * dtype.byteCount
  }
}
