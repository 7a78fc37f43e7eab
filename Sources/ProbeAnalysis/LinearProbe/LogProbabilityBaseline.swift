import ProbeMath
import ProbeModel
import ProbeStore

/// What the model's own likelihood says, as one number an example: the log-probability of the text, and of each kind
/// of span that every example has.
///
/// A hidden-state probe for something that can be read from likelihood must say what it adds (protocol: for "The
/// capital of X is Y." the log-probability of Y alone separates true from false almost perfectly).
enum LogProbabilityBaseline {
  /// One number an example.
  struct Column {
    let name: String
    let values: [Float]
  }

  case measured([Column])
  /// With the reason.
  case notMeasured(String)

  static let textName = "log-probability of the text"

  init(_ items: LabelledItems, _ context: AnalysisContext) throws {
    let model: HookedTransformer
    do {
      model = try context.model()
    } catch let error as SpecError where error.reason == .notFound {
      self = .notMeasured("the model is not at hand: \(error)")
      return
    }
    guard model.config.masking == .causal, model.has(HookPoint(.logits)) else {
      self = .notMeasured("the model has no causal language-model head")
      return
    }
    let spanLabels = items.examples.map { Set($0.spans.map { $0.label }) }
    let shared = spanLabels.dropFirst().reduce(spanLabels.first ?? []) { $0.intersection($1) }.sorted()
    let tokens = try Self.tokenLogProbabilities(items.sequences, model)
    var columns = [Column(name: Self.textName, values: tokens.map { Float($0.reduce(0, +)) })]
    for label in shared {
      let values = zip(items.examples, zip(items.sequences, tokens)).map { example, sequence -> Float in
        let spans = example.spans.filter { $0.label == label }
        return zip(sequence.0, sequence.1).reduce(0) { sum, pair in
          let isInside = pair.0.span.map { span in
            spans.contains { $0.start < span.upperBound && span.lowerBound < $0.end }
          }
          return isInside == true ? sum + Float(pair.1) : sum
        }
      }
      columns.append(Column(name: "log-probability of the \(label)", values: values))
    }
    self = .measured(columns)
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
  private static func packed(_ lengths: [Int]) -> [Range<Int>] {
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
