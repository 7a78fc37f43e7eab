/// How text is generated: how each token is chosen, and when to stop.
public struct Generation: Sendable, Equatable {
  /// How each token is chosen.
  public var choice: Choice
  /// At most this many tokens a prompt.
  public var maxTokens: Int
  /// Tokens after which a prompt is done; they are part of what was generated.
  public var stopTokens: Set<Int>

  /// How a token is chosen from a row of logits.
  public enum Choice: Sendable, Equatable {
    /// The highest logit; of equal ones the lowest id.
    case greedy
    /// Drawn from the softmax of what the filters leave.
    case sampled(Sampling)
  }

  /// Settings, greedy unless said otherwise.
  ///
  /// - Precondition: `maxTokens` is not negative.
  public init(_ choice: Choice = .greedy, maxTokens: Int, stopTokens: Set<Int> = []) {
    precondition(maxTokens >= 0, "Generation: \(maxTokens) tokens")
    (self.choice, self.maxTokens, self.stopTokens) = (choice, maxTokens, stopTokens)
  }
}

/// How tokens are drawn.
public struct Sampling: Sendable, Equatable {
  /// What happens to the logits before one is drawn, in this order.
  public let filters: [TokenFilter]
  /// Every prompt draws from a stream of its own, named after its place among the prompts: what is drawn for one
  /// depends on no other.
  public let seed: UInt64

  /// Draws with the filters that are given, in the order of Hugging Face transformers: temperature, top-k, top-p,
  /// typical.
  ///
  /// - Parameters:
  ///   - temperature: T > 0.
  ///   - topK: k ≥ 1; nil for all tokens.
  ///   - topP: 0 < p ≤ 1; nil for all tokens.
  ///   - typical: 0 < τ ≤ 1; nil for all tokens.
  /// - Throws: ``ModelError`` `.badValue` for a value outside its range.
  public init(
    temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, typical: Double? = nil, seed: UInt64
  ) throws(ModelError) {
    func check(
      _ value: some CustomStringConvertible, _ name: String, _ range: String, _ fits: Bool
    ) throws(ModelError) {
      guard fits else { throw ModelError(.badValue, at: name, "expected \(range), found \(value)") }
    }
    try check(
      temperature, "temperature", "a finite number above 0", temperature > 0 && temperature.isFinite)
    try check(topK ?? 1, "top-k", "1 or more", topK ?? 1 >= 1)
    try check(topP ?? 1, "top-p", "a number above 0, at most 1", topP ?? 1 > 0 && topP ?? 1 <= 1)
    try check(typical ?? 1, "typical", "a number above 0, at most 1", typical ?? 1 > 0 && typical ?? 1 <= 1)
    var filters: [TokenFilter] = []
    if temperature != 1 { filters.append(.temperature(temperature)) }
    if let topK { filters.append(.topK(topK)) }
    // Of all the mass nothing is taken away.
    if let topP, topP < 1 { filters.append(.topP(topP)) }
    if let typical, typical < 1 { filters.append(.typical(typical)) }
    (self.filters, self.seed) = (filters, seed)
  }
}
