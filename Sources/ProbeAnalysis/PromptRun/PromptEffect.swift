import Foundation
import ProbeMath
import ProbeModel

/// The model's distribution over the next token.
struct NextTokenDistribution {
  let logits: [Float]
  /// ln Σ exp(logit)
  let normalizer: Double

  /// - Throws: ``ModelError`` `.nonFinite` when there is no distribution.
  init(_ logits: ArraySlice<Float>, at place: String) throws(ModelError) {
    self.logits = Array(logits)
    guard let largest = logits.max(), logits.allSatisfy({ $0.isFinite }) else {
      throw ModelError(
        .nonFinite, at: place, "the logits are not all finite",
        advice: "After an intervention: take a smaller coefficient or another direction")
    }
    let top = Double(largest)
    normalizer = top + Foundation.log(logits.reduce(0.0) { $0 + Foundation.exp(Double($1) - top) })
  }

  /// ln p
  func logProbability(_ token: Int) -> Double { Double(logits[token]) - normalizer }

  /// The ids of the `count` likeliest tokens, likeliest first; of equals the one with the lower id first.
  func top(_ count: Int) -> [Int] { indicesOfLargest(count, in: logits) }

  /// How many tokens are likelier, and one.
  func rank(_ token: Int) -> Int {
    logits.indices.reduce(1) {
      $0 + (logits[$1] > logits[token] || logits[$1] == logits[token] && $1 < token ? 1 : 0)
    }
  }

  /// Σ p ln(p / q), in nats
  func divergence(to other: NextTokenDistribution) -> Double {
    let sum = logits.indices.reduce(0.0) {
      let own = logProbability($1)
      return $0 + Foundation.exp(own) * (own - other.logProbability($1))
    }
    // Rounding may leave less than nothing of equal distributions.
    return max(0, sum)
  }
}

/// A text whose first token is followed.
struct Continuation {
  let text: String
  let token: PromptRun.Outcome.Token
  let tokenCount: Int
}

/// What interventions did to one prompt's next token.
struct PromptEffect {
  let before: NextTokenDistribution
  /// nil without interventions.
  let after: NextTokenDistribution?

  func outcome(
    prompt: String, tokens: [Int], top: Int, answer: Continuation?, against: Continuation?,
    generated: PromptRun.Outcome.Generated?, _ tokenizer: Tokenizer
  ) -> PromptRun.Outcome.Prompt {
    let first = before.top(top)
    let new = (after?.top(top) ?? []).filter { !first.contains($0) }
    return PromptRun.Outcome.Prompt(
      text: prompt, tokens: tokens.map { PromptRun.Outcome.Token($0, tokenizer) },
      next: (first + new).map { change(PromptRun.Outcome.Token($0, tokenizer)) },
      answer: answer.map(followed), against: against.map(followed),
      logitDifference: answer.flatMap { answer in
        against.map { difference(answer.token.id, $0.token.id) }
      },
      divergence: after.map { before.divergence(to: $0) }, generated: generated)
  }

  private func followed(_ continuation: Continuation) -> PromptRun.Outcome.Followed {
    PromptRun.Outcome.Followed(
      text: continuation.text, tokenCount: continuation.tokenCount, change: change(continuation.token))
  }

  private func change(_ token: PromptRun.Outcome.Token) -> PromptRun.Outcome.Change {
    func state(_ distribution: NextTokenDistribution) -> PromptRun.Outcome.State {
      let logProbability = distribution.logProbability(token.id)
      return PromptRun.Outcome.State(
        rank: distribution.rank(token.id), logit: Double(distribution.logits[token.id]),
        logProbability: logProbability, probability: Foundation.exp(logProbability))
    }
    let (before, after) = (state(before), after.map(state))
    return PromptRun.Outcome.Change(
      token: token, before: before, after: after,
      effect: after.map { $0.logProbability - before.logProbability })
  }

  private func difference(_ answer: Int, _ against: Int) -> PromptRun.Outcome.Difference {
    func difference(_ distribution: NextTokenDistribution) -> Double {
      Double(distribution.logits[answer]) - Double(distribution.logits[against])
    }
    let (before, after) = (difference(before), after.map(difference))
    return PromptRun.Outcome.Difference(before: before, after: after, effect: after.map { $0 - before })
  }
}
