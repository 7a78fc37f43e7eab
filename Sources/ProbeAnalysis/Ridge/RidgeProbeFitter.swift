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

  /// What a probe's fitted outputs `[items, t]` cost against the items' true values; lower is better.
  public typealias Loss = @Sendable (_ outputs: Tensor, _ values: [Double]) -> Double

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
    var folds = [Int](repeating: -1, count: features.rows)
    for row in rows { folds[row] = 0 }
    let parts = TrainingParts(
      features, target.columns(values), folds: folds, foldCount: 1, weights: weights, scaling: scaling)
    return probes(parts.path(without: nil), target)
  }

  /// The probe whose strength did best on held-out folds, refitted on all of them.
  ///
  /// Each fold is predicted at every strength from the others, scaler included; the strength with the lowest mean loss
  /// over folds wins, the stronger of equals.
  ///
  /// - Parameters:
  ///   - folds: the fold of each item; items of a negative fold are left out.
  ///   - loss: what to minimise; the mean squared error of the target columns unless said otherwise.
  public func choose(
    _ features: Tensor, values: [Double], target: RidgeTarget, folds: [Int], foldCount: Int,
    weights: [Double]? = nil, loss: Loss? = nil
  ) -> RidgeChoice {
    precondition(values.count == features.rows, "choose: \(values.count) values, \(features.rows) rows")
    let parts = TrainingParts(
      features, target.columns(values), folds: folds, foldCount: foldCount, weights: weights,
      scaling: scaling)
    let loss = loss ?? Self.squared(target)
    var losses = [Double](repeating: 0, count: strengths.count)
    let held = (0..<foldCount).map { fold in folds.indices.filter { folds[$0] == fold } }
    let used = held.indices.filter { !held[$0].isEmpty && held[$0].count < held.joined().count }
    for fold in used where strengths.count > 1 {
      let probes = probes(parts.path(without: fold), target)
      let outputs = RidgeProbe.outputs(of: probes, features, rows: held[fold])
      let truth = held[fold].map { values[$0] }
      for index in strengths.indices { losses[index] += loss(outputs[index], truth) / Double(used.count) }
    }
    let best =
      strengths.indices.min { (losses[$0], strengths[$1]) < (losses[$1], strengths[$0]) } ?? 0
    var last = self
    last.strengths = [strengths[best]]
    return RidgeChoice(
      probe: last.probes(parts.path(without: nil), target)[0], strengths: strengths, losses: losses)
  }

  /// Mean over items of Σ_c (output − target)².
  public static func squared(_ target: RidgeTarget) -> Loss {
    { outputs, values in
      let truth = target.columns(values)
      let sum = zip(outputs.elements, truth.elements).reduce(0.0) {
        $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
      }
      return sum / Double(max(values.count, 1))
    }
  }

  private func probes(_ path: RidgePath, _ target: RidgeTarget) -> [RidgeProbe] {
    path.solutions(strengths).map {
      RidgeProbe(
        target: target, standardizer: path.standardizer, weights: $0.weights, bias: $0.bias,
        strength: $0.strength)
    }
  }
}

/// A ridge probe and how its strength was chosen.
public struct RidgeChoice: Sendable, Codable, Equatable {
  /// The probe fitted on all folds at the chosen strength.
  public let probe: RidgeProbe
  /// The strengths tried.
  public let strengths: [Double]
  /// Held-out loss of each, mean over folds; zeros when there was nothing to choose.
  public let losses: [Double]
}

/// The training parts of a cross-validation, each as a ``RidgePath`` made the cheaper way.
private struct TrainingParts {
  private let features: Tensor
  private let targets: Tensor
  private let folds: [Int]
  private let weights: [Double]?
  private let scaling: Standardizer.Scaling
  private let moments: FoldMoments?

  init(
    _ features: Tensor, _ targets: Tensor, folds: [Int], foldCount: Int, weights: [Double]?,
    scaling: Standardizer.Scaling
  ) {
    self.features = features
    self.targets = targets
    self.folds = folds
    self.weights = weights
    self.scaling = scaling
    let wide = folds.count(where: { $0 >= 0 }) < features.width
    moments =
      wide
      ? nil
      : FoldMoments(features, targets: targets, folds: folds, foldCount: foldCount, weights: weights)
  }

  /// The path of all folds but one.
  func path(without fold: Int?) -> RidgePath {
    if let moments {
      let union = fold.map { moments.sum(without: $0) } ?? moments.sum(of: moments.folds.indices)
      return RidgePath(union, origin: moments.origin, scaling: scaling)
    }
    let rows = folds.indices.filter { folds[$0] >= 0 && folds[$0] != fold }
    return RidgePath(features, targets: targets, rows: rows, weights: weights, scaling: scaling)
  }
}
