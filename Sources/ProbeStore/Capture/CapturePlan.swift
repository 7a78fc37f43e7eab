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
    /// Number of its rows.
    public let rowCount: Int
    /// First row of the sequence in every point of the capture.
    public internal(set) var firstRow = 0
    /// Whether its rows are those of an earlier sequence of the same tokens.
    public internal(set) var isCopy = false

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
  /// The batches; sequences without rows of their own are in none.
  public let batches: [Batch]
  /// Examples left out because they are longer than the context, by id.
  public let skipped: [String]
  /// Labelled spans that share no byte with any token.
  public let unalignedSpans: Int
  /// Positions that were listed and that sequences do not have.
  public let absentPositions: Int
  /// Which examples were kept of a corpus that was too large; nil for all.
  public let subsample: Subsample?

  /// Rows of each point.
  public var rowCount: Int { batches.last.map { $0.firstRow + $0.rowCount } ?? 0 }
  /// Tokens that the model reads.
  public var tokenCount: Int { batches.reduce(0) { $0 + $1.tokenCount } }
  /// Sequences whose end was cut off.
  public var truncatedCount: Int { sequences.count { $0.dropped > 0 } }
  /// Sequences that share the rows of an earlier one.
  public var copyCount: Int { sequences.count { $0.isCopy } }

  /// The batch's tokens.
  func tokens(of batch: Batch) -> TokenBatch {
    TokenBatch(batch.sequences.map { sequences[$0].ids.map { Int($0) } })
  }

  /// Bytes of scalars for points with these row shapes.
  ///
  /// For ragged points an upper bound: as if every token saw its whole sequence.
  public func byteCount(of points: [(shape: [Int], isRagged: Bool)], dtype: ScalarType) -> Int {
    let cost = RowCost(points, dtype)
    return sequences.reduce(0) { $0 + ($1.isCopy ? 0 : cost.bytes(of: $1)) }
  }
}

/// Bytes that sequences take in all points of a capture.
struct RowCost {
  private let fixed: Int
  private let ragged: Int

  init(_ points: [(shape: [Int], isRagged: Bool)], _ dtype: ScalarType) {
    func bytes(_ wanted: Bool) -> Int {
      points.filter { $0.isRagged == wanted }.reduce(0) { $0 + $1.shape.reduce(1, *) } * dtype.byteCount
    }
    (fixed, ragged) = (bytes(false), bytes(true))
  }

  /// For ragged points an upper bound: as if every token saw the whole sequence.
  func bytes(of sequence: CapturePlan.Sequence) -> Int {
    (fixed + ragged * sequence.ids.count) * sequence.rowCount
  }
}
