import ProbeModel

/// Lets prompts go on, once as they are and once with interventions.
struct PromptGeneration {
  private let generator: Generator
  private let tokenizer: Tokenizer

  /// - Throws: ``ModelError`` for a model that generates nothing, or whose stop tokens cannot be read.
  init(_ model: HookedTransformer, _ settings: Generation, _ tokenizer: Tokenizer) throws(ModelError) {
    var settings = settings
    settings.stopTokens.formUnion(try model.stopTokens())
    generator = try Generator(model, settings)
    self.tokenizer = tokenizer
  }

  /// What comes after each prompt. Both times the random streams are the same: without an effect of the interventions
  /// the same tokens are drawn.
  ///
  /// - Throws: ``SpecError`` `.notApplicable` for activations of a source where every step runs all tokens anew; and what
  ///   generating throws.
  func outcomes(
    of prompts: TokenBatch, hooks: [Hook], interventions: [Intervention], in workspace: Workspace
  ) throws -> [PromptRun.Outcome.Generated] {
    if let intervention = interventions.first(where: { $0.needsSource }), !generator.usesCache {
      throw SpecError(
        .notApplicable, at: generator.model.name,
        "\(intervention.name) does not act while tokens are generated: this model's rotary frequencies depend on "
          + "the length, so every step runs all tokens, and the source has fewer",
        advice: "Look at the next token, without generating")
    }
    let ids = (0..<prompts.sequenceCount).map { prompts.sequence($0) }
    let before = try generator.generate(ids, in: workspace)
    let after = try interventions.isEmpty ? nil : generator.generate(ids, hooks: hooks, in: workspace)
    return try ids.indices.map { index in
      try PromptRun.Outcome.Generated(
        before: continuation(before[index], after: ids[index]),
        after: after.map { try continuation($0[index], after: ids[index]) })
    }
  }

  private func continuation(
    _ found: Generator.Continuation, after prompt: [Int]
  ) throws -> PromptRun.Outcome.Continuation {
    PromptRun.Outcome.Continuation(
      text: try tokenizer.text(of: found.tokens, after: prompt), ending: found.ending.rawValue,
      tokens: zip(found.tokens, found.logProbabilities).map {
        PromptRun.Outcome.GeneratedToken(token: PromptRun.Outcome.Token($0, tokenizer), logProbability: $1)
      })
  }
}
