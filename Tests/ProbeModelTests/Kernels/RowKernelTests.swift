import CKernels
import Foundation
import ProbeMath
import Testing

/// Softmax, log-sum-exp, norms and rotary positions against their closed forms in Double.
@Suite struct RowKernelTests {
  private func normals(_ count: Int, _ name: String, spread: Double = 1, mean: Double = 0) -> [Float] {
    var random = RandomStream(seed: 9, name)
    return (0..<count).map { _ in Float(mean + spread * random.normal()) }
  }

  private func softmax(_ x: [Float], scale: Float = 1) -> [Float] {
    var x = x
    x.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { probe_softmax(base, $0.count, scale) } }
    return x
  }

  private func softmaxReference(_ x: [Float], scale: Double) -> [Double] {
    let top = (x.max().map { Double($0) } ?? 0) * scale
    let e = x.map { exp(Double($0) * scale - top) }
    let sum = e.reduce(0, +)
    return e.map { $0 / sum }
  }

  @Test(arguments: 1...200)
  func softmaxEqualsItsFormula(_ count: Int) {
    for (spread, mean, scale) in [(1.0, 0.0, Float(1)), (5, 100, 0.125), (30, -1000, 1), (0, 7, 1)] {
      let x = normals(count, "softmax \(count)", spread: spread, mean: mean)
      let found = softmax(x, scale: scale)
      // The argument of exp is rounded at the size of the largest score: an absolute error there is a relative one
      // here. A probability below e^-87 saturates at about 1e-38.
      let size = Double(x.map { abs($0) }.max() ?? 0) * Double(scale)
      let tolerance = 0x1p-23 * (size + 4) + 0x1p-22
      for (value, expected) in zip(found, softmaxReference(x, scale: Double(scale))) {
        if abs(Double(value) - expected) > tolerance * expected + 1e-37 {
          Issue.record("\(count): \(value) ≠ \(expected)")
        }
      }
      // Each of n terms is within an ulp of its share.
      #expect(abs(found.reduce(0.0) { $0 + Double($1) } - 1) <= 1e-6)
    }
  }

  @Test func equalScoresGetEqualShares() {
    for count in 1...200 {
      for value: Float in [0, -3e38, 3e38, .leastNonzeroMagnitude] {
        let found = softmax([Float](repeating: value, count: count))
        #expect(Set(found).count == 1 && abs(found[0] * Float(count) - 1) <= 1e-6, "\(count) × \(value)")
      }
    }
  }

  @Test func largeScoresDoNotOverflow() {
    #expect(softmax([1e30, 0, -1e30]).first == 1)
    #expect(softmax([3e38, 3e38]) == [0.5, 0.5])
    let far = softmax([0, -200])
    #expect(far[0] == 1 && far[1] <= 2e-38)
  }

  @Test func NaNInOneScoreIsNaNInAll() {
    for count in [1, 5, 16, 40] {
      var x = normals(count, "nan")
      x[count / 2] = .nan
      #expect(softmax(x).allSatisfy { $0.isNaN }, "\(count)")
    }
  }

  @Test func logSumExpEqualsItsFormula() {
    for count in 1...200 {
      for (spread, mean) in [(1.0, 0.0), (10, 500), (3, -500)] {
        let x = normals(count, "lse \(count)", spread: spread, mean: mean)
        let top = x.map { Double($0) }.max() ?? 0
        let expected = top + log(x.reduce(0) { $0 + exp(Double($1) - top) })
        let found = Double(probe_log_sum_exp(x, count))
        // One rounding at the result's size, and the sum's own relative error, which the logarithm makes absolute.
        #expect(abs(found - expected) <= 0x1p-22 * max(abs(expected), 1), "\(count), mean \(mean)")
      }
    }
    #expect(probe_log_sum_exp([3e38, 0], 2) == 3e38)
  }

  @Test(arguments: [1, 2, 7, 15, 16, 17, 32, 100, 576, 769])
  func layerNormEqualsItsFormula(_ columns: Int) {
    let (rows, epsilon) = (3, 1e-5)
    let x = normals(rows * columns, "ln \(columns)", spread: 3, mean: 2)
    let (gain, bias) = (normals(columns, "gain", mean: 1), normals(columns, "bias"))
    var (out, scale) = ([Float](repeating: 0, count: x.count), [Float](repeating: 0, count: rows))
    probe_layer_norm(x, &out, &scale, gain, bias, rows, columns, Float(epsilon))
    for row in 0..<rows {
      let values = x[row * columns..<(row + 1) * columns].map { Double($0) }
      let mean = values.reduce(0, +) / Double(columns)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns) + epsilon)
        .squareRoot()
      // The mean of values of size 10 is off by some ulp of 10, which the small deviation of one column magnifies.
      let tolerance = 4e-6 + 8e-6 / deviation
      #expect(abs(Double(scale[row]) - deviation) <= 4e-6 * max(1, deviation))
      for column in 0..<columns {
        let expected = (values[column] - mean) / deviation * Double(gain[column]) + Double(bias[column])
        let error = abs(Double(out[row * columns + column]) - expected)
        if error > tolerance * max(1, abs(expected)) {
          Issue.record("\(columns): \(error) at \(row), \(column)")
        }
      }
    }
    // In place, without a scale wanted: the same values.
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        probe_layer_norm(base, base, nil, gain, bias, rows, columns, Float(epsilon))
      }
    }
    #expect(inPlace == out)
  }

  @Test(arguments: [1, 2, 7, 15, 16, 17, 32, 100, 576, 769])
  func rmsNormEqualsItsFormula(_ columns: Int) {
    let (rows, epsilon) = (3, 1e-5)
    let x = normals(rows * columns, "rms \(columns)", spread: 3, mean: 2)
    let gain = normals(columns, "gain", mean: 1)
    var (out, scale) = ([Float](repeating: 0, count: x.count), [Float](repeating: 0, count: rows))
    probe_rms_norm(x, &out, &scale, gain, rows, columns, Float(epsilon))
    for row in 0..<rows {
      let values = x[row * columns..<(row + 1) * columns].map { Double($0) }
      let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(columns) + epsilon).squareRoot()
      // A sum of positive squares loses a few ulp and the root halves that.
      #expect(abs(Double(scale[row]) - deviation) <= 1e-6 * deviation)
      for column in 0..<columns {
        let expected = values[column] / deviation * Double(gain[column])
        let error = abs(Double(out[row * columns + column]) - expected)
        if error > 1e-6 * max(1, abs(expected)) { Issue.record("\(columns): \(error) at \(row), \(column)") }
      }
    }
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { probe_rms_norm(base, base, nil, gain, rows, columns, Float(epsilon)) }
    }
    #expect(inPlace == out)
  }

  @Test func aRowOfZerosStaysZero() {
    let zeros = [Float](repeating: 0, count: 40)
    var out = [Float](repeating: 1, count: 40)
    probe_rms_norm(zeros, &out, nil, nil, 1, 40, 1e-5)
    #expect(out == zeros)
    probe_layer_norm(zeros, &out, nil, nil, nil, 1, 40, 1e-5)
    #expect(out == zeros)
  }
}
