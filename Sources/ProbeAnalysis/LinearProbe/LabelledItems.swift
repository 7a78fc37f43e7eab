import ProbeMath
import ProbeModel
import ProbeStore

/// What one item of a question is.
public enum ItemUnit: String, Sendable, Codable, CaseIterable {
  /// A whole example: its one captured row.
  case sequence
  /// A labelled stretch of text: the row of its last token.
  case span
  /// Each token of a labelled stretch.
  case token
}

/// The places that carry a label, with everything a study needs of them, aligned by index.
///
/// Labels meet tokens by bytes, never by index: a stretch's tokens are those that share a byte with it.
struct LabelledItems {
  let label: String
  let unit: ItemUnit
  let target: ProbeTarget
  /// Leakage unit of each item.
  let groups: [String]
  /// The corpus's own split, where it names one.
  let parts: [GroupSplit.Part?]?
  /// What the items are, one by one.
  let places: [Place]
  /// The examples that carry the label.
  let examples: [Example]
  /// Tokens of each of ``examples`` as the model read them, sentinels included.
  let sequences: [[CapturedToken]]
  /// Captured rows of each of ``examples``.
  let rowCounts: [Int]
  /// Examples of the capture without this label.
  let unlabelled: Int
  /// Labelled stretches that no captured token shares a byte with.
  let unaligned: Int

  /// One item.
  struct Place {
    /// Index of its example in ``LabelledItems/examples``.
    let example: Int
    /// Its name: the example's id, with bytes or position where it is less than the example.
    let key: String
    /// Row in the capture's matrices.
    let row: Int
    /// The same, counted from its example's first row.
    let offset: Int
    /// Its tokens: all of the text's own, those of the stretch, or the one.
    let tokens: [CapturedToken]
  }

  /// Row of each item in the capture's matrices.
  var rows: [Int] { places.map { $0.row } }

  /// - Parameters:
  ///   - asked: what the analysis wants of the label.
  ///   - all: all examples of the capture.
  ///   - tokens: their tokens, by index into `all`.
  ///   - store: path of the store, for messages.
  /// - Throws: ``SpecError`` when nothing has the label, its values do not fit the target, an example has other than one
  ///   row where one is needed, or a split's name is unknown.
  init(
    _ asked: LabelRequest, examples all: [CapturedExample], tokens: [Int: [CapturedToken]], store: String,
    isImported: Bool = false
  ) throws(SpecError) {
    let label = asked.label
    let place = "\(store): label \(label)"
    let ofSequences = all.contains { $0.example.labels[label] != nil }
    unit = asked.unit ?? (ofSequences ? .sequence : .span)
    var reader = PlaceReader(label: label, unit: unit, store: store, isImported: isImported)
    for (index, example) in all.enumerated() { try reader.read(example, tokens[index] ?? []) }
    guard !reader.places.isEmpty else {
      throw SpecError(
        .missingData, at: place,
        reader.unaligned > 0
          ? "none of its \(reader.unaligned) stretches shares a byte with a captured token"
          : "no example carries this label" + (unit == .sequence ? "" : " on a stretch of its text"),
        advice: reader.unaligned > 0 ? "Capture with positions: labelled or all" : Self.known(all))
    }
    self.label = label
    target = try asked.target(reader.values, at: place)
    (places, examples, unaligned) = (reader.places, reader.examples.map { $0.example }, reader.unaligned)
    sequences = reader.sequences
    rowCounts = reader.examples.map { $0.rows.count }
    unlabelled = all.count - examples.count
    let owners = reader.examples
    groups = places.map { owners[$0.example].example.group ?? owners[$0.example].example.id }
    let parts = try Self.parts(owners, store)
    self.parts = parts.map { parts in reader.places.map { parts[$0.example] } }
  }

  private static func known(_ all: [CapturedExample]) -> String {
    let labels = Set(all.flatMap { $0.example.labels.keys }).sorted()
    let ofSpans = Set(all.flatMap { $0.example.spans.map { $0.label } }).sorted()
    return "The corpus has: \((labels + ofSpans.map { "\($0) (of stretches)" }).joined(separator: ", "))"
  }

  private static func parts(
    _ labelled: [CapturedExample], _ store: String
  ) throws(SpecError) -> [GroupSplit.Part?]? {
    guard labelled.contains(where: { $0.example.split != nil }) else { return nil }
    var parts: [GroupSplit.Part?] = []
    for example in labelled {
      guard let name = example.example.split else {
        throw SpecError(
          .missingData, at: "\(store): example \(example.example.id)",
          "names no split although others do",
          advice: "Give every example one of train, validation, test, or none a split")
      }
      guard let part = GroupSplit.Part(rawValue: name) else {
        throw SpecError(
          .badValue, at: "\(store): example \(example.example.id)",
          "the split \(name) is not known",
          advice: "Known: \(GroupSplit.Part.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      parts.append(part)
    }
    return parts
  }
}

extension LabelledItems {
  /// Tokens of each item, for the bag-of-tokens baseline; ids where the corpus gave no text. Nil where some item's
  /// tokens are not known: activations can be imported without them.
  var bags: [[String]]? {
    let own = places.map { $0.tokens.filter { !$0.isAdded } }
    guard own.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.id != CapturedToken.unknown } }) else {
      return nil
    }
    return own.map { $0.map { $0.text ?? "\($0.id)" } }
  }

  /// Text of each example, for the leakage audit.
  var texts: [String] {
    examples.map { $0.text ?? ($0.tokenIDs ?? []).map { String($0) }.joined(separator: " ") }
  }

  /// What each item itself says: the example's text, or that of its own tokens.
  var ownTexts: [String] {
    guard unit != .sequence else { return texts }
    return places.map { place in
      place.tokens.map { $0.text ?? "\($0.id)" }.joined()
    }
  }

  /// Position of the captured row's token, from 0; nil where rows stand for no token.
  var positions: [Int]? {
    let positions = places.map { place in
      sequences[place.example].first { $0.row == place.row }?.position
    }
    let known = positions.compactMap { $0 }
    return known.count == places.count ? known : nil
  }
}

/// Collects the places of a label.
private struct PlaceReader {
  let label: String
  let unit: ItemUnit
  let store: String
  let isImported: Bool
  var places: [LabelledItems.Place] = []
  var values: [LabelValue] = []
  var examples: [CapturedExample] = []
  var sequences: [[CapturedToken]] = []
  var unaligned = 0

  init(label: String, unit: ItemUnit, store: String, isImported: Bool) {
    (self.label, self.unit, self.store, self.isImported) = (label, unit, store, isImported)
  }

  mutating func read(_ example: CapturedExample, _ tokens: [CapturedToken]) throws(SpecError) {
    let before = places.count
    if unit == .sequence {
      guard let value = example.example.labels[label] else { return }
      guard example.rows.count == 1 else {
        throw SpecError(
          .missingData, at: "\(store): example \(example.example.id)",
          "\(example.rows.count) rows were captured, a label of the whole sequence needs one",
          advice: isImported
            ? "Import one row an example" : "Capture with positions: last or mean")
      }
      add(example, key: "", row: example.rows.lowerBound, tokens.filter { $0.position >= 0 }, value)
    } else {
      for span in example.example.spans where span.label == label {
        let own = tokens.filter { token in
          token.row != nil
            && token.span.map { span.start < $0.upperBound && $0.lowerBound < span.end } ?? false
        }
        guard let last = own.last else {
          unaligned += 1
          continue
        }
        if unit == .span {
          add(example, key: ":\(span.start)-\(span.end)", row: last.row, own, span.value)
        } else {
          for token in own { add(example, key: "@\(token.position)", row: token.row, [token], span.value) }
        }
      }
    }
    if places.count > before {
      examples.append(example)
      sequences.append(tokens)
    }
  }

  private mutating func add(
    _ example: CapturedExample, key: String, row: Int?, _ tokens: [CapturedToken], _ value: LabelValue
  ) {
    guard let row else { return }
    places.append(
      LabelledItems.Place(
        example: examples.count, key: example.example.id + key, row: row,
        offset: row - example.rows.lowerBound,
        tokens: tokens))
    values.append(value)
  }
}
