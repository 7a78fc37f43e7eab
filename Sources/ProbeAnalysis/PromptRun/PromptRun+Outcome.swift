import ProbeModel

extension PromptRun {
  /// What a prompt run found; its JSON is documented in `docs/interventions.md`.
  public struct Outcome: Sendable, Encodable {
    /// The version of this shape.
    public let format = "probe-run/1"
    /// The model's short name.
    public let model: String
    /// Its family.
    public let architecture: String
    /// What was done, in order; empty for a plain run.
    public let interventions: [Applied]
    /// What came of each prompt.
    public let prompts: [Prompt]

    init(model: HookedTransformer, interventions: [Applied], prompts: [Prompt]) {
      (self.model, architecture) = (model.name, model.architecture)
      (self.interventions, self.prompts) = (interventions, prompts)
    }
  }
}

extension PromptRun.Outcome {
  /// An intervention and the points it came to.
  public struct Applied: Sendable, Encodable {
    /// zero, mean, patch, freeze-patterns, project-out, steer
    public let kind: String
    /// The target as written.
    public let target: String
    /// Full names of the points.
    public let points: [String]
    /// The direction's file, or its text.
    public let direction: String?
    /// The text whose activations are taken away from the direction.
    public let minus: String?
    /// Of steering.
    public let coefficient: Float?

    init(_ intervention: Intervention, on model: HookedTransformer) throws(ModelError) {
      (kind, target) = (intervention.name, intervention.target.text)
      points = try intervention.target.points(of: model).map { $0.name }
      let source: VectorSource?
      switch intervention.kind {
      case .steer(let direction, let factor): (source, coefficient) = (direction, factor)
      case .projectOut(let direction): (source, coefficient) = (direction, nil)
      default: (source, coefficient) = (nil, nil)
      }
      switch source {
      case .file(let path): (direction, minus) = (path, nil)
      case .texts(let text, let other): (direction, minus) = (text, other)
      case nil: (direction, minus) = (nil, nil)
      }
    }
  }

  /// One prompt.
  public struct Prompt: Sendable, Encodable {
    /// The prompt as given.
    public let text: String
    /// The tokens that the model read, sentinels and chat frame included.
    public let tokens: [Token]
    /// The likeliest next tokens before the interventions, then those that only come after them.
    public let next: [Change]
    /// The answer's first token.
    public let answer: Followed?
    /// The other continuation's first token.
    public let against: Followed?
    /// logit(answer) − logit(against)
    public let logitDifference: Difference?
    /// KL(before ‖ after) in nats; nil without interventions.
    public let divergence: Double?
    /// What comes after the prompt; nil when nothing was generated.
    public let generated: Generated?
  }

  /// What comes after a prompt, before and after the interventions.
  public struct Generated: Sendable, Encodable {
    /// In the plain run.
    public let before: Continuation
    /// With the interventions; nil without any.
    public let after: Continuation?
  }

  /// A generated text.
  public struct Continuation: Sendable, Encodable {
    /// The text that the tokens add to the prompt, special tokens left out.
    public let text: String
    /// stopToken, maxTokens, contextFull
    public let ending: String
    /// The tokens; a stop token is the last of them.
    public let tokens: [GeneratedToken]
  }

  /// A generated token.
  public struct GeneratedToken: Sendable, Encodable {
    /// The token.
    public let token: Token
    /// ln p under the model, interventions included and before any filter of sampling, in nats.
    public let logProbability: Double
  }

  /// A token of the vocabulary.
  public struct Token: Sendable, Encodable, Equatable {
    /// Its id.
    public let id: Int
    /// The text that it adds to a sequence; as the vocabulary spells it when it is not a whole character.
    public let text: String

    init(_ id: Int, _ tokenizer: Tokenizer) { (self.id, text) = (id, tokenizer.text(of: id)) }
  }

  /// A continuation whose first token is followed.
  public struct Followed: Sendable, Encodable {
    /// The continuation as given.
    public let text: String
    /// How many tokens it has: the first of them is followed.
    public let tokenCount: Int
    /// That token.
    public let change: Change
  }

  /// One token's place among the next tokens.
  public struct State: Sendable, Encodable {
    /// 1 for the likeliest.
    public let rank: Int
    /// The model's score.
    public let logit: Double
    /// ln p, in nats
    public let logProbability: Double
    /// p
    public let probability: Double
  }

  /// A next token before and after the interventions.
  public struct Change: Sendable, Encodable {
    /// The token.
    public let token: Token
    /// In the plain run.
    public let before: State
    /// With the interventions; nil without any.
    public let after: State?
    /// ln p(after) − ln p(before), in nats
    public let effect: Double?
  }

  /// A difference of logits before and after the interventions.
  public struct Difference: Sendable, Encodable {
    /// In the plain run.
    public let before: Double
    /// With the interventions; nil without any.
    public let after: Double?
    /// after − before
    public let effect: Double?
  }
}
