import Foundation
import ProbeMath

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), over one block of parameters:
///
///     m ← β₁m + (1 − β₁)g,   v ← β₂v + (1 − β₂)g²
///     θ ← θ − rate · (m̂ / (√v̂ + ε) + decay · θ)
///
/// with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ); decay on weights alone.
struct AdamW {
  private static let (beta1, beta2): (Float, Float) = (0.9, 0.999)
  private static let epsilon: Float = 1e-8

  private let rate: Float
  private let decay: Float
  private let first: FloatBuffer
  private let second: FloatBuffer
  private var steps = 0

  init(parameterCount: Int, rate: Float, decay: Float) {
    (self.rate, self.decay) = (rate, decay)
    first = FloatBuffer(count: parameterCount)
    second = FloatBuffer(count: parameterCount)
  }

  /// One step; `penalised` are the parameters that decay.
  mutating func step(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, penalised: [Range<Int>]
  ) {
    steps += 1
    for range in penalised {
      let keep = 1 - rate * decay
      for i in range { parameters[i] *= keep }
    }
    let (correction1, correction2) = (1 - pow(Self.beta1, Float(steps)), 1 - pow(Self.beta2, Float(steps)))
    let scale = rate / correction1
    let inverseRoot = 1 / correction2.squareRoot()
    let (m, v) = (first.pointer, second.pointer)
    for i in 0..<first.count {
      let g = gradient[i]
      m[i] = Self.beta1 * m[i] + (1 - Self.beta1) * g
      v[i] = Self.beta2 * v[i] + (1 - Self.beta2) * g * g
      parameters[i] -= scale * m[i] / (v[i].squareRoot() * inverseRoot + Self.epsilon)
    }
  }
}
