import ProbeMath
import ProbeModel
import ProbeReport

/// A patching sweep over prompts: at which layer, and which position or head, do a source's activations make the answer
/// the source's?
///
/// ```swift
/// var sweep = PromptSweep("attn.z", prompts: ["The capital of France is"], sources: ["The capital of Italy is"])
/// (sweep.answer, sweep.against) = (" Paris", " Rome")
/// let outcome = try sweep.outcome(on: model)
/// ```
public struct PromptSweep: Sendable {
  /// The hook point, without a layer for all (`resid_post`) or with consecutive ones (`attn.z.{20..29}`).
  public var site: String
  /// The prompts.
  public var prompts: [String]
  /// Where activations come from: one prompt for all, or one for each; as many tokens as the prompt.
  public var sources: [String]
  /// A continuation whose first token's logit counts for.
  public var answer = ""
  /// A continuation whose first token's logit counts against.
  public var against = ""
  /// Along what patches lie; nil for heads where the site has them, else positions.
  public var places: PatchingSweep.Places?
  /// How prompts are put to the model.
  public var chat: ChatFormat = .raw
  /// What stands before prompts.
  public var sentinel: Tokenizer.Sentinel = .tokenizer

  /// A sweep over a site's layers.
  public init(_ site: String, prompts: [String], sources: [String]) {
    (self.site, self.prompts, self.sources) = (site, prompts, sources)
  }

  /// Runs the sweep, on all processors.
  ///
  /// - Throws: ``SpecError`` for prompts, sources or continuations that are missing, do not correspond or do not differ;
  ///   ``ModelError`` for a hook point that the model does not have or that cannot be patched so.
  public func outcome(on model: HookedTransformer) throws -> Outcome {
    guard !prompts.isEmpty else { throw SpecError(.missingKey, at: "prompt", "there is none") }
    guard sources.count == 1 || sources.count == prompts.count else {
      throw SpecError(
        .badValue, at: "source", "\(sources.count) sources for \(prompts.count) prompts",
        advice: "Give one for all, or one for each")
    }
    guard model.config.masking == .causal else {
      throw ModelError(.unsupported, at: model.name, "the next token needs a causal model")
    }
    let reader = try PromptReader(model, chat: chat, sentinel: sentinel)
    let (answer, against) = (try reader.continuation(answer), try reader.continuation(against))
    guard answer.token != against.token else {
      throw SpecError(
        .badValue, at: "against", "its first token \(Self.shown([answer.token])) is the answer's as well")
    }
    let sweep = try patching(on: model)
    let pairs = try prompts.indices.map { index in
      PatchingSweep.Pair(
        prompt: try reader.ids(prompts[index]), source: try reader.ids(source(of: index)),
        answer: answer.token.id, against: against.token.id)
    }
    for (index, pair) in pairs.enumerated() { try check(pair, index, reader.tokenizer) }
    let effects = try sweep.run(model, pairs, in: model.makeWorkspace(threads: availableProcessors))
    return try Outcome(self, sweep.places, model, effects, pairs, (answer, against), reader.tokenizer)
  }

  func source(of prompt: Int) -> String { sources[sources.count == 1 ? 0 : prompt] }

  /// The site and the layers that are meant.
  private func patching(on model: HookedTransformer) throws -> PatchingSweep {
    let isWhole = model.hookPoints.contains {
      $0.site.isInBlock && [$0.site.rawValue, $0.site.shortName].contains(site)
    }
    let name = site.contains("hook_") ? "blocks.*.\(site)" : "\(site).*"
    let points = try PointSelector.select([PointSelector(isWhole ? name : site)], from: model.hookPoints)
    let layers = points.compactMap { $0.layer }
    guard let first = layers.first, let last = layers.last, Set(points.map { $0.site }).count == 1 else {
      throw SpecError(
        .badValue, at: site, "a sweep goes over one hook point of every block",
        advice: "Write resid_post, attn.z or attn.z.{2..5}")
    }
    guard layers == Array(first...last) else {
      throw SpecError(.badValue, at: site, "a sweep goes over consecutive layers, found \(layers)")
    }
    return PatchingSweep(
      points[0].site, over: places ?? (points[0].site.hasHeads ? .heads : .positions),
      layers: first..<last + 1)
  }

  /// - Throws: ``SpecError`` for texts whose tokens do not correspond; it shows them.
  private func check(_ pair: PatchingSweep.Pair, _ index: Int, _ tokenizer: Tokenizer) throws(SpecError) {
    guard pair.prompt.count != pair.source.count else { return }
    func shown(_ ids: [Int]) -> String { Self.shown(ids.map { PromptRun.Outcome.Token($0, tokenizer) }) }
    throw SpecError(
      .badValue, at: "prompt \(index + 1)",
      "the prompt has \(pair.prompt.count) tokens, its source \(pair.source.count): "
        + "\(shown(pair.prompt)) and \(shown(pair.source))",
      advice: "Patches go position by position: both need the same number")
  }

  /// `The|␣capital|␣of`
  static func shown(_ tokens: [PromptRun.Outcome.Token]) -> String {
    tokens.map { TerminalText.token($0.text) }.joined(separator: "|")
  }
}
