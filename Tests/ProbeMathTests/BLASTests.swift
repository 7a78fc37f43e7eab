import Foundation
import ProbeMath
import Testing

/// Matrix products against a triple loop in Double.
@Suite struct BLASTests {
  struct Case: CustomTestStringConvertible {
    let m, n, k: Int
    let transposeA, transposeB: Bool
    let padding: Int
    let alpha, beta: Float
    var testDescription: String {
      "\(m)×\(k)×\(n)\(transposeA ? " Aᵀ" : "")\(transposeB ? " Bᵀ" : ""), padding \(padding), β \(beta)"
    }
  }

  static let cases: [Case] = [
    (1, 1, 1), (1, 7, 5), (1, 64, 33), (2, 3, 4), (5, 17, 16), (33, 20, 65), (16, 16, 16),
  ]
  .flatMap { m, n, k in
    [(false, false), (false, true), (true, false), (true, true)].flatMap { a, b in
      [(0, Float(1), Float(0)), (3, 1, 1), (1, -0.5, 0.25)].map { padding, alpha, beta in
        Case(m: m, n: n, k: k, transposeA: a, transposeB: b, padding: padding, alpha: alpha, beta: beta)
      }
    }
  }

  private func normals(_ count: Int, _ random: inout RandomStream) -> [Float] {
    (0..<count).map { _ in Float(random.normal()) }
  }

  @Test(arguments: cases)
  func productsEqualTheDefinition(_ test: Case) {
    var random = RandomStream(seed: 2, test.testDescription)
    let (m, n, k) = (test.m, test.n, test.k)
    let lda = (test.transposeA ? m : k) + test.padding
    let ldb = (test.transposeB ? k : n) + test.padding
    let ldc = n + test.padding
    let a = normals((test.transposeA ? k : m) * lda, &random)
    let b = normals((test.transposeB ? n : k) * ldb, &random)
    let before = normals(m * ldc, &random)
    // With β = 0, C is overwritten, whatever it holds.
    var c = test.beta == 0 ? [Float](repeating: .nan, count: before.count) : before
    BLAS.gemm(
      m: m, n: n, k: k, a, lda: lda, transposeA: test.transposeA, b, ldb: ldb, transposeB: test.transposeB,
      &c,
      ldc: ldc, alpha: test.alpha, beta: test.beta)
    for row in 0..<m {
      for column in 0..<n {
        var (sum, size) = (0.0, 0.0)
        for inner in 0..<k {
          let left = Double(test.transposeA ? a[inner * lda + row] : a[row * lda + inner])
          let right = Double(test.transposeB ? b[column * ldb + inner] : b[inner * ldb + column])
          sum += left * right
          size += abs(left * right)
        }
        let kept = test.beta == 0 ? 0 : Double(test.beta) * Double(before[row * ldc + column])
        let expected = Double(test.alpha) * sum + kept
        // A float32 sum of k products is within k ulp of the sum of their sizes, in whatever order.
        let tolerance = Double(k + 3) * 0x1p-24 * (size + abs(kept) + abs(expected))
        let found = Double(c[row * ldc + column])
        if !(abs(found - expected) <= tolerance) {
          Issue.record("[\(row), \(column)]: \(found) ≠ \(expected)")
        }
      }
      for column in n..<ldc where test.beta != 0 {
        #expect(c[row * ldc + column] == before[row * ldc + column], "the padding of row \(row) was written")
      }
    }
  }

  @Test(arguments: [1, 3])
  func aProductOverNothingIsBetaTimesC(_ m: Int) {
    let nothing: [Float] = [0]
    var c = [Float](repeating: 2, count: m * 4)
    BLAS.gemm(m: m, n: 3, k: 0, nothing, lda: 1, nothing, ldb: 3, &c, ldc: 4, beta: 0.5)
    #expect(c == (0..<m).flatMap { _ in [1, 1, 1, 2] as [Float] })
    BLAS.gemm(m: m, n: 3, k: 0, nothing, lda: 1, nothing, ldb: 3, &c, ldc: 4)
    #expect(c == (0..<m).flatMap { _ in [0, 0, 0, 2] as [Float] })
  }

  @Test func nothingIsWrittenForEmptyMatrices() {
    var c: [Float] = [5]
    BLAS.gemm(m: 0, n: 1, k: 1, [1], lda: 1, [1], ldb: 1, &c, ldc: 1)
    BLAS.gemm(m: 1, n: 0, k: 1, [1], lda: 1, [1], ldb: 1, &c, ldc: 1)
    #expect(c == [5])
  }

  @Test func tensorsMultiplyInEveryOrientation() {
    let a = Tensor([2, 3], [1, 2, 3, 4, 5, 6])
    let b = Tensor([3, 2], [7, 8, 9, 10, 11, 12])
    // Small integers: exact in float32.
    #expect(BLAS.multiply(a, b) == Tensor([2, 2], [58, 64, 139, 154]))
    #expect(BLAS.multiply(a, a, transposeB: true) == Tensor([2, 2], [14, 32, 32, 77]))
    #expect(BLAS.multiply(a, a, transposeA: true) == Tensor([3, 3], [17, 22, 27, 22, 29, 36, 27, 36, 45]))
    #expect(BLAS.multiply(b, a, transposeA: true, transposeB: true) == Tensor([2, 2], [58, 139, 64, 154]))
    #expect(BLAS.multiply(Tensor([2, 0], []), Tensor([0, 2], [])) == Tensor([2, 2]))
  }

  /// Misdetection of a new CPU picks SSE kernels and costs a factor of tens.
  @Test func theKernelsSuitTheCPU() throws {
    try BLAS.load()
    let family = BLAS.kernelFamily
    #expect(!family.isEmpty && family != "unknown" && BLAS.configuration.contains("OpenBLAS"))
    let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let flags = Set(cpu.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ") ?? [])
    guard flags.contains("avx2"), flags.contains("fma"),
      ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil
    else { return }
    let sse = [
      "KATMAI", "COPPERMINE", "NORTHWOOD", "PRESCOTT", "BANIAS", "CORE2", "PENRYN", "DUNNINGTON",
      "NEHALEM", "ATHLON", "OPTERON", "OPTERON_SSE3", "BARCELONA", "BOBCAT", "ATOM", "NANO",
    ]
    #expect(!sse.contains(family.uppercased()), "\(family) on a CPU with AVX2")
  }

  @Test func concurrentProductsEqualSerialOnes() throws {
    var random = RandomStream(seed: 8, "threads")
    let (a, b) = (
      Tensor([64, 200], normals(64 * 200, &random)), Tensor([200, 48], normals(200 * 48, &random))
    )
    let expected = BLAS.multiply(a, b)
    let found = concurrently(32) { _ in BLAS.multiply(a, b) }
    #expect(found.allSatisfy { $0 == expected })
  }
}
