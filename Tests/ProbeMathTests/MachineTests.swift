import CKernels
import ProbeMath
import Testing

/// The measures of speed: that they measure what they say. How fast is nobody's promise here.
@Suite struct MachineTests {
  /// x · ½ + ½ goes to 1 in every lane, and two operations a lane and step were counted: their sum says how many lanes.
  @Test func peakWorkCountsEveryLane() {
    var result: Float = 0
    let operations = probe_peak_work(200, 0.5, 0.5, &result)
    #expect(Double(result) * 2 * 200 == operations)
    #expect(probe_peak_work(400, 0.5, 0.5, &result) == 2 * operations)
  }

  /// After one step x₁ = x₀ · factor + addend with x₀ = addend · 1, 2, 3 …: the sum in closed form.
  @Test func peakWorkIsAMultiplyAndAnAdd() {
    var (lanes, result): (Float, Float) = (0, 0)
    _ = probe_peak_work(100, 0.5, 0.5, &lanes)
    _ = probe_peak_work(1, 0.25, 2, &result)
    // `vectors` vectors of `width` lanes each: 24 of 16, 12 of 8 or 12 of 4.
    let vectors: Float = lanes == 384 ? 24 : 12
    let width = lanes / vectors
    #expect(result == width * (vectors * (vectors + 1) / 2 * 2 * 0.25 + 2 * vectors))
  }

  @Test func ratesArePositiveNumbers() {
    let shape = ProductShape(rows: 3, inputs: 5, outputs: 7)
    #expect(shape.operations == 2 * 3 * 5 * 7)
    let rates = [
      ArithmeticPeak.measure(threads: 2, seconds: 1e-4, rounds: 1),
      ProductRate.blas(shape, seconds: 1e-4, rounds: 1), ProductRate.packed(shape, seconds: 1e-4, rounds: 1),
    ]
    for rate in rates { #expect(rate.isFinite && rate > 0) }
  }

  @Test func theBestOfSeveralRoundsIsTaken() throws {
    var calls = 0
    let rate = ProductRate.best(of: 3, operations: 10) { calls += 1 }
    // One round warms up; with no time to fill, a round is one call.
    #expect(calls == 4 && rate > 0)
  }
}
