import ProbeMath

/// What a family over sequences learns from: the activations of all positions, and which of them are an item's.
public struct TrainingSequences: Sendable {
  /// Activations of all positions of all items: `[positions, d]`.
  public let features: Tensor
  /// The rows of ``features`` that are each item's.
  public let sequences: [Range<Int>]
  /// Class index of every item.
  public let labels: [Int]
  /// Names of the classes.
  public let classes: [String]
  /// The items that train.
  public let items: [Int]
  /// The fold of every item, from 0; what it says about items that do not train means nothing.
  public let folds: [Int]
  /// Weight of every item; nil for 1.
  public let weights: [Double]?
  /// Seed of every random choice.
  public let seed: UInt64

  /// Sequences whose folds are known already, such as those of a ``GroupSplit``.
  ///
  /// - Precondition: at least one training item, each with a fold and a position; weights positive.
  /// - Throws: ``StudyError`` `.notFinite` for a feature that is NaN or infinite, in whichever row.
  public init(
    _ features: Tensor, sequences: [Range<Int>], labels: [Int], classes: [String], items: [Int], folds: [Int],
    weights: [Double]? = nil, seed: UInt64
  ) throws(StudyError) {
    precondition(
      features.shape.count == 2, "TrainingSequences: features \(features.shape), expected a matrix")
    TrainingItems.check(labels, classes, items, folds, weights, count: sequences.count)
    Self.check(sequences, positions: features.rows)
    try TrainingItems.checkFinite(features)
    (self.features, self.sequences, self.labels, self.classes) = (features, sequences, labels, classes)
    (self.items, self.folds, self.weights, self.seed) = (items, folds, weights, seed)
  }

  /// Sequences whose training items are dealt into folds of whole groups; `groups` holds each item's.
  ///
  /// - Throws: ``StudyError`` `.notFinite` for a feature that is NaN or infinite, in whichever row.
  public init(
    _ features: Tensor, sequences: [Range<Int>], labels: [Int], classes: [String], items: [Int],
    groups: [String], weights: [Double]? = nil, seed: UInt64, folds count: Int = 5
  ) throws(StudyError) {
    precondition(
      groups.count == labels.count, "TrainingSequences: \(groups.count) groups, \(labels.count) labels")
    try self.init(
      features, sequences: sequences, labels: labels, classes: classes, items: items,
      folds: TrainingItems.deal(labels, groups, items, count, seed: seed), weights: weights, seed: seed)
  }

  static func check(_ sequences: [Range<Int>], positions: Int) {
    for (item, range) in sequences.enumerated() {
      precondition(
        !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= positions,
        "sequences: item \(item) has the positions \(range) of \(positions)")
    }
  }
}

/// A classifier of sequences of activations that some family fitted.
public protocol FittedSequenceProbe: Sendable, Codable, Equatable {
  /// Name of the family that fitted it.
  var family: String { get }
  /// Names of the classes, by class index.
  var classes: [String] { get }
  /// Number of features.
  var width: Int { get }
  /// What a reader should know about the fit.
  var diagnostics: [String] { get }

  /// Log-odds of every class, log p / (1 − p), of sequences, each a range of rows of `features`: `[sequences, K]`.
  func scores(_ features: Tensor, sequences: [Range<Int>]) -> Tensor
}
