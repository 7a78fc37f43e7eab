import CKernels
import Foundation
import ProbeMath
import Testing

/// Kernels that scale, clamp and cap in place, against their closed forms in Double.
@Suite struct CapKernelTests {
  private static let inputs: [Float] =
    (-3000...3000).map { Float($0) / 40 }
    + (-30...5).flatMap { [Float(sign: .plus, exponent: $0, significand: 1.3)] }
    + [0, -0.0, .infinity, -.infinity, 1e30, -1e30]

  private func apply(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) -> [Float] {
    var x = Self.inputs
    x.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base, $0.count) } }
    return x
  }

  @Test(arguments: [(1, 30), (0.125, 50), (1, 0.5)] as [(Float, Float)])
  func aSoftCapIsAScaledTanh(_ scale: Float, _ cap: Float) {
    for (x, found) in zip(Self.inputs, apply { probe_soft_cap($0, $1, scale, cap) }) {
      let argument = Double(x) * Double(scale) / Double(cap)
      // The header's promise, 2e-7 of tanh; for small arguments the series is relative: tanh(x) ≈ x within 4 ulp.
      let tolerance = Double(cap) * 2e-7 * max(min(1, abs(argument) * 3), 1e-30)
      #expect(abs(Double(found) - Double(cap) * tanh(argument)) <= tolerance, "\(x)")
    }
    #expect(apply { probe_soft_cap($0, $1, 1, 30) }.allSatisfy { abs($0) <= 30 })
    var nan = Float.nan
    probe_soft_cap(&nan, 1, 1, 30)
    #expect(nan.isNaN)
  }

  @Test func clampingKeepsWhatIsInside() {
    for (x, found) in zip(Self.inputs, apply { probe_clamp($0, $1, 7.5) }) {
      #expect(found == min(max(x, -7.5), 7.5), "\(x)")
    }
    var nan = Float.nan
    probe_clamp(&nan, 1, 7.5)
    #expect(nan.isNaN)
  }

  @Test func scalingIsOneProduct() {
    for (x, found) in zip(Self.inputs, apply { probe_scale($0, 1.7, $1) }) { #expect(found == x * 1.7) }
  }

  /// The pair (2i, 2i + 1) turns as (i, i + n/2) does in the other convention.
  @Test(arguments: [8, 4])
  func neighboursTurnAsHalvesDo(_ rotary: Int) {
    var random = RandomStream(seed: 8, "neighbours")
    let (heads, width, positions) = (2, 8, [Int32(0), 3, 17])
    let half = rotary / 2
    let angles = (0..<20 * half).map { _ in random.normal() }
    let (cosine, sine) = (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
    let x = (0..<positions.count * heads * width).map { _ in Float(random.normal()) }
    func order(_ values: [Float]) -> [Float] {
      values.indices.map { index in
        let (start, inside) = (index / width * width, index % width)
        guard inside < rotary else { return values[index] }
        return values[start + (inside < half ? 2 * inside : 2 * (inside - half) + 1)]
      }
    }
    var neighbours = [Float](repeating: .nan, count: x.count)
    var halves = neighbours
    probe_rotary_neighbours(x, &neighbours, cosine, sine, positions, positions.count, heads, width, rotary)
    probe_rotary(order(x), &halves, cosine, sine, positions, positions.count, heads, width, rotary)
    // The same products and sums of the same numbers; contraction into a fused product may differ by an ulp.
    for (a, b) in zip(order(neighbours), halves) { #expect(abs(a - b) <= 3e-7 * max(1, abs(b))) }
  }
}
