import ProbeMath
import Testing

@Suite struct LAPACKTests {
  @Test func choleskySolvesWhatItFactored() {
    let n = 7
    var stream = RandomStream(seed: 1, "spd")
    let root = Tensor([n, n], (0..<n * n).map { _ in Float(stream.normal()) })
    var matrix = BLAS.multiply(root, root, transposeA: true)
    for i in 0..<n { matrix[i, i] += 1 }
    let solutions = Tensor([3, n], (0..<3 * n).map { _ in Float(stream.normal()) })
    let sides = BLAS.multiply(solutions, matrix)
    var factor = matrix.elements
    #expect(LAPACK.cholesky(&factor, n: n))
    for count in [1, 3] {
      var x = sides.elements
      LAPACK.choleskySolve(factor, n: n, &x, count: count)
      // Condition number below 100: two of float32's seven digits.
      for i in 0..<count * n { #expect(abs(x[i] - solutions.elements[i]) < 1e-4) }
    }
  }

  @Test func anIndefiniteMatrixIsReported() {
    var matrix: [Float] = [1, 2, 2, 1]
    #expect(!LAPACK.cholesky(&matrix, n: 2))
  }

  @Test func lowerTriangularFactorReproducesTheRows() {
    let (n, d) = (4, 9)
    var stream = RandomStream(seed: 2, "lq")
    let x = (0..<n * d).map { _ in Float(stream.normal()) }
    var factors = x
    var scales = [Float](repeating: 0, count: n)
    LAPACK.lowerTriangular(&factors, scales: &scales, rows: n, columns: d)
    for row in 0..<n {
      var vector = [Float](repeating: 0, count: d)
      for j in 0...row { vector[j] = factors[row * d + j] }
      LAPACK.applyQ(factors, scales: scales, rows: n, columns: d, &vector, count: 1)
      for j in 0..<d { #expect(abs(vector[j] - x[row * d + j]) < 1e-5) }
    }
  }

  @Test func gramAddsTheLowerTriangle() {
    let a = Tensor(rows: [[1, 2], [3, 4], [5, 6]])
    var gram: [Float] = [1, -7, 1, 1]
    BLAS.addGram(rows: 3, n: 2, a.elements, lda: 2, &gram, alpha: 2)
    #expect(gram == [71, -7, 89, 113])
  }

  @Test func eigenvectorsAreRowsThatReproduceTheMatrix() {
    let n = 9
    var stream = RandomStream(seed: 3, "eigen")
    let root = Tensor([n, n], (0..<n * n).map { _ in Float(stream.normal()) })
    let matrix = BLAS.multiply(root, root, transposeA: true)
    var vectors = matrix.elements
    // Only the lower triangle is read.
    for i in 0..<n { for j in i + 1..<n { vectors[i * n + j] = .nan } }
    var values = [Float](repeating: 0, count: n)
    var alone = vectors
    var only = values
    #expect(LAPACK.symmetricEigen(&vectors, n: n, values: &values))
    #expect(LAPACK.symmetricEigen(&alone, n: n, values: &only, vectors: false))
    #expect(values == values.sorted())
    for k in 0..<n {
      #expect(abs(values[k] - only[k]) < 1e-4)
      for i in 0..<n {
        let image = (0..<n).reduce(Float(0)) { $0 + matrix[i, $1] * vectors[k * n + $1] }
        #expect(abs(image - values[k] * vectors[k * n + i]) < 1e-4)
      }
      #expect(abs((0..<n).reduce(Float(0)) { $0 + vectors[k * n + $1] * vectors[k * n + $1] } - 1) < 1e-5)
    }
  }
}
