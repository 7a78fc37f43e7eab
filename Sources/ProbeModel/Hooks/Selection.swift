/// Where inside a hook point an intervention acts: at which positions, in which heads, of which sequences.
///
/// ```swift
/// Selection(positions: .at([-1]))                 // the last token of every sequence
/// Selection(positions: .at([3]), heads: .only([0, 5]))
/// ```
///
/// A selection is checked when the pass reaches the point: a head, a position or a sequence that is not there is a
/// ``ModelError``.
public struct Selection: Sendable, Equatable {
  /// Positions of every selected sequence.
  public var positions: Positions
  /// Heads: query heads at q, z, result, scores and pattern, key–value heads at k and v.
  public var heads: Indices
  /// Sequences of the batch.
  public var sequences: Indices

  /// Everything, unless less is said.
  public init(positions: Positions = .all, heads: Indices = .all, sequences: Indices = .all) {
    (self.positions, self.heads, self.sequences) = (positions, heads, sequences)
  }

  /// Every position of every head and sequence.
  public static let all = Selection()

  /// Positions count from the beginning of the sequence, whatever part of it the pass computes.
  ///
  /// A pass that goes on from a cache (generation) computes the new tokens only: positions before them are in the
  /// past and are left alone.
  public enum Positions: Sendable, Equatable {
    /// All that the pass computes.
    case all
    /// These and no others; −1 is the last one. Each must lie inside the sequence.
    ///
    /// The end is that of the sequence *as far as the pass takes it*: in generation −1 is every new token in its
    /// turn, the prompt's last one first. To mean one place of a prompt throughout, count from the start.
    case at([Int])
    /// Those of the range that there are, be it none: a range may reach beyond the end, to tokens still to come.
    case within(Range<Int>)

    /// All positions from `first` on.
    public static func from(_ first: Int) -> Positions { .within(max(0, first)..<Int.max) }
  }

  /// Heads or sequences, counted from 0.
  public enum Indices: Sendable, Equatable {
    /// All there are.
    case all
    /// These and no others.
    case only([Int])
  }
}

extension Selection {
  /// The selected sequences, ascending.
  ///
  /// - Throws: ``ModelError`` `.badInput` for one that the batch does not have.
  func sequences(of batch: TokenBatch, at point: HookPoint) throws(ModelError) -> [Int] {
    try sequences.resolved(count: batch.sequenceCount, noun: "sequence", owner: "the batch", at: point)
  }

  /// The selected heads, ascending; one stand-in for the whole row at points without heads.
  ///
  /// - Throws: ``ModelError`` `.badInput` for a head that the model does not have, or at a point without heads.
  func heads(of point: HookPoint, count: Int) throws(ModelError) -> [Int] {
    guard point.site.hasHeads else {
      guard heads == .all else {
        throw ModelError(
          .badInput, at: point.name, "heads were selected where there are none",
          advice: "Heads are apart at q, k, v, z, result, the scores and the pattern of `attn`")
      }
      return [0]
    }
    let noun = point.site.axes.contains("keyValueHead") ? "key–value head" : "head"
    return try heads.resolved(count: count, noun: noun, owner: "the model", at: point)
  }

  /// The rows of `batch` that belong to selected positions of `sequence`, ascending.
  ///
  /// - Throws: ``ModelError`` `.badInput` for a position outside the sequence.
  func rows(of sequence: Int, in batch: TokenBatch, at point: HookPoint) throws(ModelError) -> [Int] {
    let (rows, present) = (batch.rows(of: sequence), batch.positions(of: sequence))
    guard !rows.isEmpty else { return [] }
    let toRow = rows.lowerBound - present.lowerBound
    switch positions {
    case .all: return Array(rows)
    case .within(let range): return range.clamped(to: present).map { $0 + toRow }
    case .at(let indices):
      var selected: Set<Int> = []
      for index in indices {
        // An index may be any number: only one inside the sequence is added to anything.
        guard index < present.upperBound, index >= -present.upperBound else {
          throw ModelError(
            .badInput, at: "\(point.name), sequence \(sequence)",
            "position \(index) lies outside the sequence of \(present.upperBound) tokens",
            advice: "Positions go from 0 to \(present.upperBound - 1), or from −1, the last, backwards")
        }
        let position = index < 0 ? present.upperBound + index : index
        if present.contains(position) { selected.insert(position + toRow) }
      }
      return selected.sorted()
    }
  }
}

extension Selection.Indices {
  fileprivate func resolved(
    count: Int, noun: String, owner: String, at point: HookPoint
  ) throws(ModelError) -> [Int] {
    switch self {
    case .all: return Array(0..<count)
    case .only(let indices):
      if let outside = indices.first(where: { $0 < 0 || $0 >= count }) {
        throw ModelError(.badInput, at: point.name, "there is no \(noun) \(outside): \(owner) has \(count)")
      }
      return Set(indices).sorted()
    }
  }
}

extension HookPoint.Site {
  /// Whether the activations of different heads lie apart.
  public var hasHeads: Bool {
    switch self {
    case .q, .k, .v, .qNormalized, .kNormalized, .rotQ, .rotK, .attnScores, .pattern, .z, .result: true
    default: false
    }
  }
}
