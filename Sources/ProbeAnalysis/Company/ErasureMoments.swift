import ProbeMath

/// Mean and covariance of features, and the mean of each class: all that ``LinearEraser`` needs of its data.
///
/// Rows are added as they come, a block at a time. Sums are float64 and taken about the first row, so that a large mean
/// does not cancel digits and a constant feature has no variance at all, not a rounded one.
public struct ErasureMoments: Sendable {
  /// Number of features d.
  public let width: Int
  /// Rows added, by class.
  public private(set) var counts: [Int]
  /// The first row.
  private var origin: [Double] = []
  /// Σ (x − origin) by class, `[classes, d]`.
  private var sums: [Double]
  /// Σ (x − origin)(x − origin)ᵀ, lower triangle, `[d, d]`.
  private var products: [Double]

  /// Of nothing yet.
  public init(width: Int, classCount: Int) {
    precondition(width > 0 && classCount > 0, "ErasureMoments: \(width) features, \(classCount) classes")
    self.width = width
    counts = [Int](repeating: 0, count: classCount)
    sums = [Double](repeating: 0, count: classCount * width)
    products = [Double](repeating: 0, count: width * width)
  }

  /// Number of rows.
  public var count: Int { counts.reduce(0, +) }

  /// Adds the given rows of `features`, `[n, d]`; `labels` holds the class of every row of `features`.
  public mutating func add(_ features: Tensor, labels: [Int], rows: [Int]) {
    precondition(
      features.width == width && labels.count == features.rows,
      "ErasureMoments: \(features.shape) and \(labels.count) labels, for \(width) features")
    guard let first = rows.first else { return }
    if origin.isEmpty { origin = features[row: first].map { Double($0) } }
    let blockRows = max(16, 65_536 / width)
    var block = [Double](repeating: 0, count: min(blockRows, rows.count) * width)
    for start in stride(from: 0, to: rows.count, by: blockRows) {
      let part = rows[start..<min(start + blockRows, rows.count)]
      add(part, of: features, labels, block: &block)
    }
  }

  private mutating func add(
    _ part: ArraySlice<Int>, of features: Tensor, _ labels: [Int], block: inout [Double]
  ) {
    let d = width
    features.elements.withUnsafeBufferPointer { x in
      sums.withUnsafeMutableBufferPointer { sums in
        for (place, row) in part.enumerated() {
          let label = labels[row]
          counts[label] += 1
          for j in 0..<d {
            let delta = Double(x[row * d + j]) - origin[j]
            block[place * d + j] = delta
            sums[label * d + j] += delta
          }
        }
      }
    }
    BLAS.addGramDouble(rows: part.count, n: d, block, &products)
  }

  /// μ, `[d]`.
  public var mean: [Double] {
    let n = Double(max(count, 1))
    return (0..<width).map { j in
      (origin.isEmpty ? 0 : origin[j]) + counts.indices.reduce(0) { $0 + sums[$1 * width + j] } / n
    }
  }

  /// Σ_xx with divisor n, `[d, d]`, lower triangle.
  var covariance: [Double] {
    let (d, n) = (width, Double(max(count, 1)))
    let shift = (0..<d).map { j in counts.indices.reduce(0) { $0 + sums[$1 * d + j] } / n }
    var covariance = products
    covariance.withUnsafeMutableBufferPointer { c in
      for i in 0..<d { for j in 0...i { c[i * d + j] = c[i * d + j] / n - shift[i] * shift[j] } }
    }
    return covariance
  }

  /// Σ_zx, the covariance of the one-hot classes with the features, with divisor n, `[classes, d]`:
  /// row c is (n_c/n)(μ_c − μ).
  public var crossCovariance: [Double] {
    let (d, n) = (width, Double(max(count, 1)))
    let shift = (0..<d).map { j in counts.indices.reduce(0) { $0 + sums[$1 * d + j] } / n }
    return counts.indices.flatMap { c in
      (0..<d).map { j in (sums[c * d + j] - Double(counts[c]) * shift[j]) / n }
    }
  }

  /// ‖Σ_xz‖, the Frobenius norm of ``crossCovariance``.
  public var crossNorm: Double { crossCovariance.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
