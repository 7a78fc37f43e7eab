import ProbeMath

/// Ridge regression in float64 by Gaussian elimination on the normal equations, row by row: nothing shared with the
/// code under test.
struct SlowRidge {
  let mean: [Double]
  let scale: [Double]
  let weights: [Double]
  let bias: Double

  /// minimise (1/Σw) Σ w(y − w·z − b)² + λ‖w‖², z standardised on `rows`.
  init(_ x: Tensor, _ y: [Double], rows: [Int], strength: Double, weights own: [Double]? = nil) {
    let d = x.width
    let w = rows.map { own?[$0] ?? 1 }
    let n = w.reduce(0, +)
    func average(_ value: (Int) -> Double) -> Double {
      zip(rows, w).reduce(0) { $0 + $1.1 * value($1.0) } / n
    }
    let mean = (0..<d).map { j in average { Double(x[$0, j]) } }
    let scale = (0..<d).map { j -> Double in
      let variance = average { (Double(x[$0, j]) - mean[j]) * (Double(x[$0, j]) - mean[j]) }
      return variance > 0 ? variance.squareRoot() : 1
    }
    func z(_ row: Int, _ j: Int) -> Double { (Double(x[row, j]) - mean[j]) / scale[j] }
    let centre = average { y[$0] }
    var system = (0..<d).map { i in
      (0..<d).map { j in average { z($0, i) * z($0, j) } + (i == j ? strength : 0) }
        + [average { z($0, i) * (y[$0] - centre) }]
    }
    for pivot in 0..<d {
      for row in 0..<d where row != pivot {
        let factor = system[row][pivot] / system[pivot][pivot]
        for column in pivot...d { system[row][column] -= factor * system[pivot][column] }
      }
    }
    weights = (0..<d).map { system[$0][d] / system[$0][$0] }
    self.mean = mean
    self.scale = scale
    bias = centre
  }

  func predict(_ x: Tensor, _ row: Int) -> Double {
    weights.indices.reduce(bias) { $0 + weights[$1] * (Double(x[row, $1]) - mean[$1]) / scale[$1] }
  }

  /// The AUROC by counting pairs.
  static func area(_ scores: [Double], _ positive: [Bool]) -> Double? {
    var (concordant, pairs) = (0.0, 0.0)
    for i in scores.indices where positive[i] {
      for j in scores.indices where !positive[j] {
        concordant += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
        pairs += 1
      }
    }
    return pairs > 0 ? concordant / pairs : nil
  }
}

/// Standard normal features, `[items, width]`.
func normalFeatures(_ items: Int, _ width: Int, _ stream: inout RandomStream) -> Tensor {
  Tensor([items, width], (0..<items * width).map { _ in Float(stream.normal()) })
}
