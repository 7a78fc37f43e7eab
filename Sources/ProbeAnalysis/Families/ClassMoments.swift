import ProbeMath

/// Sums over the items of each class, in standardised coordinates: class means, the scatter around them, and what is
/// left of both without a fold, all from one pass over the data.
struct ClassMoments {
  let width: Int
  /// Σ w of each class.
  var counts: [Double]
  /// Σ w z of each class, `[K, d]`.
  var sums: [Double]
  /// Σ w z² over all items.
  var squares: [Double]
  /// Σ w z zᵀ over all items, lower triangle of `[d, d]`; empty where nobody asked.
  var gram: [Float]

  private static let blockValues = 65_536

  /// The moments of some rows.
  init(_ items: TrainingItems, rows: [Int], standardizer: Standardizer, withGram: Bool) {
    let d = standardizer.width
    width = d
    counts = [Double](repeating: 0, count: items.classCount)
    sums = [Double](repeating: 0, count: items.classCount * d)
    squares = [Double](repeating: 0, count: d)
    gram = [Float](repeating: 0, count: withGram ? d * d : 0)
    let blockRows = max(16, Self.blockValues / max(d, 1))
    let block = FloatBuffer(count: min(blockRows, rows.count) * d)
    var start = 0
    while start < rows.count {
      let part = rows[start..<min(rows.count, start + blockRows)]
      standardizer.apply(items.features, rows: part, to: block.pointer, stride: d)
      for (place, row) in part.enumerated() {
        add(block.pointer + place * d, items.labels[row], weight: items.weights?[row] ?? 1)
      }
      gram.withUnsafeMutableBufferPointer { gram in
        guard let base = gram.baseAddress, withGram else { return }
        BLAS.addGram(rows: part.count, n: d, block.pointer, lda: d, base)
      }
      start += part.count
    }
  }

  /// Adds a row to sums and squares and leaves √w · row behind, for the Gram matrix.
  private mutating func add(_ z: UnsafeMutablePointer<Float>, _ label: Int, weight: Double) {
    let d = width
    counts[label] += weight
    sums.withUnsafeMutableBufferPointer { sums in
      squares.withUnsafeMutableBufferPointer { squares in
        let base = label * d
        for j in 0..<d {
          let value = Double(z[j])
          sums[base + j] += weight * value
          squares[j] += weight * value * value
        }
      }
    }
    if weight != 1 {
      let root = Float(weight.squareRoot())
      for j in 0..<d { z[j] *= root }
    }
  }

  /// Adds the moments of other rows, or takes them away with `sign` −1.
  mutating func add(_ other: ClassMoments, sign: Double = 1) {
    for i in counts.indices { counts[i] += sign * other.counts[i] }
    for i in sums.indices { sums[i] += sign * other.sums[i] }
    for i in squares.indices { squares[i] += sign * other.squares[i] }
    let factor = Float(sign)
    for i in gram.indices { gram[i] += factor * other.gram[i] }
  }

  /// The moments of several parts together, at least one.
  static func sum(_ parts: [ClassMoments]) -> ClassMoments {
    var sum = parts[0]
    for part in parts.dropFirst() { sum.add(part) }
    return sum
  }

  /// Classes with items.
  var present: [Int] { counts.indices.filter { counts[$0] > 1e-9 } }
  /// Σ w.
  var total: Double { counts.reduce(0, +) }

  /// Mean of a class; zeros for one without items.
  func mean(_ label: Int) -> [Float] {
    guard counts[label] > 1e-9 else { return [Float](repeating: 0, count: width) }
    return (0..<width).map { Float(sums[label * width + $0] / counts[label]) }
  }

  /// Scatter between class means over scatter within classes, of each feature: the F statistic but for a constant, and
  /// for two classes the squared difference of means over the pooled variance but for one. 0 where nothing varies.
  var separations: [Double] {
    let (present, total) = (present, total)
    return (0..<width).map { j in
      var (classes, all) = (0.0, 0.0)
      for c in present {
        let sum = sums[c * width + j]
        classes += sum * sum / counts[c]
        all += sum
      }
      let between = classes - all * all / total
      let within = squares[j] - classes
      return within > 1e-9 * squares[j] && between > 0 ? between / within : 0
    }
  }

  /// Covariance around the class means, (Σ w z zᵀ − Σ_c n_c μ_c μ_cᵀ) / Σ w, lower triangle.
  func withinCovariance() -> [Float] {
    let scale = Float(1 / total)
    var covariance = gram
    for i in covariance.indices { covariance[i] *= scale }
    let present = present
    var means = [Float]()
    for c in present {
      let root = Float((counts[c] / total).squareRoot())
      means += mean(c).map { $0 * root }
    }
    covariance.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      BLAS.addGram(rows: present.count, n: width, means, lda: width, target, alpha: -1)
    }
    return covariance
  }
}
