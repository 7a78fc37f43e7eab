import ProbeMath

/// Shift and scale of each feature, learned from training rows only.
///
///     z[j] = (x[j] − mean[j]) / scale[j]
public struct Standardizer: Sendable, Codable, Equatable {
  /// What features are divided by.
  public enum Scaling: String, Sendable, Codable, CaseIterable {
    /// Each feature's own standard deviation (population form, divisor n).
    case perFeature = "per_feature"
    /// One number for all: the root mean square of the centred values. Keeps angles between directions.
    case common
    /// Nothing: features are only centred. For counts, whose rare ones would otherwise be blown up.
    case none
  }

  /// Mean of each feature, length d.
  public let mean: [Float]
  /// Divisor of each feature, length d; 1 where a feature does not vary.
  public let scale: [Float]

  /// Number of features.
  public var width: Int { mean.count }

  /// A shift and scale that are known already.
  ///
  /// - Precondition: as many means as scales, and no scale is 0.
  public init(mean: [Float], scale: [Float]) {
    precondition(mean.count == scale.count, "Standardizer: \(mean.count) means, \(scale.count) scales")
    precondition(!scale.contains(0), "Standardizer: a scale of 0")
    (self.mean, self.scale) = (mean, scale)
  }

  /// Learns mean and scale from the given rows of `features`, `[n, d]`.
  ///
  /// A feature counts as constant when its standard deviation is below 1e-6 of its mean's size: float32 rounding
  /// alone reaches 1e-7 of it, and dividing by that would turn noise into a feature.
  public init(fitting features: Tensor, rows: [Int], scaling: Scaling = .perFeature) {
    let d = features.width
    precondition(!rows.isEmpty, "Standardizer: no rows to learn from")
    precondition(
      rows.allSatisfy { $0 >= 0 && $0 < features.rows }, "Standardizer: a row beyond \(features.rows)")
    var sums = [Double](repeating: 0, count: d)
    var squares = [Double](repeating: 0, count: d)
    // Relative to the first row, so that one pass suffices: no large mean to cancel.
    let origin = features[row: rows[0]].map { Double($0) }
    features.elements.withUnsafeBufferPointer { x in
      sums.withUnsafeMutableBufferPointer { sums in
        squares.withUnsafeMutableBufferPointer { squares in
          origin.withUnsafeBufferPointer { origin in
            for row in rows {
              let base = row * d
              for j in 0..<d {
                let delta = Double(x[base + j]) - origin[j]
                sums[j] += delta
                squares[j] += delta * delta
              }
            }
          }
        }
      }
    }
    let n = Double(rows.count)
    self.init(
      means: (0..<d).map { origin[$0] + sums[$0] / n },
      variances: (0..<d).map { squares[$0] / n - (sums[$0] / n) * (sums[$0] / n) }, scaling: scaling)
  }

  /// The standardizer of features with these means and variances (population form).
  ///
  /// A feature whose standard deviation is below 1e-6 of its mean's size counts as constant.
  init(means: [Double], variances: [Double], scaling: Scaling) {
    let d = means.count
    mean = means.map { Float($0) }
    let variances = variances.map { max(0, $0) }
    switch scaling {
    case .perFeature:
      scale = (0..<d).map { j in
        let deviation = variances[j].squareRoot()
        return deviation > 1e-6 * abs(means[j]) ? Float(deviation) : 1
      }
    case .common:
      let size = (variances.reduce(0, +) / Double(max(d, 1))).squareRoot()
      scale = [Float](repeating: size > 0 ? Float(size) : 1, count: d)
    case .none:
      scale = [Float](repeating: 1, count: d)
    }
  }

  /// Writes the standardised rows to `target`, one after another at a distance of `stride` values.
  func apply(
    _ features: Tensor, rows: some Collection<Int>, to target: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let d = width
    precondition(features.width == d, "Standardizer: \(features.width) features, fitted on \(d)")
    let inverse = scale.map { 1 / $0 }
    features.elements.withUnsafeBufferPointer { x in
      mean.withUnsafeBufferPointer { mean in
        inverse.withUnsafeBufferPointer { inverse in
          for (place, row) in rows.enumerated() {
            let base = row * d
            let out = target + place * stride
            for j in 0..<d { out[j] = (x[base + j] - mean[j]) * inverse[j] }
          }
        }
      }
    }
  }
}
