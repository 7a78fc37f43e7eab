import ProbeMath
import Testing

@Suite struct LAPACKDoubleTests {
  @Test func eigenvectorsRebuildTheMatrix() {
    let n = 5
    var stream = RandomStream(seed: 3, "symmetric")
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        matrix[i * n + j] = stream.normal()
        matrix[j * n + i] = matrix[i * n + j]
      }
    }
    var vectors = matrix
    // The upper triangle must not be read.
    for i in 0..<n { for j in i + 1..<n { vectors[i * n + j] = .nan } }
    var values = [Double](repeating: 0, count: n)
    #expect(LAPACK.symmetricEigenDouble(&vectors, values: &values, n: n))
    #expect(values == values.sorted())
    for a in 0..<n {
      for b in 0..<n {
        let rebuilt = (0..<n).reduce(0.0) { $0 + values[$1] * vectors[$1 * n + a] * vectors[$1 * n + b] }
        #expect(abs(rebuilt - matrix[a * n + b]) < 1e-13)
        let product = (0..<n).reduce(0.0) { $0 + vectors[a * n + $1] * vectors[b * n + $1] }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-13)
      }
    }
  }

  @Test func gramAddsTheLowerTriangleInFloat64() {
    var gram: [Double] = [1, -7, 1, 1]
    BLAS.addGramDouble(rows: 3, n: 2, [1, 2, 3, 4, 5, 6], &gram)
    #expect(gram == [36, -7, 45, 57])
  }
}
