import Foundation
import ProbeMath

/// Linear discriminant analysis: Gaussian classes with one covariance Σ, in closed form
///
///     logit_c = μ_cᵀΣ⁻¹x − ½ μ_cᵀΣ⁻¹μ_c + ln π_c
///
/// Σ = Σ_c π_c Σ_c, each Σ_c shrunk in standardised coordinates towards a multiple of the identity by Ledoit and
/// Wolf's share ("A well-conditioned estimator for large-dimensional covariance matrices", J. Multivariate Analysis 88
/// (2004) 365–411): what scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")` computes. Weights
/// count in π, μ and Σ_c.
public struct LinearDiscriminantFamily: ProbeFamily {
  /// `lda`.
  public static let name = "lda"
  /// One line about the covariance.
  public static let summary = "linear discriminant analysis with Ledoit-Wolf shrinkage of the covariance"

  /// There is nothing to set: the shrinkage follows from the data.
  public init() {}

  /// Means, shares and covariance of all training rows.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    let standardizer = Standardizer(fitting: items.features, rows: items.rows)
    let d = standardizer.width
    let total = items.rows.reduce(0) { $0 + (items.weights?[$1] ?? 1) }
    var covariance = [Float](repeating: 0, count: d * d)
    var means = [Float](repeating: 0, count: items.classCount * d)
    var (shares, shrinkages): ([Double], [Double]) = ([], [])
    for label in items.classes.indices {
      let rows = items.rows.filter { items.labels[$0] == label }
      guard !rows.isEmpty else {
        shares.append(0)
        continue
      }
      let part = ShrunkCovariance(
        items.features, rows: rows, standardizer: standardizer,
        weights: rows.map { items.weights?[$0] ?? 1 })
      let share = part.total / total
      part.add(to: &covariance, times: Float(share))
      means.replaceSubrange(label * d..<(label + 1) * d, with: part.mean)
      shares.append(share)
      shrinkages.append(part.shrinkage)
    }
    return LinearReadOut(
      family: Self.name, classes: items.classes,
      linear: Self.map(covariance, means, shares, standardizer, items: items.rows.count),
      diagnostics: notes(shrinkages))
  }

  private static func map(
    _ covariance: [Float], _ means: [Float], _ shares: [Double], _ standardizer: Standardizer, items: Int
  ) -> LinearMap {
    let (d, count) = (standardizer.width, shares.count)
    var weights = means
    RidgedCovariance(covariance, width: d, ridge: 0).solve(&weights, count: count)
    let bias = shares.indices.map { c in
      let distance = (0..<d).reduce(0.0) { $0 + Double(means[c * d + $1]) * Double(weights[c * d + $1]) }
      // A class without items is as likely as half an item.
      return log(max(shares[c], 0.5 / Double(items))) - 0.5 * distance
    }
    guard count == 2 else {
      return LinearMap(
        standardizer: standardizer, weights: Tensor([count, d], weights), bias: bias.map { Float($0) })
    }
    return LinearMap(
      standardizer: standardizer, weights: Tensor([1, d], (0..<d).map { weights[d + $0] - weights[$0] }),
      bias: [Float(bias[1] - bias[0])])
  }

  private func notes(_ shrinkages: [Double]) -> [String] {
    let texts = shrinkages.map { String(format: "%.3f", $0) }
    return ["shrinkage of the classes' covariances: \(texts.joined(separator: ", "))"]
  }
}
