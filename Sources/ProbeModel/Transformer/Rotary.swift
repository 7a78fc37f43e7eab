import Glibc

/// Rotary positions: the pair i of a query or key turns by the angle position · f[i], f[i] = θ^(−2i/dimensions).
///
/// References: Su et al. 2021 (arXiv:2104.09864); the scalings at ``Scaling``.
public struct Rotary: Sendable, Equatable {
  /// θ
  public var theta: Float
  /// How many of a head's dimensions turn, from the first on.
  public var dimensions: Int
  /// Which dimensions make a pair.
  public var pairs: Pairs = .halves
  /// How the frequencies are stretched for longer contexts.
  public var scaling: Scaling = .none

  /// Which dimensions make a pair.
  public enum Pairs: String, Sendable, CaseIterable {
    /// (i, i + dimensions/2)
    case halves
    /// (2i, 2i + 1)
    case neighbours
  }

  /// How the frequencies are stretched for longer contexts.
  public enum Scaling: Sendable, Equatable {
    case none
    /// f / factor. Reference: Chen et al. 2023 (arXiv:2306.15595).
    case linear(factor: Float)
    /// θ grows with sequences longer than `trained` tokens ("NTK-aware").
    case dynamic(factor: Float, trained: Int)
    /// Low frequencies are divided, high ones kept, and those between blended (Llama 3.1).
    case llama3(factor: Float, low: Float, high: Float, trained: Int)
    /// Interpolated below and extrapolated above a ramp. Reference: Peng et al. 2023 (arXiv:2309.00071).
    case yarn(Yarn)
    /// Each frequency has its own divisor, one set up to `trained` tokens and one beyond.
    /// Reference: Ding et al. 2024 (arXiv:2402.13753).
    case long(short: [Float], long: [Float], trained: Int, amplitude: Float)
    /// Each frequency has its own divisor (GGUF's `rope_freqs`).
    case divided(by: [Float])
  }

  /// The parameters of YaRN.
  public struct Yarn: Sendable, Equatable {
    /// How many times the trained context the stretched one is.
    public var factor: Float
    /// Context of the training.
    public var trained: Int
    /// Turns over the trained context above which a frequency is kept.
    public var fast: Float = 32
    /// Turns below which it is divided by the factor.
    public var slow: Float = 1
    /// Whether the ends of the ramp are rounded to whole pairs.
    public var rounds = true
    /// What cosine and sine are multiplied by.
    public var amplitude: Float
  }

  /// Sequences with the same key turn by the same frequencies: only two scalings ask for a sequence's length.
  func frequencyKey(length: Int) -> Int {
    switch scaling {
    case .dynamic(_, let trained): max(length, trained)
    case .long(_, _, let trained, _): length > trained ? 1 : 0
    case .none, .linear, .llama3, .yarn, .divided: 0
    }
  }

  /// Whether sequences of different lengths may turn by different frequencies.
  var dependsOnLength: Bool {
    switch scaling {
    case .dynamic, .long: true
    case .none, .linear, .llama3, .yarn, .divided: false
    }
  }

  /// What cosine and sine are multiplied by.
  var amplitude: Float {
    switch scaling {
    case .yarn(let yarn): yarn.amplitude
    case .long(_, _, _, let amplitude): amplitude
    case .none, .linear, .dynamic, .llama3, .divided: 1
    }
  }

  /// f[i], i < dimensions/2, for a sequence of `length` tokens.
  ///
  /// Computed in float32 step by step as the reference implementations do: at position 8,000 a frequency's rounding is
  /// worth 5e-4, so "more exact" here would be less equal.
  func frequencies(length: Int) -> [Float] {
    let plain = Self.plain(theta: theta, dimensions: dimensions)
    switch scaling {
    case .none: return plain
    case .linear(let factor): return plain.map { $0 / factor }
    case .dynamic(let factor, let trained):
      let length = Float(max(length, trained))
      let growth = factor * length / Float(trained) - (factor - 1)
      return Self.plain(
        theta: theta * powf(growth, Float(dimensions) / Float(dimensions - 2)), dimensions: dimensions)
    case .llama3(let factor, let low, let high, let trained):
      return plain.map { Self.llama3($0, factor, low, high, Float(trained)) }
    case .yarn(let yarn):
      return yarn.frequencies(theta: theta, powers: Self.powers(theta: theta, dimensions: dimensions))
    case .long(let short, let long, let trained, _):
      let powers = Self.powers(theta: theta, dimensions: dimensions)
      return zip(powers, length > trained ? long : short).map { 1 / ($1 * $0) }
    case .divided(let divisors): return zip(plain, divisors).map { $0 / $1 }
    }
  }

  /// θ^(2i/dimensions)
  private static func powers(theta: Float, dimensions: Int) -> [Float] {
    (0..<dimensions / 2).map { powf(theta, Float(2 * $0) / Float(dimensions)) }
  }

  private static func plain(theta: Float, dimensions: Int) -> [Float] {
    powers(theta: theta, dimensions: dimensions).map { 1 / $0 }
  }

  private static func llama3(
    _ frequency: Float, _ factor: Float, _ low: Float, _ high: Float, _ trained: Float
  ) -> Float {
    let wavelength = 2 * Float.pi / frequency
    if wavelength < trained / high { return frequency }
    if wavelength > trained / low { return frequency / factor }
    let blend = (trained / wavelength - low) / (high - low)
    return (1 - blend) * frequency / factor + blend * frequency
  }
}

extension Rotary.Yarn {
  fileprivate func frequencies(theta: Float, powers: [Float]) -> [Float] {
    let dimensions = 2 * powers.count
    /// The pair that makes `turns` turns over the trained context.
    func pair(_ turns: Float) -> Double {
      Double(dimensions) * log(Double(trained) / (Double(turns) * 2 * .pi)) / (2 * log(Double(theta)))
    }
    var (low, high) = (pair(fast), pair(slow))
    if rounds { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Double(dimensions - 1)))
    if low == high { high += 0.001 }
    return powers.enumerated().map { index, power in
      let ramp = min(1, max(0, (Float(index) - Float(low)) / Float(high - low)))
      return 1 / (factor * power) * ramp + 1 / power * (1 - ramp)
    }
  }
}
