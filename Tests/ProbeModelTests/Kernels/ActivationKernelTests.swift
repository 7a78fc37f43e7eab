import CKernels
import Foundation
import ProbeMath
import Testing

/// Elementwise kernels against their closed forms in Double.
@Suite struct ActivationKernelTests {
  /// Every magnitude of both signs, a dense middle, and random values; lengths that end inside a vector.
  static let inputs: [Float] = {
    var random = RandomStream(seed: 5, "activations")
    let powers = (-40...6).flatMap {
      [
        Float(sign: .plus, exponent: $0, significand: 1.37),
        -Float(sign: .plus, exponent: $0, significand: 1.37),
      ]
    }
    let dense = (-4000...4000).map { Float($0) / 250 }
    return powers + dense + (0..<3000).map { _ in Float(random.normal() * 4) } + [
      0, -0.0, 87, -87, 88, 30, -30,
    ]
  }()

  typealias Kernel = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

  private func apply(_ kernel: Kernel, _ x: [Float]) -> [Float] {
    var out = [Float](repeating: .nan, count: x.count)
    x.withUnsafeBufferPointer { x in
      out.withUnsafeMutableBufferPointer { out in
        if let from = x.baseAddress, let to = out.baseAddress { kernel(from, to, x.count) }
      }
    }
    return out
  }

  /// The largest |found − expected| / scale(expected), and where.
  private func worst(
    _ kernel: Kernel, _ inputs: [Float], _ exact: (Double) -> Double, scale: (Double) -> Double
  ) -> (error: Double, at: Float) {
    zip(inputs, apply(kernel, inputs)).map { input, found in
      let expected = exact(Double(input))
      return (abs(Double(found) - expected) / scale(expected), input)
    }.max { $0.0 < $1.0 } ?? (.infinity, 0)
  }

  private let ulp = 0x1p-23

  @Test func exponentialIsWithinTwoUlp() {
    let inputs = Self.inputs + (0..<20_000).map { Float(-87 + 175 * Double($0) / 20_000) }
    let (error, at) = worst(probe_exp, inputs.filter { $0 >= -87 && $0 <= 88 }, { exp($0) }, scale: { $0 })
    // 2 ulp of the header's promise; one ulp is at most 2^-23 of the value.
    #expect(error <= 2 * ulp, "at \(at)")
  }

  @Test func exponentialSaturatesAndKeepsNaN() {
    let found = apply(probe_exp, [1000, .infinity, .greatestFiniteMagnitude, -1000, -.infinity, .nan])
    for value in found[0..<3] { #expect(value > 3e38 && value.isFinite) }
    for value in found[3..<5] { #expect(value >= 0 && value < 2e-38) }
    #expect(found[5].isNaN)
  }

  @Test func siluEqualsItsFormula() {
    // x · 1/(1 + e^−x): exp within 2 ulp, one sum, one quotient: 4 ulp of the result.
    let (error, at) = worst(probe_silu, Self.inputs, { $0 / (1 + exp(-$0)) }, scale: { max(abs($0), 1e-37) })
    #expect(error <= 4 * ulp, "at \(at)")
  }

  @Test func exactGeluEqualsItsFormula() {
    // erf within 1.5e-7 (Abramowitz & Stegun 7.1.26) and its float32 evaluation within 3 ulp of 1, times |x|/2.
    for (input, found) in zip(Self.inputs, apply(probe_gelu_erf, Self.inputs)) {
      let x = Double(input)
      let error = abs(Double(found) - x * 0.5 * erfc(-x / 2.0.squareRoot()))
      let allowed = abs(x) / 2 * (1.5e-7 + 3 * ulp) + ulp * abs(x)
      if error > allowed { Issue.record("\(input): \(found), off by \(error)") }
    }
  }

  @Test func tanhGeluEqualsItsFormula() {
    // x · sigmoid(2u) is ½x(1 + tanh u). The argument 2u has a relative error of 3 ulp, so its exponential one of
    // 2u · 3 ulp; it counts only while the sigmoid is not yet 0 or 1.
    let c = (2 / Double.pi).squareRoot()
    for (input, found) in zip(Self.inputs, apply(probe_gelu_tanh, Self.inputs)) {
      let x = Double(input)
      let u = c * (x + 0.044715 * x * x * x)
      let expected = x / (1 + exp(-2 * u))
      let allowed = abs(expected) * (6 + 3 * abs(2 * u)) * ulp + 1e-37 * abs(x)
      if abs(u) < 40, abs(Double(found) - expected) > allowed {
        Issue.record("\(input): \(found) ≠ \(expected)")
      }
      if abs(u) >= 40, abs(Double(found) - (x > 0 ? x : 0)) > 1e-30 { Issue.record("\(input): \(found)") }
    }
  }

  @Test func reluIsExact() {
    #expect(apply(probe_relu, Self.inputs) == Self.inputs.map { max($0, 0) })
  }

  @Test(arguments: 0...70)
  func everyLengthIsHandled(_ count: Int) {
    let (x, guardValue) = (Array(Self.inputs.suffix(count)), Float(123))
    for kernel: Kernel in [probe_exp, probe_silu, probe_gelu_erf, probe_gelu_tanh, probe_relu] {
      var out = [Float](repeating: guardValue, count: count + 20)
      x.withUnsafeBufferPointer { x in
        out.withUnsafeMutableBufferPointer { out in
          if let from = x.baseAddress, let to = out.baseAddress { kernel(from, to, count) }
        }
      }
      #expect(out.suffix(20).allSatisfy { $0 == guardValue }, "wrote beyond \(count) values")
      // One value alone and in a vector: the same formula, which a machine with fused products may round otherwise.
      for (index, value) in x.enumerated() {
        let alone = apply(kernel, [value])[0]
        if abs(alone - out[index]) > 1e-6 * max(1, abs(alone)) {
          Issue.record("\(value): \(alone) ≠ \(out[index])")
        }
      }
    }
  }

  @Test func productsAndSumsAreElementwise() {
    let x = Self.inputs.filter { abs($0) < 100 }
    let y = Array(x.reversed())
    var (product, sum, gated) = (x, x, x)
    y.withUnsafeBufferPointer { y in
      guard let right = y.baseAddress else { return }
      for (target, body): (Int, (UnsafeMutablePointer<Float>) -> Void) in [
        (0, { probe_multiply($0, right, $0, x.count) }), (1, { probe_add($0, right, x.count) }),
        (2, { probe_silu_multiply($0, right, $0, x.count) }),
      ] {
        switch target {
        case 0: product.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
        case 1: sum.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
        default: gated.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
        }
      }
    }
    #expect(product == zip(x, y).map { $0 * $1 })
    #expect(sum == zip(x, y).map { $0 + $1 })
    for (index, value) in gated.enumerated() {
      let expected = Double(x[index]) / (1 + exp(-Double(x[index]))) * Double(y[index])
      if abs(Double(value) - expected) > 5 * ulp * abs(expected) + 1e-36 {
        Issue.record("silu(\(x[index])) · \(y[index])")
      }
    }
  }
}
