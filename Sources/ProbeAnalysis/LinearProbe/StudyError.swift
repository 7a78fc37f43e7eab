/// Why a study cannot be made on the data given: what, where, and what to do about it.
public struct StudyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of trouble.
  public enum Reason: String, Sendable, Codable, CaseIterable {
    /// A group has items in more than one part of the split.
    case groupOnBothSides = "group_on_both_sides"
    /// Fewer than two classes where two are needed.
    case oneClass = "one_class"
    /// Too few groups to fill every part.
    case tooFewGroups = "too_few_groups"
    /// Some items of the corpus name their part and others do not, or a needed part has no item.
    case incompleteSplit = "incomplete_split"
    /// A feature is NaN or infinite.
    case notFinite = "not_finite"
    /// Labels vary inside some groups and not inside others: no permutation scheme fits.
    case mixedDesign = "mixed_design"
    /// The same, or nearly the same, text stands on both sides of the split.
    case duplicateAcrossSplit = "duplicate_across_split"
    /// Strings that gave away the label in training recur with the opposite label.
    case reversedLabelStrings = "reversed_label_strings"
  }

  /// The kind of trouble.
  public let reason: Reason
  /// Where: a group, an item, a part, a layer.
  public let location: String
  /// One sentence for a person.
  public let description: String

  /// An error from its parts.
  public init(_ reason: Reason, at location: String, _ description: String) {
    self.reason = reason
    self.location = location
    self.description = description
  }
}
