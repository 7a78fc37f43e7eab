import ProbeMath
import ProbeModel
import ProbeStore

/// The examples that carry a label, with everything a study needs of them, aligned by index.
struct LabelledItems {
  let label: String
  /// Class index of each item.
  let labels: [Int]
  /// Names of the classes, in the order of their values.
  let classes: [String]
  /// Leakage unit of each item.
  let groups: [String]
  /// The corpus's own split, where it names one.
  let parts: [GroupSplit.Part?]?
  let examples: [Example]
  /// Row of each item in the capture's matrices.
  let rows: [Int]
  /// Tokens of each item as the model read them, sentinels included.
  let sequences: [[CapturedToken]]
  /// Examples of the capture without this label.
  let unlabelled: Int

  /// - Parameters:
  ///   - examples: all examples of the capture.
  ///   - tokens: their tokens, by index into `examples`.
  /// - Throws: ``SpecError`` when no example has the label, when an example has other than one row, or when a split's
  ///   name is unknown.
  init(
    label: String, examples all: [CapturedExample], tokens: [Int: [CapturedToken]], context: AnalysisContext
  ) throws(SpecError) {
    let indices = all.indices.filter { all[$0].example.labels[label] != nil }
    let labelled = indices.map { all[$0] }
    guard !labelled.isEmpty else {
      let known = Set(all.flatMap { $0.example.labels.keys }).sorted()
      throw SpecError(
        .missingData, at: "\(context.store.path): label \(label)", "no example carries this label",
        advice: "The corpus has: \(known.joined(separator: ", "))")
    }
    let values = labelled.compactMap { $0.example.labels[label] }
    let classes = Set(values).sorted()
    self.label = label
    let names = classes.map { $0.description }
    if let twice = names.enumerated().first(where: { names.prefix($0.offset).contains($0.element) }) {
      throw SpecError(
        .badValue, at: "\(context.store.path): label \(label)",
        "the value \(twice.element) is text in some examples and a number or boolean in others",
        advice: "Write it the same way everywhere")
    }
    self.classes = names
    labels = values.map { value in classes.firstIndex(of: value) ?? 0 }
    self.examples = labelled.map { $0.example }
    groups = labelled.map { $0.example.group ?? $0.example.id }
    unlabelled = all.count - labelled.count
    sequences = indices.map { tokens[$0] ?? [] }
    rows = try Self.rows(labelled, context)
    parts = try Self.parts(labelled, context)
  }

  private static func rows(_ labelled: [CapturedExample], _ context: AnalysisContext) throws(SpecError)
    -> [Int]
  {
    var rows: [Int] = []
    for example in labelled {
      guard example.rows.count == 1 else {
        throw SpecError(
          .missingData, at: "\(context.store.path): example \(example.example.id)",
          "\(example.rows.count) rows were captured, a label of the whole sequence needs one",
          advice: context.capture.isImported
            ? "Import one row an example" : "Capture with positions: last or mean")
      }
      rows.append(example.rows.lowerBound)
    }
    return rows
  }

  private static func parts(
    _ labelled: [CapturedExample], _ context: AnalysisContext
  ) throws(SpecError) -> [GroupSplit.Part?]? {
    guard labelled.contains(where: { $0.example.split != nil }) else { return nil }
    var parts: [GroupSplit.Part?] = []
    for example in labelled {
      guard let name = example.example.split else {
        throw SpecError(
          .missingData, at: "\(context.store.path): example \(example.example.id)",
          "names no split although others do",
          advice: "Give every example one of train, validation, test, or none a split")
      }
      guard let part = GroupSplit.Part(rawValue: name) else {
        throw SpecError(
          .badValue, at: "\(context.store.path): example \(example.example.id)",
          "the split \(name) is not known",
          advice: "Known: \(GroupSplit.Part.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      parts.append(part)
    }
    return parts
  }

  /// The text's own tokens, for the bag-of-tokens baseline; ids where the corpus gave no text. Nil where some item's
  /// tokens are not known: activations can be imported without them.
  var bags: [[String]]? {
    let own = sequences.map { $0.filter { !$0.isAdded } }
    guard own.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.id != CapturedToken.unknown } }) else {
      return nil
    }
    return own.map { $0.map { $0.text ?? "\($0.id)" } }
  }
}
