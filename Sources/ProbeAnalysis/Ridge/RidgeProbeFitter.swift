import ProbeMath

/// Fits ``RidgeProbe``s: every strength from one factorisation (``RidgePath``).
///
///     minimise (1/n) Σ wᵢ|yᵢ − Wzᵢ − b|² + λ‖W‖²
///
/// in coordinates z standardised on the training rows, n being Σ w. scikit-learn's `Ridge(alpha)` on the same features
/// is the same problem at alpha = nλ, and so is `RidgeClassifier`. With weights, mean and scale are weighted too.
public struct RidgeProbeFitter: Sendable {
  /// The strengths λ tried unless told otherwise, from the strongest: standardised features have variance 1.
  public static let defaultStrengths: [Double] = [100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4]

  /// Strengths λ to fit.
  public var strengths: [Double]
  /// What features are divided by.
  public var scaling: Standardizer.Scaling

  /// A fitter for `strengths`.
  public init(strengths: [Double] = defaultStrengths, scaling: Standardizer.Scaling = .perFeature) {
    precondition(!strengths.isEmpty, "RidgeProbeFitter: no strengths")
    precondition(
      strengths.allSatisfy { $0 > 0 && $0.isFinite }, "RidgeProbeFitter: strengths \(strengths)")
    self.strengths = strengths
    self.scaling = scaling
  }

  /// One probe per strength, in the order of ``strengths``.
  ///
  /// - Parameters:
  ///   - features: activations, `[items, d]`, finite.
  ///   - values: the value of every item, as `target` reads it.
  ///   - rows: the rows to learn from; all, unless said otherwise.
  ///   - weights: weight of every item; 1 unless said otherwise.
  public func fit(
    _ features: Tensor, values: [Double], target: RidgeTarget, rows: [Int]? = nil, weights: [Double]? = nil
  ) -> [RidgeProbe] {
    precondition(values.count == features.rows, "fit: \(values.count) values, \(features.rows) rows")
    let rows = rows ?? Array(0..<features.rows)
    let path = path(features, target.columns(values), rows, weights)
    return path.solutions(strengths).map {
      RidgeProbe(
        target: target, standardizer: path.standardizer, weights: $0.weights, bias: $0.bias,
        strength: $0.strength)
    }
  }

  /// The factorisation that costs less: of the features' products, or of the items' where there are fewer of them.
  private func path(_ features: Tensor, _ targets: Tensor, _ rows: [Int], _ weights: [Double]?) -> RidgePath {
    guard rows.count >= features.width else {
      return RidgePath(features, targets: targets, rows: rows, weights: weights, scaling: scaling)
    }
    var folds = [Int](repeating: -1, count: features.rows)
    for row in rows { folds[row] = 0 }
    let moments = FoldMoments(features, targets: targets, folds: folds, foldCount: 1, weights: weights)
    return RidgePath(moments.folds[0], origin: moments.origin, scaling: scaling)
  }
}
