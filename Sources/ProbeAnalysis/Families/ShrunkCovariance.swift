import ProbeMath

/// Mean and covariance of one class, shrunk as Ledoit and Wolf (2004) say. With features x divided by their standard
/// deviations in the class, S = Σ xxᵀ/n, and the mean diagonal m = tr S / d:
///
///     shrunk = (1 − s) S + s m I,   s = min(b², a²)/a²
///     a² = ‖S − mI‖²/d,   b² = (Σᵢ ‖xᵢ‖⁴/n − ‖S‖²)/(n d)
struct ShrunkCovariance {
  /// Σ w.
  let total: Double
  /// In the coordinates of the standardizer.
  let mean: [Float]
  /// s.
  let shrinkage: Double

  private let width: Int
  private let deviations: [Float]
  /// S, lower triangle.
  private let correlation: [Float]
  private let diagonal: Double

  /// Of the given rows, standardised; `weights` holds one a row.
  init(_ features: Tensor, rows: [Int], standardizer: Standardizer, weights: [Double]) {
    let (n, d) = (rows.count, standardizer.width)
    let total = weights.reduce(0, +)
    let data = FloatBuffer(count: n * d)
    standardizer.apply(features, rows: rows, to: data.pointer, stride: d)
    let (mean, deviations) = Self.center(data.pointer, weights, width: d, total: total)
    let quartic = Self.quartic(data.pointer, weights, width: d) / total
    var gram = [Float](repeating: 0, count: d * d)
    gram.withUnsafeMutableBufferPointer { gram in
      guard let gram = gram.baseAddress else { return }
      BLAS.addGram(rows: n, n: d, data.pointer, lda: d, gram, alpha: Float(1 / total))
    }
    var (trace, norm) = (0.0, 0.0)
    for j in 0..<d {
      let own = Double(gram[j * d + j])
      trace += own
      norm += own * own
      for k in 0..<j { norm += 2 * Double(gram[j * d + k]) * Double(gram[j * d + k]) }
    }
    let diagonal = trace / Double(d)
    // Kish's effective number of items: n where weights are equal.
    let effective = total * total / weights.reduce(0) { $0 + $1 * $1 }
    let distance = norm / Double(d) - diagonal * diagonal
    let noise = min((quartic - norm) / (effective * Double(d)), distance)
    shrinkage = distance > 0 ? max(0, noise / distance) : 0
    (self.total, self.mean, self.deviations, width) = (total, mean, deviations, d)
    (correlation, self.diagonal) = (gram, diagonal)
  }

  /// Adds `factor` times the shrunk covariance, in the coordinates of the standardizer, to a lower triangle.
  func add(to target: inout [Float], times factor: Float) {
    let keep = factor * Float(1 - shrinkage)
    let own = factor * Float(shrinkage * diagonal)
    target.withUnsafeMutableBufferPointer { target in
      for j in 0..<width {
        let scale = keep * deviations[j]
        for k in 0...j { target[j * width + k] += scale * deviations[k] * correlation[j * width + k] }
        target[j * width + j] += own * deviations[j] * deviations[j]
      }
    }
  }

  /// Centres the rows and divides them by their deviations; 1 where nothing varies.
  private static func center(
    _ data: UnsafeMutablePointer<Float>, _ weights: [Double], width d: Int, total: Double
  ) -> (mean: [Float], deviations: [Float]) {
    var sums = [Double](repeating: 0, count: d)
    var squares = sums
    for (i, weight) in weights.enumerated() {
      let row = data + i * d
      for j in 0..<d {
        let value = Double(row[j])
        sums[j] += weight * value
        squares[j] += weight * value * value
      }
    }
    let mean = sums.map { Float($0 / total) }
    let deviations = (0..<d).map { j -> Float in
      let center = sums[j] / total
      let variance = squares[j] / total - center * center
      return variance > 1e-12 * squares[j] / total ? Float(variance.squareRoot()) : 1
    }
    let inverse = deviations.map { 1 / $0 }
    for i in weights.indices {
      let row = data + i * d
      for j in 0..<d { row[j] = (row[j] - mean[j]) * inverse[j] }
    }
    return (mean, deviations)
  }

  /// Σ w ‖x‖⁴; leaves √w · x behind, for the Gram matrix.
  private static func quartic(
    _ data: UnsafeMutablePointer<Float>, _ weights: [Double], width d: Int
  ) -> Double {
    var quartic = 0.0
    for (i, weight) in weights.enumerated() {
      let row = data + i * d
      var square = 0.0
      for j in 0..<d { square += Double(row[j]) * Double(row[j]) }
      quartic += weight * square * square
      if weight != 1 {
        let root = Float(weight.squareRoot())
        for j in 0..<d { row[j] *= root }
      }
    }
    return quartic
  }
}
