import ProbeModel
import ProbeStore

/// What a saved probe is applied to: the examples of a capture that carry a label, and the rows of each.
struct AppliedItems {
  let examples: [Example]
  /// What each example's label says.
  let values: [String]
  /// Leakage unit of each example.
  let groups: [String]
  /// Rows of the capture that are each example's.
  let rows: [Range<Int>]
  /// Examples without the label.
  let unlabelled: Int

  /// Reads the examples; with `sequences` all captured positions but sentinels are theirs, else they must have one.
  ///
  /// - Throws: ``SpecError`` `.missingData` when no example carries the label, or some have no or too many rows; errors
  ///   of the store.
  init(_ store: ActivationStore, _ capture: CaptureRecord, label: String, sequences: Bool) throws {
    let all = try store.examples(of: capture)
    let labelled = all.filter { $0.example.labels[label] != nil }
    guard !labelled.isEmpty else {
      throw SpecError(
        .missingData, at: "\(store.path): label \(label)", "no example carries this label",
        advice:
          "The corpus has: \(Set(all.flatMap { $0.example.labels.keys }).sorted().joined(separator: ", "))")
    }
    examples = labelled.map { $0.example }
    values = labelled.compactMap { $0.example.labels[label]?.description }
    groups = labelled.map { $0.example.group ?? $0.example.id }
    unlabelled = all.count - labelled.count
    var starts: [Int: Int] = [:]
    if sequences {
      // The first row of each example's own tokens, by its first row of all: sentinels come before.
      for token in try store.tokens(of: capture) where token.position >= 0 {
        guard let row = token.row, all.indices.contains(token.example) else { continue }
        let first = all[token.example].rows.lowerBound
        starts[first] = min(starts[first] ?? row, row)
      }
    }
    rows = try labelled.map { example in
      let start = starts[example.rows.lowerBound] ?? example.rows.lowerBound
      let own = min(start, example.rows.upperBound)..<example.rows.upperBound
      guard sequences ? !own.isEmpty : example.rows.count == 1 else {
        throw SpecError(
          .missingData, at: "\(store.path): example \(example.example.id)",
          "\(own.count) rows were captured, the probe reads \(sequences ? "one or more" : "one")",
          advice: capture.isImported ? "Import one row an example" : "Capture with positions: last or mean")
      }
      return own
    }
  }
}
