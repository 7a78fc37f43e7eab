import ProbeModel
import ProbeStore

/// One text that a direction is changed in: where, and which of its tokens answer.
public struct CausalItem: Sendable, Equatable {
  /// Ids as the model reads them, added tokens included.
  public let tokens: [Int]
  /// Indices into ``tokens`` of what the probe read: one, or all that a mean was taken over.
  public let positions: [Int]
  /// Indices into ``tokens`` of those whose log-probability counts, all behind the first of ``positions``; empty where
  /// there are none.
  public let answer: [Int]
  /// Leakage unit.
  public let group: String

  /// An item from its parts; answer tokens that the change cannot reach are dropped.
  ///
  /// - Precondition: there are positions, and all indices are of tokens.
  public init(tokens: [Int], positions: [Int], answer: [Int], group: String) {
    precondition(
      !positions.isEmpty && (positions + answer).allSatisfy(tokens.indices.contains),
      "CausalItem: positions \(positions), answer \(answer) of \(tokens.count) tokens")
    let first = positions.min() ?? 0
    (self.tokens, self.positions, self.group) = (tokens, positions, group)
    self.answer = answer.filter { $0 > first }.sorted()
  }

  /// The item of a captured example.
  ///
  /// The answer is the span that ends last, the same tokens that the log-probability baseline sums over for it; the last
  /// token of the text where there are no spans.
  ///
  /// - Parameters:
  ///   - sequence: the example's tokens as captured, in order.
  ///   - rows: rows of the capture that the probe read; nil for all that it has of this example. A capture of pooled rows
  ///     has none: the probe then read all tokens of the text.
  ///   - answer: the spans' label that answers; nil for the span that ends last, whatever its label.
  /// - Returns: nil where the ids of the tokens are not known, or nothing of the text was read.
  public init?(
    _ sequence: [CapturedToken], rows: Set<Int>? = nil, example: Example, answer label: String? = nil,
    group: String? = nil
  ) {
    guard !sequence.contains(where: { $0.id == CapturedToken.unknown }) else { return nil }
    let own = sequence.indices.filter { !sequence[$0].isAdded }
    let captured = sequence.indices.filter { index in
      sequence[index].row.map { rows?.contains($0) ?? true } ?? false
    }
    let isPooled = sequence.allSatisfy { $0.row == nil }
    guard let last = own.last, !captured.isEmpty || isPooled else { return nil }
    let spans = example.spans.filter { label == nil || $0.label == label }
    var answer = [last]
    if let span = spans.max(by: { ($0.end, $0.start) < ($1.end, $1.start) }) {
      answer = own.filter { index in
        sequence[index].span.map { span.start < $0.upperBound && $0.lowerBound < span.end } ?? false
      }
    }
    self.init(
      tokens: sequence.map { $0.id }, positions: isPooled ? own : captured, answer: answer,
      group: group ?? example.group ?? example.id)
  }
}
