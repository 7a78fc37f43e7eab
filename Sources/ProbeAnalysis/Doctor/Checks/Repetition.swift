import Foundation
import ProbeMath
import ProbeModel

extension HealthCheck {
  /// Random tokens, then the same again: induction heads make the second pass cheaper. Reference: Olsson et al. 2022,
  /// In-context Learning and Induction Heads (arXiv:2209.11895).
  ///
  /// ok when the mean loss falls by 1 nat or more, to less than guessing evenly costs. A model of one block cannot form induction heads, and random weights have
  /// none: a loss that does not fall is a warning only for a model of several blocks that knows other answers.
  static let repetition = HealthCheck(
    "repetition", claim: "random tokens that repeat are predicted better the second time"
  ) { patient in
    let model = patient.model
    guard model.config.masking == .causal, model.has(HookPoint(.logits)) else {
      return .notApplicable("needs a causal model with a head over the vocabulary")
    }
    let beginning = model.tokenizer?.bosTokenID.map { $0 < model.config.dVocab ? [$0] : [] } ?? []
    let length = min(50, (model.config.nContext - beginning.count) / 2)
    guard length >= 8 else {
      return .notApplicable("the context of \(model.config.nContext) tokens is too short")
    }
    let loss = try RepetitionLoss(model, beginning: beginning, length: length)
    let figures: [CheckResult.Figure] = [
      .init("loss, first time", loss.first, unit: "nats"),
      .init("loss, second time", loss.second, unit: "nats"),
    ]
    let found = "loss \(loss.first.brief) → \(loss.second.brief) nats over \(length) random tokens twice"
    let expected = "a fall of 1 nat or more, below ln dVocab = \(log(Double(model.config.dVocab)).brief)"
    if loss.first - loss.second >= 1, loss.second < log(Double(model.config.dVocab)) {
      return CheckResult(.ok, found: found, expected: expected, figures: figures)
    }
    guard model.config.nLayers > 1, try AnswerScore(model)?.knowsSomething ?? false else {
      return CheckResult(
        .notApplicable, found: "the model does not copy: \(found)", expected: expected,
        advice: "Expected of random weights and of one block", figures: figures)
    }
    return CheckResult(
      .warning, found: found, expected: expected,
      advice:
        "The model knows answers but does not copy: positions may be read wrongly; compare with --reference",
      figures: figures)
  }
}

/// Mean −ln p of random tokens the first and the second time, in nats.
private struct RepetitionLoss {
  let first: Double
  let second: Double

  private static let sequences = 4

  init(_ model: HookedTransformer, beginning: [Int], length: Int) throws {
    var stream = RandomStream(seed: 0, "doctor", "repetition")
    let batch = TokenBatch(
      (0..<Self.sequences).map { _ in
        let tokens = (0..<length).map { _ in stream.index(below: model.config.dVocab) }
        return beginning + tokens + tokens
      })
    // The first token of either pass follows nothing that would tell it.
    let targets = [0, length].flatMap { pass in
      (0..<batch.sequenceCount).flatMap { sequence in
        let start = batch.rows(of: sequence).lowerBound + beginning.count + pass
        return start + 1..<start + length
      }
    }
    let values = try model.logProbabilities(
      of: targets, in: batch, workspace: model.makeWorkspace(threads: availableProcessors))
    func loss(_ values: ArraySlice<Double>) -> Double {
      -values.reduce(0, +) / Double(max(values.count, 1))
    }
    first = loss(values.prefix(values.count / 2))
    second = loss(values.suffix(values.count / 2))
  }
}
