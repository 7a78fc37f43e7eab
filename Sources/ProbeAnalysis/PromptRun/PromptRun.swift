import Foundation
import ProbeMath
import ProbeModel

/// Prompts, run once as they are and once with interventions: which tokens come next, and what changed.
///
/// ```swift
/// var run = PromptRun(["The capital of France is"])
/// run.interventions = [Intervention(.zero, at: try HookTarget(parsing: "blocks.*.hook_mlp_out@-1"))]
/// run.answer = " Paris"
/// let outcome = try run.outcome(on: model)
/// ```
public struct PromptRun: Sendable {
  /// The prompts.
  public var prompts: [String]
  /// Where patched activations and frozen patterns come from: one prompt for all, or one for each.
  public var sources: [String] = []
  /// What means go over; without any the sources, and without these the prompts themselves.
  public var references: [String] = []
  /// What is done, in this order at each point.
  public var interventions: [Intervention] = []
  /// A continuation whose first token is followed.
  public var answer: String?
  /// A continuation that the answer is compared with.
  public var against: String?
  /// How many next tokens are shown.
  public var top = 5
  /// How prompts are put to the model.
  public var chat: ChatFormat = .raw
  /// What is put around prompts.
  public var sentinel: Tokenizer.Sentinel = .tokenizer

  /// A run of `prompts` without interventions.
  public init(_ prompts: [String]) { self.prompts = prompts }

  /// Runs the prompts.
  ///
  /// - Throws: ``SpecError`` for a model without a tokenizer, a prompt without tokens, sources that are missing or too
  ///   many; ``ModelError``, `TokenizerError` as they come.
  public func outcome(on model: HookedTransformer) throws -> Outcome {
    try check()
    guard let tokenizer = model.tokenizer else {
      throw SpecError(
        .notApplicable, at: model.name, "the checkpoint has no tokenizer, so it reads no prompts")
    }
    let encode = { (text: String) in try ids(text, tokenizer) }
    let batch = TokenBatch(try prompts.map(encode))
    let sources = TokenBatch(try self.sources.map(encode))
    let references = self.references.isEmpty ? nil : TokenBatch(try self.references.map(encode))
    let continuations = try [answer, against].map { try $0.map { try continuation($0, tokenizer) } }

    let workspace = model.makeWorkspace()
    let before = try model.nextTokenLogits(of: batch, in: workspace)
    var after: Tensor?
    if !interventions.isEmpty {
      let hooks = try InterventionHooks(
        model: model, sources: sources,
        references: references ?? (self.sources.isEmpty ? batch : sources), encode: encode
      ).hooks(interventions)
      after = try model.nextTokenLogits(of: batch, hooks: hooks, in: workspace)
    }
    let applied = try interventions.map { try Outcome.Applied($0, on: model) }
    let distributions = try prompts.indices.map { index in
      try PromptEffect(
        before: NextTokenDistribution(before[row: index], at: "prompt \(index + 1)"),
        after: after.map {
          try NextTokenDistribution($0[row: index], at: "prompt \(index + 1), after the interventions")
        })
    }
    return Outcome(
      model: model, interventions: applied,
      prompts: prompts.indices.map { index in
        distributions[index].outcome(
          prompt: prompts[index], tokens: batch.tokens[batch.rows(of: index)].map { Int($0) }, top: top,
          answer: continuations[0], against: continuations[1], tokenizer)
      })
  }

  private func check() throws(SpecError) {
    guard !prompts.isEmpty else { throw SpecError(.missingKey, at: "prompt", "there is none") }
    guard top > 0 else { throw SpecError(.badValue, at: "top", "expected at least 1, found \(top)") }
    guard sources.count <= 1 || sources.count == prompts.count else {
      throw SpecError(
        .badValue, at: "source", "\(sources.count) sources for \(prompts.count) prompts",
        advice: "Give one for all, or one for each")
    }
    if let intervention = interventions.first(where: { $0.needsSource }), sources.isEmpty {
      throw SpecError(
        .missingKey, at: "source",
        "\(intervention.name) takes activations from a source prompt, and there is none",
        advice: "Give one")
    }
    guard answer != nil || against == nil else {
      throw SpecError(.missingKey, at: "answer", "there is something to compare with, and no answer")
    }
  }

  private func ids(_ text: String, _ tokenizer: Tokenizer) throws -> [Int] {
    var cache = EncodingCache()
    let ids = try tokenizer.encode(text, chat: chat, sentinel: sentinel, cache: &cache).ids
    guard !ids.isEmpty else { throw SpecError(.badValue, at: "prompt \"\(text)\"", "it has no token") }
    return ids
  }

  /// The first token of a continuation: encoded alone, as it stands, with nothing around it.
  private func continuation(_ text: String, _ tokenizer: Tokenizer) throws -> Continuation {
    let ids = try tokenizer.encode(text, sentinel: .none).ids
    guard let first = ids.first else {
      throw SpecError(.badValue, at: "answer \"\(text)\"", "it has no token")
    }
    return Continuation(
      text: text, token: Outcome.Token(first, tokenizer), tokenCount: ids.count)
  }
}
