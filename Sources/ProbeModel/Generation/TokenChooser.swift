import CKernels
import ProbeMath

/// Chooses tokens from rows of logits, one stream of randomness a prompt.
struct TokenChooser {
  private let choice: Generation.Choice
  private var streams: [RandomStream]

  init(_ choice: Generation.Choice, prompts: Int) {
    self.choice = choice
    switch choice {
    case .greedy: streams = []
    case .sampled(let sampling):
      streams = (0..<prompts).map { RandomStream(seed: sampling.seed, "generation", String($0)) }
    }
  }

  /// A token for prompt `prompt`, and its ln p under the model: before any filter.
  ///
  /// - Throws: ``ModelError`` `.nonFinite` when no token can be chosen: a NaN, +∞, or nothing but −∞.
  mutating func choose(
    _ logits: UnsafeMutableBufferPointer<Float>, prompt: Int
  ) throws(ModelError) -> (token: Int, logProbability: Double) {
    guard let best = Self.highest(logits), let base = logits.baseAddress else {
      throw ModelError(
        .nonFinite, at: "logits of prompt \(prompt)", "NaN, +∞ or nothing but −∞: no token can be chosen",
        advice: "`probe doctor` looks for where such values begin; a hook may have written them")
    }
    let token: Int
    switch choice {
    case .greedy: token = best
    case .sampled(let sampling):
      var row = Array(logits)
      for filter in sampling.filters { filter.apply(to: &row) }
      token = Self.draw(row, &streams[prompt])
    }
    return (token, Double(logits[token] - probe_log_sum_exp(base, logits.count)))
  }

  /// The first index of the highest value; nil when a value is NaN or +∞, or none is finite.
  private static func highest(_ logits: UnsafeMutableBufferPointer<Float>) -> Int? {
    var (best, value) = (0, -Float.infinity)
    for (index, logit) in logits.enumerated() {
      guard logit < .infinity else { return nil }
      if logit > value { (best, value) = (index, logit) }
    }
    return value > -.infinity ? best : nil
  }

  /// Draws from the softmax of `logits`: the first token at which the sum of probabilities passes a uniform number.
  static func draw(_ logits: [Float], _ stream: inout RandomStream) -> Int {
    let probabilities = TokenFilter.weights(logits)
    let threshold = stream.uniform() * probabilities.reduce(0, +)
    var (sum, last) = (0.0, 0)
    for (token, probability) in probabilities.enumerated() where probability > 0 {
      sum += probability
      last = token
      if sum > threshold { break }
    }
    return last
  }
}
