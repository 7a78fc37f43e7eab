/// Lets a model go on from prompts, token by token, with hooks at work in every step.
///
/// ```swift
/// let generator = try Generator(model, Generation(maxTokens: 20, stopTokens: model.stopTokens()))
/// let found = try generator.generate([prompt], in: model.makeWorkspace())
/// ```
///
/// Prompts of different lengths go through together without padding. Sequence s of a step's batch is always prompt
/// s: it is empty once that prompt is done.
///
/// Keys and values of earlier tokens are kept, so that a step runs the newest token alone; what is generated is the
/// same, token for token, as without. A hook then sees each row once, in the step that runs it
/// (``TokenBatch/positions(of:)`` says where it stands).
public struct Generator: Sendable {
  /// The model that goes on.
  public let model: HookedTransformer
  /// How tokens are chosen, and when to stop.
  public let settings: Generation
  /// Whether keys and values are kept. They cannot be where rotary frequencies depend on the length of the sequence
  /// (dynamic and long-context scalings), which one more token changes for all before: there every step runs all.
  public let usesCache: Bool

  /// What was generated for one prompt.
  public struct Continuation: Sendable, Equatable {
    /// The generated tokens; a stop token is the last of them.
    public fileprivate(set) var tokens: [Int] = []
    /// ln p of each of them under the model, before any filter, in nats.
    public fileprivate(set) var logProbabilities: [Double] = []
    /// Why it ends there.
    public fileprivate(set) var ending = Ending.maxTokens
  }

  /// Why a continuation ends.
  public enum Ending: String, Sendable {
    /// A stop token was chosen.
    case stopToken
    /// As many tokens as were asked for.
    case maxTokens
    /// The context is full.
    case contextFull
  }

  /// A generator for a causal model.
  ///
  /// - Parameter usesCache: whether keys and values are kept where they can be.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a causal language-model head.
  public init(
    _ model: HookedTransformer, _ settings: Generation, usesCache: Bool = true
  ) throws(ModelError) {
    try model.requireCausalHead(for: Self.purpose)
    (self.model, self.settings) = (model, settings)
    self.usesCache = usesCache && model.reasonAgainstCache == nil
  }

  private static let purpose = "generated tokens"

  /// Goes on from each prompt.
  ///
  /// - Parameters:
  ///   - prompts: token ids, each at least one.
  ///   - hooks: interventions, at work in every step.
  ///   - workspace: scratch memory of this thread.
  ///   - onToken: told of every token as it is chosen, with the prompt's index.
  /// - Throws: ``ModelError`` `.badInput` for a prompt without tokens, with a token outside the vocabulary or beyond
  ///   the context, `.nonFinite` for logits that nothing can be chosen from; and what a hook or `onToken` throws.
  public func generate(
    _ prompts: [[Int]], hooks: [Hook] = [], in workspace: Workspace,
    onToken: ((_ prompt: Int, _ token: Int) throws -> Void)? = nil
  ) throws -> [Continuation] {
    for (index, prompt) in prompts.enumerated() where prompt.isEmpty {
      throw ModelError(
        .badInput, at: "prompt \(index)", "has no tokens: there is nothing to go on from",
        advice: "Begin with the beginning-of-sequence token")
    }
    let reader = try VocabularyReader(causal: model, for: Self.purpose, in: workspace)
    let cache = usesCache ? try model.makeCache(sequences: prompts.count) : nil
    var chooser = TokenChooser(settings.choice, prompts: prompts.count)
    var found = prompts.map { _ in Continuation() }
    var active = settings.maxTokens > 0 ? Array(prompts.indices) : []
    while !active.isEmpty {
      var unread = [[Int]](repeating: [], count: prompts.count)
      for index in active {
        unread[index] = Array((prompts[index] + found[index].tokens).dropFirst(cache?.lengths[index] ?? 0))
      }
      let batch = TokenBatch(unread, from: cache?.lengths)
      let rows = active.map { batch.rows(of: $0).upperBound - 1 }
      try reader.eachRow(rows, of: batch, hooks: hooks, continuing: cache) {
        let prompt = active[$0]
        let (token, logProbability) = try chooser.choose($1, prompt: prompt)
        found[prompt].tokens.append(token)
        found[prompt].logProbabilities.append(logProbability)
        try onToken?(prompt, token)
      }
      active = active.filter { index in
        guard let ending = ending(of: found[index].tokens, after: prompts[index].count) else { return true }
        found[index].ending = ending
        return false
      }
    }
    return found
  }

  /// Why a continuation is over; nil while it goes on.
  private func ending(of tokens: [Int], after prompt: Int) -> Ending? {
    if let last = tokens.last, settings.stopTokens.contains(last) { return .stopToken }
    if tokens.count >= settings.maxTokens { return .maxTokens }
    return prompt + tokens.count > model.config.nContext ? .contextFull : nil
  }
}
