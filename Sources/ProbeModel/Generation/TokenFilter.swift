import Foundation

/// A step between a model's scores over the vocabulary and the distribution that a token is drawn from.
///
/// A pure function of a row of logits: it rescales them, or takes tokens out by setting their logit to −∞. What is left
/// is drawn from by its softmax. At least one token always stays.
///
/// Ties and edge values are those of Hugging Face transformers' `LogitsWarper`s; sums run in double precision here, so
/// that a threshold that falls between two tokens within float32 rounding may be decided otherwise.
public enum TokenFilter: Sendable, Equatable {
  /// (logits − highest) / T: the distribution of logits / T, and no overflow near T = 0.
  case temperature(Double)
  /// Keeps the k highest logits, and what equals the k-th.
  case topK(Int)
  /// Keeps the likeliest tokens until their mass reaches p; of equal ones the higher id is the first to be kept.
  /// Reference: Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020 (nucleus sampling).
  case topP(Double)
  /// Keeps the tokens whose surprisal −ln p is nearest the distribution's entropy until their mass reaches τ, and what
  /// is as near as the last of them. Reference: Meister et al., "Locally Typical Sampling", 2023 (arXiv:2202.00666).
  case typical(Double)

  /// Applies the step to a row of logits, −∞ standing for tokens that are out already.
  ///
  /// - Precondition: some logit is finite and none is NaN or +∞; T > 0, k ≥ 1, p and τ above 0 and at most 1.
  public func apply(to logits: inout [Float]) {
    switch self {
    case .temperature(let temperature):
      precondition(temperature > 0, "TokenFilter: a temperature of \(temperature)")
      let top = Double(logits.max() ?? 0)
      for index in logits.indices { logits[index] = Float((Double(logits[index]) - top) / temperature) }
    case .topK(let count):
      precondition(count > 0, "TokenFilter: the \(count) highest logits")
      Self.keepHighest(count, of: &logits)
    case .topP(let mass):
      precondition(mass > 0 && mass <= 1, "TokenFilter: a mass of \(mass)")
      Self.keepNucleus(mass, of: &logits)
    case .typical(let mass):
      precondition(mass > 0 && mass <= 1, "TokenFilter: a mass of \(mass)")
      Self.keepTypical(mass, of: &logits)
    }
  }

  /// exp(logit − highest): the softmax before it is divided by its sum.
  static func weights(_ logits: [Float]) -> [Double] {
    let top = Double(logits.max() ?? 0)
    return logits.map { exp(Double($0) - top) }
  }

  /// The softmax, in double precision.
  private static func probabilities(_ logits: [Float]) -> [Double] {
    let weights = weights(logits)
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private static func keepHighest(_ count: Int, of logits: inout [Float]) {
    guard count < logits.count else { return }
    let last = highest(count, of: logits)
    for index in logits.indices where logits[index] < last { logits[index] = -.infinity }
  }

  /// The `count`-th highest value, by quickselect (Hoare 1961): a vocabulary need not be sorted for it.
  private static func highest(_ count: Int, of values: [Float]) -> Float {
    let wanted = count - 1
    var (values, range) = (values, values.indices)
    while true {
      let pivot = values[range.lowerBound + range.count / 2]
      // Above the pivot first, then its equals.
      let above = values[range].partition { $0 <= pivot }
      let equal = values[above..<range.upperBound].partition { $0 < pivot }
      if wanted < above {
        range = range.lowerBound..<above
      } else if wanted < equal {
        return pivot
      } else {
        range = equal..<range.upperBound
      }
    }
  }

  private static func keepNucleus(_ mass: Double, of logits: inout [Float]) {
    let probabilities = probabilities(logits)
    // Tokens that could not fill 1 − p if all were as small are out at once: few are left to be sorted. Half of it,
    // so that rounding never takes the largest of equal ones.
    let negligible = (1 - mass) / Double(2 * logits.count)
    var sum = 0.0
    var rest: [Int] = []
    for index in logits.indices {
      if probabilities[index] < negligible {
        sum += probabilities[index]
        logits[index] = -.infinity
      } else if logits[index] > -.infinity {
        rest.append(index)
      }
    }
    // Upwards, so that what falls below 1 − p is summed before larger terms round it away.
    rest.sort { (logits[$0], $0) < (logits[$1], $1) }
    for index in rest.dropLast() {
      sum += probabilities[index]
      guard sum <= 1 - mass else { return }
      logits[index] = -.infinity
    }
  }

  private static func keepTypical(_ mass: Double, of logits: inout [Float]) {
    let probabilities = probabilities(logits)
    let top = probabilities.max() ?? 1
    let best = Double(logits.max() ?? 0)
    // From the logits: the logarithm of a probability that underflows is lost.
    let surprisals = logits.map { best - Double($0) - log(top) }
    let entropy = zip(probabilities, surprisals).reduce(0.0) { $1.0 > 0 ? $0 + $1.0 * $1.1 : $0 }
    let distances = surprisals.map { abs($0 - entropy) }
    let order = logits.indices.filter { logits[$0] > -.infinity }
      .sorted { (distances[$0], $0) < (distances[$1], $1) }
    var sum = 0.0
    let last = order.first { index in
      sum += probabilities[index]
      return sum >= mass
    }
    guard let last else { return }
    for index in logits.indices where distances[index] > distances[last] { logits[index] = -.infinity }
  }
}
