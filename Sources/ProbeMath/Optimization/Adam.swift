import CKernels
import Foundation

/// Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019), over one block of parameters:
///
///     m ← β₁m + (1 − β₁)g,   v ← β₂v + (1 − β₂)g²
///     θ ← θ − rate · (m̂ / (√v̂ + ε) + decay · θ)
///
/// with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ).
///
/// A step is ``step(_:_:decay:penalised:)``; or ``advance()``, then ``update(_:_:range:)`` on ranges that make up the
/// parameters: threads may update ranges that do not overlap.
public struct Adam {
  private static let (beta1, beta2): (Float, Float) = (0.9, 0.999)
  private static let epsilon: Float = 1e-8

  /// Step size.
  public var rate: Float
  private let first: FloatBuffer
  private let second: FloatBuffer
  private var steps = 0
  private var correction: Float = 1
  private var inverseRoot: Float = 1

  /// Moments of zero for `parameterCount` parameters.
  public init(parameterCount: Int, rate: Float) {
    self.rate = rate
    first = FloatBuffer(count: parameterCount)
    second = FloatBuffer(count: parameterCount)
  }

  /// Begins the next step.
  public mutating func advance() {
    steps += 1
    correction = 1 / (1 - pow(Self.beta1, Float(steps)))
    inverseRoot = 1 / (1 - pow(Self.beta2, Float(steps))).squareRoot()
  }

  /// Moves the parameters of `range` down their gradient; both pointers are those of the whole block.
  public func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, range: Range<Int>
  ) {
    precondition(range.upperBound <= first.count, "Adam: \(range) of \(first.count) parameters")
    let start = range.lowerBound
    probe_adam(
      parameters + start, gradient + start, first.pointer + start, second.pointer + start, range.count,
      Self.beta1, Self.beta2, rate * correction, inverseRoot, Self.epsilon)
  }

  /// One step of all parameters; those of `penalised` shrink by rate · `decay` first.
  public mutating func step(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, decay: Float,
    penalised: [Range<Int>]
  ) {
    advance()
    for range in penalised { probe_scale(parameters + range.lowerBound, 1 - rate * decay, range.count) }
    update(parameters, gradient, range: 0..<first.count)
  }
}
