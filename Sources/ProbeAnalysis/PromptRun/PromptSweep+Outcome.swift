import ProbeModel

extension PromptSweep {
  /// What a sweep found; its JSON is documented in `docs/interventions.md`.
  public struct Outcome: Sendable, Encodable {
    /// The version of this shape.
    public let format = "probe-sweep/1"
    /// The model's short name.
    public let model: String
    /// Its family.
    public let architecture: String
    /// Short name of the hook point that was patched.
    public let site: String
    /// positions, heads
    public let over: String
    /// The blocks: the rows of the tables.
    public let layers: [Int]
    /// How many positions or heads there are: the columns of the tables.
    public let places: Int
    /// The share of the way from prompts to sources, `[layer, place]`: Σ(patched − prompt) / Σ(source − prompt), as
    /// `PatchingEffects.share`; nil where they do not differ.
    public let share: [[Double?]]
    /// Mean change of the logit difference, `[layer, place]`, over the prompts that have the place.
    public let change: [[Double]]
    /// The continuation that counts for.
    public let answer: Followed
    /// The continuation that counts against.
    public let against: Followed
    /// Each prompt.
    public let prompts: [Prompt]
  }
}

extension PromptSweep.Outcome {
  /// A continuation of which the first token counts.
  public struct Followed: Sendable, Encodable {
    /// The continuation as given.
    public let text: String
    /// How many tokens it has.
    public let tokenCount: Int
    /// The first of them.
    public let token: PromptRun.Outcome.Token
  }

  /// A text and its tokens.
  public struct Text: Sendable, Encodable {
    /// As given.
    public let text: String
    /// The tokens that the model read, sentinels and chat frame included.
    public let tokens: [PromptRun.Outcome.Token]
    /// logit(answer) − logit(against) after it, unpatched.
    public let logitDifference: Double
  }

  /// A prompt, its source, and the logit differences of the patched runs.
  public struct Prompt: Sendable, Encodable {
    /// What ran.
    public let prompt: Text
    /// What patches were taken from.
    public let source: Text
    /// logit(answer) − logit(against) with each patch, `[layer, place]`; of positions, those that the prompt has.
    public let patched: [[Double]]
  }

  /// - Throws: ``ModelError`` `.nonFinite` for logits that are NaN or infinite.
  init(
    _ sweep: PromptSweep, _ over: PatchingSweep.Places, _ model: HookedTransformer,
    _ effects: PatchingEffects,
    _ pairs: [PatchingSweep.Pair], _ continuations: (Continuation, Continuation), _ tokenizer: Tokenizer
  ) throws(ModelError) {
    func text(_ text: String, _ ids: [Int], _ difference: Double) -> Text {
      Text(
        text: text, tokens: ids.map { PromptRun.Outcome.Token($0, tokenizer) }, logitDifference: difference)
    }
    func followed(_ continuation: Continuation) -> Followed {
      Followed(text: continuation.text, tokenCount: continuation.tokenCount, token: continuation.token)
    }
    func table<Value>(_ value: (_ layer: Int, _ place: Int) -> Value?) -> [[Value]] {
      effects.layers.map { layer in (0..<effects.places).compactMap { value(layer, $0) } }
    }
    prompts = pairs.indices.map { pair in
      Prompt(
        prompt: text(sweep.prompts[pair], pairs[pair].prompt, effects.prompt[pair]),
        source: text(sweep.source(of: pair), pairs[pair].source, effects.source[pair]),
        patched: table { effects.patched(layer: $0, place: $1, pair: pair) })
    }
    for (index, prompt) in prompts.enumerated() {
      let values = prompt.patched.joined() + [prompt.prompt.logitDifference, prompt.source.logitDifference]
      guard values.allSatisfy({ $0.isFinite }) else {
        throw ModelError(
          .nonFinite, at: "prompt \(index + 1)", "the logits are not all finite",
          advice: "`probe doctor` looks for where such values begin")
      }
    }
    (self.model, architecture) = (model.name, model.architecture)
    (site, self.over) = (effects.site.shortName, over.rawValue)
    (layers, places) = (Array(effects.layers), effects.places)
    (answer, against) = (followed(continuations.0), followed(continuations.1))
    share = effects.layers.map { layer in
      (0..<effects.places).map { effects.share(layer: layer, place: $0) }
    }
    change = table {
      let changes = effects.changes(layer: $0, place: $1)
      return changes.reduce(0, +) / Double(changes.count)
    }
  }
}
