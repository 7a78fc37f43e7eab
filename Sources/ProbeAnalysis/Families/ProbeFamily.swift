import ProbeMath

/// A way of fitting a classifier to activations, as an alternative to the logistic probe.
///
/// A new family is one type that conforms, and one line in ``ProbeFamilies/all``. Whatever it chooses (a strength, a
/// number of features, when to stop), it chooses on the folds of its training rows; no other row is looked at.
public protocol ProbeFamily: Sendable {
  /// Its name in specs, results and probe files.
  static var name: String { get }
  /// One line for the docs.
  static var summary: String { get }

  /// The family with its usual settings.
  init()

  /// The probe that the training rows give. The same items and seed give the same probe.
  func fit(_ items: TrainingItems) -> any FittedProbe
}

/// A way of fitting a classifier to sequences of activations, which says itself how positions become one answer.
public protocol SequenceProbeFamily: Sendable {
  /// Its name in specs, results and probe files.
  static var name: String { get }
  /// One line for the docs.
  static var summary: String { get }

  /// The family with its usual settings.
  init()

  /// The probe that the training sequences give. The same items and seed give the same probe.
  func fit(_ items: TrainingSequences) -> any FittedSequenceProbe
}

/// The families there are.
public enum ProbeFamilies {
  /// Families over one row an item; a new family is one line here.
  public static let all: [any ProbeFamily.Type] = [
    LogisticFamily.self, MassMeanFamily.self, WhitenedMassMeanFamily.self, LinearDiscriminantFamily.self,
    SparseFamily.self, OneLayerPerceptronFamily.self, TwoLayerPerceptronFamily.self,
  ]

  /// Families over several rows an item.
  public static let sequences: [any SequenceProbeFamily.Type] = [AttentionFamily.self]

  /// The family over one row an item that has this name.
  public static func named(_ name: String) -> (any ProbeFamily.Type)? { all.first { $0.name == name } }
}
