import ProbeModel
import ProbeStore

/// What a saved probe is applied to: the items of a capture that carry a label, and the rows of each.
struct AppliedItems {
  /// The examples that the items are of.
  let examples: [Example]
  /// Name of each item.
  let keys: [String]
  /// What each item's label says.
  let values: [String]
  /// Leakage unit of each item.
  let groups: [String]
  /// Rows of the capture that are each item's.
  let rows: [Range<Int>]
  /// Examples without the label.
  let unlabelled: Int

  /// Reads the items; with `sequences` they are whole examples with all captured positions but sentinels.
  ///
  /// - Throws: ``SpecError`` `.missingData` when nothing carries the label, or some have no or too many rows; errors of the
  ///   store.
  init(_ store: ActivationStore, _ capture: CaptureRecord, _ request: LabelRequest, sequences: Bool) throws {
    guard sequences else {
      let tokens = Dictionary(grouping: try store.tokens(of: capture)) { $0.example }
      let items = try LabelledItems(
        request, examples: store.examples(of: capture), tokens: tokens, store: store.path,
        isImported: capture.isImported)
      guard case .classes(let labels, let names) = items.target else {
        throw SpecError(.notApplicable, at: store.path, "the probe reads classes")
      }
      self.init(
        examples: items.examples, keys: items.places.map { $0.key }, values: labels.map { names[$0] },
        groups: items.groups, rows: items.rows.map { $0..<$0 + 1 }, unlabelled: items.unlabelled)
      return
    }
    try self.init(wholeExamplesOf: capture, in: store, label: request.label)
  }

  private init(
    examples: [Example], keys: [String], values: [String], groups: [String], rows: [Range<Int>],
    unlabelled: Int
  ) {
    (self.examples, self.keys, self.values) = (examples, keys, values)
    (self.groups, self.rows, self.unlabelled) = (groups, rows, unlabelled)
  }

  private init(wholeExamplesOf capture: CaptureRecord, in store: ActivationStore, label: String) throws {
    let all = try store.examples(of: capture)
    let labelled = all.filter { $0.example.labels[label] != nil }
    guard !labelled.isEmpty else {
      throw SpecError(
        .missingData, at: "\(store.path): label \(label)", "no example carries this label",
        advice:
          "The corpus has: \(Set(all.flatMap { $0.example.labels.keys }).sorted().joined(separator: ", "))")
    }
    examples = labelled.map { $0.example }
    keys = examples.map { $0.id }
    values = labelled.compactMap { $0.example.labels[label]?.description }
    groups = labelled.map { $0.example.group ?? $0.example.id }
    unlabelled = all.count - labelled.count
    var starts: [Int: Int] = [:]
    // The first row of each example's own tokens, by its first row of all: sentinels come before.
    for token in try store.tokens(of: capture) where token.position >= 0 {
      guard let row = token.row, all.indices.contains(token.example) else { continue }
      let first = all[token.example].rows.lowerBound
      starts[first] = min(starts[first] ?? row, row)
    }
    rows = try labelled.map { example in
      let start = starts[example.rows.lowerBound] ?? example.rows.lowerBound
      let own = min(start, example.rows.upperBound)..<example.rows.upperBound
      guard !own.isEmpty else {
        throw SpecError(
          .missingData, at: "\(store.path): example \(example.example.id)",
          "no row was captured, the probe reads one or more", advice: "Capture with positions: all")
      }
      return own
    }
  }
}
