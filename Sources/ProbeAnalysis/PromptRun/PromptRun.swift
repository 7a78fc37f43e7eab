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
  /// How the prompts go on, without and with the interventions; nil when they do not. The model's own stop tokens are
  /// added to those of the settings.
  public var generation: Generation?
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
    let reader = try PromptReader(model, chat: chat, sentinel: sentinel)
    let batch = TokenBatch(try prompts.map(reader.ids))
    let continuations = try [answer, against].map { try $0.map(reader.continuation) }
    let hooks = try hooks(on: model, for: batch, reader)

    let workspace = model.makeWorkspace(threads: availableProcessors)
    let before = try model.nextTokenLogits(of: batch, in: workspace)
    let after =
      try interventions.isEmpty ? nil : model.nextTokenLogits(of: batch, hooks: hooks, in: workspace)
    let distributions = try prompts.indices.map { index in
      try PromptEffect(
        before: NextTokenDistribution(before[row: index], at: "prompt \(index + 1)"),
        after: after.map {
          try NextTokenDistribution($0[row: index], at: "prompt \(index + 1), after the interventions")
        })
    }
    let generated = try generation.map {
      try PromptGeneration(model, $0, reader.tokenizer).outcomes(
        of: batch, hooks: hooks, interventions: interventions, in: workspace)
    }
    return Outcome(
      model: model, interventions: try interventions.map { try Outcome.Applied($0, on: model) },
      prompts: prompts.indices.map { index in
        distributions[index].outcome(
          prompt: prompts[index], tokens: batch.sequence(index), top: top,
          answer: continuations[0], against: continuations[1], generated: generated?[index], reader.tokenizer)
      })
  }

  /// The interventions as hooks; runs what they take activations from.
  private func hooks(
    on model: HookedTransformer, for batch: TokenBatch, _ reader: PromptReader
  ) throws -> [Hook] {
    guard !interventions.isEmpty else { return [] }
    let sources = TokenBatch(try self.sources.map(reader.ids))
    let references = references.isEmpty ? sources : TokenBatch(try references.map(reader.ids))
    return try InterventionHooks(
      model: model, prompts: batch, sources: sources,
      references: references.sequenceCount == 0 ? batch : references, encode: reader.ids
    ).hooks(interventions)
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
}
