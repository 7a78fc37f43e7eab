import CKernels
import Foundation
import ProbeMath
import Testing

/// One head of attention: the plain loops for short sequences and the products for long ones, against Double.
@Suite struct AttentionKernelTests {
  struct Shape: CustomTestStringConvertible {
    let length, width, stride: Int
    let causal: Bool
    var testDescription: String { "\(length) × \(width), stride \(stride), \(causal ? "causal" : "full")" }
  }

  static let shapes: [Shape] = [1, 2, 3, 16, 17, 24, 40].flatMap { length in
    [(8, 8), (12, 40), (64, 192)].flatMap { width, stride in
      [true, false].map { Shape(length: length, width: width, stride: stride, causal: $0) }
    }
  }

  @Test(arguments: shapes)
  func bothPathsEqualTheDefinition(_ shape: Shape) {
    var random = RandomStream(seed: 4, shape.testDescription)
    let (n, e, stride) = (shape.length, shape.width, shape.stride)
    let (q, k, v) = (
      (0..<n * stride).map { _ in Float(random.normal()) },
      (0..<n * stride).map { _ in Float(random.normal()) },
      (0..<n * stride).map { _ in Float(random.normal()) }
    )
    let scale = 1 / Float(e).squareRoot()
    var (short, scores) = ([Float](repeating: 77, count: n * stride), [Float](repeating: 0, count: n))
    probe_attention_short(q, stride, k, v, stride, &short, stride, &scores, n, e, scale, shape.causal ? 1 : 0)

    var (square, long) = ([Float](repeating: 0, count: n * n), [Float](repeating: 77, count: n * stride))
    BLAS.gemm(m: n, n: n, k: e, q, lda: stride, k, ldb: stride, transposeB: true, &square, ldc: n)
    for row in 0..<n {
      let visible = shape.causal ? row + 1 : n
      square.withUnsafeMutableBufferPointer { square in
        guard let base = square.baseAddress else { return }
        probe_softmax(base + row * n, visible, scale)
        for column in visible..<n { base[row * n + column] = 0 }
      }
    }
    BLAS.gemm(m: n, n: e, k: n, square, lda: n, v, ldb: stride, &long, ldc: stride)

    for row in 0..<n {
      let visible = shape.causal ? row + 1 : n
      let logits = (0..<visible).map { key in
        (0..<e).reduce(0.0) { $0 + Double(q[row * stride + $1]) * Double(k[key * stride + $1]) }
          * Double(scale)
      }
      let top = logits.max() ?? 0
      let sum = logits.reduce(0) { $0 + exp($1 - top) }
      for column in 0..<stride {
        let index = row * stride + column
        guard column < e else {
          // Beyond the head's width lie other heads: untouched.
          if short[index] != 77 || long[index] != 77 {
            Issue.record("row \(row), column \(column) was written")
          }
          continue
        }
        let expected = (0..<visible).reduce(0.0) {
          $0 + exp(logits[$1] - top) / sum * Double(v[$1 * stride + column])
        }
        // Scores of size 4 from 64 products, rounded in float32: some 1e-6, which the softmax passes on.
        if abs(Double(short[index]) - expected) > 5e-6 {
          Issue.record("short: \(short[index]) ≠ \(expected)")
        }
        if abs(Double(long[index]) - expected) > 5e-6 { Issue.record("long: \(long[index]) ≠ \(expected)") }
      }
    }
  }
}
