import Foundation
import ProbeMath

/// How well a ridge probe does on the leading principal components of one matrix of features, by how many are kept.
///
/// Principal directions V and their variances Λ come from the training rows' covariance. In their coordinates the
/// normal equations are diagonal,
///
///     w_k = Cov(y, vₖᵀz) / (Λ_k + λ),   score at width m = ȳ + Σ_{k ≤ m} w_k vₖᵀz
///
/// so that one decomposition serves every width, and a width's score is the narrower one's plus a few terms. Read
/// together, the curves of all layers ask how early and in how few dimensions something can be read.
public struct WidthCurve: Sendable, Codable, Equatable {
  /// Numbers of components kept: 1, 2, 4, … and d, or as many as the training rows allow.
  public let widths: [Int]
  /// Share of test rows whose class scores highest, by width.
  public let accuracy: [Double]
  /// AUROC on the test rows, above two classes the mean of one-versus-rest, by width; nil with one class in the test
  /// rows.
  public let auroc: [Double?]
  /// Share of the training rows' variance in the kept components, by width.
  public let variance: [Double]

  /// The curve of `features`, `[items, d]`.
  ///
  /// - Parameters:
  ///   - labels: class index of each item.
  ///   - train: rows that fix mean, scale, components and probe.
  ///   - test: rows that are scored.
  ///   - strength: λ, in units of the features' mean variance.
  ///   - scaling: what features are divided by before their components are sought; by default all by one number,
  ///     which leaves the covariance's directions as they are.
  public init(
    _ features: Tensor, labels: [Int], classCount: Int, train: [Int], test: [Int], strength: Double = 1e-2,
    scaling: Standardizer.Scaling = .common
  ) {
    precondition(labels.count == features.rows, "WidthCurve: \(labels.count) labels, \(features.rows) rows")
    precondition(!train.isEmpty && !test.isEmpty, "WidthCurve: no rows to train or to test on")
    let names = (0..<classCount).map { "\($0)" }
    let targets = RidgeTarget.classes(names).columns(labels.map { Double($0) })
    let path = Self.path(features, targets, train, scaling)
    let components = path.leadingComponents(strength: strength)
    let last = min(features.width, max(1, train.count - 1))
    widths = Self.widths(last)
    let truth = test.map { labels[$0] }
    let scores = Self.scores(features, test, path, components, widths)
    let classified = scores.map { scores in
      Classification(
        labels: truth,
        scores: scores.width > 1
          ? scores : Tensor([scores.rows, 2], scores.elements.flatMap { [-$0, $0] }))
    }
    accuracy = classified.map { ClassificationMetric.accuracy.value($0) }
    auroc = classified.map { classified in
      let value = ClassificationMetric.auroc.value(classified)
      return value.isNaN ? nil : value
    }
    let total = components.variances.reduce(0) { $0 + Double($1) }
    variance = widths.map { width in
      let kept = components.variances.prefix(width).reduce(0) { $0 + Double($1) }
      return total > 0 ? min(1, kept / total) : 1
    }
  }

  /// The smallest width whose accuracy is within `tolerance` of that with all components.
  public func smallestWidth(within tolerance: Double = 0.01) -> Int {
    let full = accuracy.last ?? 0
    return widths.indices.first { accuracy[$0] >= full - tolerance }.map { widths[$0] } ?? widths.last ?? 1
  }

  /// Mean accuracy over log₂ width, by the trapezoidal rule: the area under the curve over its length.
  public var area: Double { Self.area(widths, accuracy) }

  static func area(_ widths: [Int], _ values: [Double]) -> Double {
    guard widths.count > 1, let length = widths.last.map({ log2(Double($0)) }), length > 0 else {
      return values.first ?? 0
    }
    return (1..<widths.count).reduce(0) { sum, k in
      sum + (log2(Double(widths[k])) - log2(Double(widths[k - 1]))) * (values[k] + values[k - 1]) / 2
    } / length
  }

  /// 1, 2, 4, … and `last`.
  static func widths(_ last: Int) -> [Int] {
    Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < last }) + [last]
  }

  private static func path(
    _ features: Tensor, _ targets: Tensor, _ train: [Int], _ scaling: Standardizer.Scaling
  ) -> RidgePath {
    guard train.count > features.width else {
      return RidgePath(features, targets: targets, rows: train, scaling: scaling)
    }
    var folds = [Int](repeating: -1, count: features.rows)
    for row in train { folds[row] = 0 }
    let moments = FoldMoments(features, targets: targets, folds: folds, foldCount: 1)
    return RidgePath(moments.folds[0], origin: moments.origin, scaling: scaling)
  }

  /// Scores of the test rows, `[rows, t]` at each width: what the last width gave, plus the components since.
  private static func scores(
    _ features: Tensor, _ test: [Int], _ path: RidgePath, _ components: RidgePath.Components, _ widths: [Int]
  ) -> [Tensor] {
    let (r, t) = (components.variances.count, path.targetMeans.count)
    let coordinates = path.standardizer.outputs(
      features, rows: test, components.directions, [Float](repeating: 0, count: r))
    var scores = Tensor(rows: test.map { _ in path.targetMeans.map { Float($0) } })
    var done = 0
    return widths.map { width in
      let next = min(width, r)
      coordinates.elements.withUnsafeBufferPointer { z in
        components.weights.elements.withUnsafeBufferPointer { w in
          scores.elements.withUnsafeMutableBufferPointer { out in
            guard let z = z.baseAddress, let w = w.baseAddress, let out = out.baseAddress else { return }
            BLAS.gemm(
              m: test.count, n: t, k: next - done, z + done, lda: r, w + done, ldb: r, transposeB: true, out,
              ldc: t, beta: 1)
          }
        }
      }
      done = next
      return scores
    }
  }
}

/// Accuracy and AUROC over points and widths.
public struct WidthGrid: Sendable, Codable, Equatable {
  /// Names of the points, such as layers.
  public let points: [String]
  /// The curve of each point.
  public let curves: [WidthCurve]

  /// A grid from its rows.
  public init(points: [String], curves: [WidthCurve]) {
    precondition(points.count == curves.count, "WidthGrid: \(points.count) points, \(curves.count) curves")
    self.points = points
    self.curves = curves
  }

  /// Mean over points of the area under their curves: 1 when one component of any point suffices for all items.
  public var area: Double { curves.reduce(0) { $0 + $1.area } / Double(max(curves.count, 1)) }
}
