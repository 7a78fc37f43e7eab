import ProbeMath
import ProbeModel
import ProbeStore

/// What the model's own likelihood says, as one number an example: the log-probability of the text, and of each kind
/// of span that every example has.
///
/// A hidden-state probe for something that can be read from likelihood must say what it adds. The model runs once
/// for all labels of an analysis.
struct LogProbabilityBaseline {
  /// One number an example.
  struct Column {
    let name: String
    let values: [Float]
  }

  static let textName = "log p(text)"

  /// ln p of every token by example, or why there is none.
  private let tokens: Result<[String: [Double]], Reason>

  private struct Reason: Error {
    let text: String
  }

  /// Why nothing was measured; nil when it was.
  var reason: String? {
    if case .failure(let reason) = tokens { reason.text } else { nil }
  }

  /// Runs the model over captured sequences, `ids` being the examples they belong to.
  ///
  /// - Throws: errors of the model other than that it is not at hand.
  init(ids: [String], sequences: [[CapturedToken]], _ context: AnalysisContext) throws {
    let model: HookedTransformer
    do {
      model = try context.model()
    } catch let error as SpecError where error.reason == .notFound {
      tokens = .failure(Reason(text: "the model is not at hand: \(error)"))
      return
    } catch let error as SpecError where error.reason == .notApplicable {
      tokens = .failure(Reason(text: error.problem))
      return
    }
    guard model.config.masking == .causal, model.has(HookPoint(.logits)) else {
      tokens = .failure(Reason(text: "the model has no causal language-model head"))
      return
    }
    let values = try Self.tokenLogProbabilities(sequences, model)
    tokens = .success(Dictionary(zip(ids, values)) { first, _ in first })
  }

  /// Columns for items: the text; each kind of stretch that all examples have; for items that are stretches or tokens, the
  /// item itself. Empty when nothing was measured.
  func columns(for items: LabelledItems) -> [Column] {
    guard case .success(let byExample) = tokens else { return [] }
    let values = items.examples.map { byExample[$0.id] ?? [] }
    let labels = items.examples.map { Set($0.spans.map { $0.label }) }
    let shared = labels.dropFirst().reduce(labels.first ?? []) { $0.intersection($1) }.sorted()
    let texts = values.map { Float($0.reduce(0, +)) }
    var columns = [Column(name: Self.textName, values: items.places.map { texts[$0.example] })]
    if items.unit != .sequence {
      columns.append(
        Column(
          name: "log p(\(items.unit.rawValue))",
          values: items.places.map { Self.sum(values[$0.example], of: $0, items) }))
    }
    for label in shared where items.unit == .sequence {
      columns.append(
        Column(
          name: "log p(\(label))",
          values: items.places.map { Self.sum(values[$0.example], over: label, items, $0.example) }))
    }
    return columns
  }

  /// Sum over the item's own tokens.
  private static func sum(
    _ values: [Double], of place: LabelledItems.Place, _ items: LabelledItems
  ) -> Float {
    let own = Set(place.tokens.map { $0.position })
    return Float(
      zip(items.sequences[place.example], values).reduce(0.0) { own.contains($1.0.position) ? $0 + $1.1 : $0 }
    )
  }

  /// Sum over the tokens that share a byte with a span of this label.
  private static func sum(
    _ values: [Double], over label: String, _ items: LabelledItems, _ example: Int
  ) -> Float {
    let spans = items.examples[example].spans.filter { $0.label == label }
    return Float(
      zip(items.sequences[example], values).reduce(0.0) { sum, pair in
        guard let span = pair.0.span,
          spans.contains(where: { $0.start < span.upperBound && span.lowerBound < $0.end })
        else { return sum }
        return sum + pair.1
      })
  }

  /// ln p of every token given those before it; 0 for tokens that the tokenizer added and for a first token that has
  /// none before it.
  private static func tokenLogProbabilities(
    _ sequences: [[CapturedToken]], _ model: HookedTransformer
  ) throws -> [[Double]] {
    let batches = packed(sequences.map { $0.count })
    let workers = min(availableProcessors, max(batches.count, 1))
    let parts = try concurrently(workers) { worker in
      let workspace = model.makeWorkspace()
      return try stride(from: worker, to: batches.count, by: workers).map { index in
        (index, try logProbabilities(Array(sequences[batches[index]]), model, workspace))
      }
    }
    return parts.joined().sorted { $0.0 < $1.0 }.flatMap { $0.1 }
  }

  private static func logProbabilities(
    _ sequences: [[CapturedToken]], _ model: HookedTransformer, _ workspace: Workspace
  ) throws -> [[Double]] {
    let batch = TokenBatch(sequences.map { $0.map { $0.id } })
    let positions = batch.positions
    let isAdded = sequences.joined().map { $0.isAdded }
    let targets = (0..<batch.rowCount).filter { positions[$0] > 0 && !isAdded[$0] }
    var values = [Double](repeating: 0, count: batch.rowCount)
    let found = try model.logProbabilities(of: targets, in: batch, workspace: workspace)
    for (target, value) in zip(targets, found) { values[target] = value }
    return (0..<batch.sequenceCount).map { Array(values[batch.rows(of: $0)]) }
  }

  /// Consecutive sequences of about a thousand tokens together.
  static func packed(_ lengths: [Int]) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, tokens) = (0, 0)
    for (index, length) in lengths.enumerated() {
      if tokens > 0, tokens + length > 1024 {
        batches.append(start..<index)
        (start, tokens) = (index, 0)
      }
      tokens += length
    }
    return tokens > 0 ? batches + [start..<lengths.count] : batches
  }
}
