import ProbeMath
import ProbeModel

/// What an analysis wants of one label.
struct LabelRequest: Sendable {
  let label: String
  /// What an item is; decided by where the corpus has the label when nil.
  var unit: ItemUnit?
  /// What is read out.
  var kind = ProbeTarget.Kind.classes
  /// Circumference of a cyclic target.
  var period: Double?

  /// The target that values of the label make up.
  ///
  /// - Throws: ``SpecError`` `.badValue` for values that do not fit.
  func target(_ values: [LabelValue], at place: String) throws(SpecError) -> ProbeTarget {
    switch kind {
    case .classes:
      let (labels, names) = try Self.classes(values, at: place)
      return .classes(labels: labels, names: names)
    case .ordinal:
      // Numbers in rising order, texts by their bytes: that is the order of levels too.
      let (ranks, names) = try Self.classes(values, at: place)
      return .levels(ranks: ranks, names: names)
    case .number: return .numbers(try Self.numbers(values, at: place))
    case .cyclic:
      guard let period, period > 0 else {
        throw SpecError(
          .missingKey, at: place, "a cyclic target needs a period", advice: "Give it period: 24")
      }
      return .cycle(try Self.numbers(values, at: place), period: period)
    }
  }

  private static func classes(
    _ values: [LabelValue], at place: String
  ) throws(SpecError) -> (labels: [Int], names: [String]) {
    let classes = Set(values).sorted()
    let names = classes.map { $0.description }
    if let twice = names.enumerated().first(where: { names.prefix($0.offset).contains($0.element) }) {
      throw SpecError(
        .badValue, at: place,
        "the value \(twice.element) is text in some examples and a number or boolean in others",
        advice: "Write it the same way everywhere")
    }
    let index = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    return (values.map { index[$0] ?? 0 }, names)
  }

  private static func numbers(_ values: [LabelValue], at place: String) throws(SpecError) -> [Double] {
    var numbers: [Double] = []
    for value in values {
      guard case .number(let number) = value, number.isFinite else {
        throw SpecError(
          .badValue, at: place, "expected numbers, found \(value.description)",
          advice: "Read classes instead, with target: classes")
      }
      numbers.append(number)
    }
    guard Set(numbers).count > 1 else {
      throw SpecError(.badValue, at: place, "all \(numbers.count) items have the same number")
    }
    return numbers
  }
}
