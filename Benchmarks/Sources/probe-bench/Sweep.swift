import ArgumentParser
import Foundation
import ProbeModel

/// Resample-patching of every head on IOI prompts, against one whole forward pass per head.
struct Sweep: ParsableCommand {
  @Argument(help: "A checkpoint with a tokenizer.")
  var model: String
  @Option(help: "Prompts.")
  var prompts = 40
  @Option var threads = 2
  @Option(help: "Whole passes to time; each is as long as any other.")
  var passes = 12

  struct Result: Encodable {
    let prompts: Int
    let tokens: Int
    let heads: Int
    let threads: Int
    let sweepSeconds: Double
    let passSeconds: Timing
    /// One whole pass per head over the sweep.
    let ratio: Double
    /// The five heads with the largest share, as `layer.head`.
    let strongest: [String]
    let meanPromptDifference: Double
    let meanSourceDifference: Double
  }

  func run() throws {
    let model = try HookedTransformer.open(self.model)
    let pairs = try IOI(model).pairs(prompts)
    let workspace = model.makeWorkspace(threads: threads)
    let sweep = PatchingSweep(.z, over: .heads)
    _ = try PatchingSweep(.z, over: .heads, layers: 0..<1).run(model, pairs, in: workspace)
    let clock = ContinuousClock()
    var effects: PatchingEffects?
    let seconds = try clock.measure { effects = try sweep.run(model, pairs, in: workspace) } / .seconds(1)
    guard let effects else { return }
    let batch = TokenBatch(pairs.map { $0.prompt })
    let hook = Hook(HookPoint(.z, layer: 0)) { view in
      for row in 0..<view.batch.rowCount { view[row][0] += 0 }
    }
    // No logits: what the sweep reads of them costs it, not the passes it is compared with.
    let pass = try Timing(runs: passes) {
      try model.run(batch, observing: [HookPoint(.finalNormalized)], hooks: [hook], in: workspace) { _ in }
    }
    let heads = effects.layers.count * effects.places
    let ranked = effects.layers.flatMap { layer in
      (0..<effects.places).map { head in
        ("\(layer).\(head)", effects.share(layer: layer, place: head) ?? 0)
      }
    }.sorted { abs($0.1) > abs($1.1) }
    try emit(
      Result(
        prompts: pairs.count, tokens: batch.rowCount, heads: heads, threads: threads, sweepSeconds: seconds,
        passSeconds: pass, ratio: pass.median * Double(heads) / seconds,
        strongest: ranked.prefix(5).map { "\($0.0) \(String(format: "%.2f", $0.1))" },
        meanPromptDifference: effects.prompt.reduce(0, +) / Double(pairs.count),
        meanSourceDifference: effects.source.reduce(0, +) / Double(pairs.count)))
  }
}

/// Indirect-object prompts and, as their sources, the same sentences with three other names.
/// Wang et al. 2022 (arXiv:2211.00593).
struct IOI {
  private let tokenizer: Tokenizer
  private let names: [String]

  private static let candidates = [
    "Mary", "John", "Tom", "James", "David", "Sarah", "Anna", "Paul", "Mark", "Peter", "Jack", "Lisa", "Kate",
    "Emma",
    "Alice", "Bob", "George", "Henry", "Lucy", "Mike",
  ]
  private static let templates = [
    "When%A and%B went to the store,%C gave a drink to", "After%A and%B had lunch,%C sent a letter to",
    "While%A and%B were working in the office,%C handed a book to",
    "Yesterday%A and%B met at the park, and%C offered a flower to",
  ]

  init(_ model: HookedTransformer) throws {
    guard let tokenizer = model.tokenizer else { throw ValidationError("the model has no tokenizer") }
    self.tokenizer = tokenizer
    names = try Self.candidates.filter { try tokenizer.encode(" \($0)", sentinel: .none).tokens.count == 1 }
  }

  func pairs(_ count: Int) throws -> [PatchingSweep.Pair] {
    try (0..<count).map { index in
      func name(_ offset: Int) -> String { names[(index * 7 + offset) % names.count] }
      let template = Self.templates[index % Self.templates.count]
      let (object, subject) = (name(0), name(3))
      let isFirst = index / Self.templates.count % 2 == 0
      return .init(
        prompt: try tokens(
          template, isFirst ? object : subject, isFirst ? subject : object, subject),
        source: try tokens(template, name(5), name(8), name(11)), answer: try token(object),
        against: try token(subject))
    }
  }

  private func tokens(_ template: String, _ a: String, _ b: String, _ c: String) throws -> [Int] {
    let text = template.replacingOccurrences(of: "%A", with: " \(a)")
      .replacingOccurrences(of: "%B", with: " \(b)").replacingOccurrences(of: "%C", with: " \(c)")
    return try tokenizer.encode(text).tokens.map { $0.id }
  }

  private func token(_ name: String) throws -> Int {
    try tokenizer.encode(" \(name)", sentinel: .none).tokens[0].id
  }
}
