import ProbeMath

/// The difference of class means as direction:
///
///     θ = μ₁ − μ₀,   log-odds = slope · θᵀx + shift
///
/// (Marks & Tegmark 2023, "The Geometry of Truth", mass-mean probing). More classes: the nearest mean, by
/// −½‖x − μ_c‖². Nothing is fitted but the means and, on scores of held-out folds, the slope and shifts that make
/// log-odds of scores.
public struct MassMeanFamily: ProbeFamily {
  /// `mass-mean`.
  public static let name = "mass-mean"
  /// One line about the direction.
  public static let summary = "difference of class means as direction; above two classes the nearest mean"

  /// There is nothing to set.
  public init() {}

  /// Means of all training rows; slope and shifts from scores of held-out folds.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    MassMeanFit(items, whitens: false).readOut(family: Self.name)
  }
}

/// The difference of class means seen through the inverse of the covariance within classes: θ = Σ⁻¹(μ₁ − μ₀).
///
/// Marks & Tegmark's variant for data like the training data, and Fisher's direction without shrinkage. Σ, of features
/// divided by their standard deviations, gets 1e-4 of its mean diagonal added to it, so that it can be inverted.
public struct WhitenedMassMeanFamily: ProbeFamily {
  /// `mass-mean-iid`.
  public static let name = "mass-mean-iid"
  /// One line about the direction.
  public static let summary = "difference of class means through the inverse covariance within classes"

  /// There is nothing to set.
  public init() {}

  /// Means and covariance of all training rows; slope and shifts from scores of held-out folds.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    MassMeanFit(items, whitens: true).readOut(family: Self.name)
  }
}

/// One fit of means, with or without covariance.
private struct MassMeanFit {
  static let ridge: Float = 1e-4

  let items: TrainingItems
  let whitens: Bool
  let standardizer: Standardizer

  init(_ items: TrainingItems, whitens: Bool) {
    (self.items, self.whitens) = (items, whitens)
    // Dividing features by their deviations would turn the difference of means, but leaves Σ⁻¹ times it as it is.
    standardizer = Standardizer(
      fitting: items.features, rows: items.rows, scaling: whitens ? .perFeature : .none)
  }

  func readOut(family: String) -> LinearReadOut {
    let parts = items.parts
    let heldOut = parts.isEmpty ? [items.rows] : parts.map { $0.outside }
    let moments = heldOut.map {
      ClassMoments(items, rows: $0, standardizer: standardizer, withGram: whitens)
    }
    let all = ClassMoments.sum(moments)
    let final = map(all)

    var (scores, labels): ([Float], [Int]) = ([], [])
    for (rows, moments) in zip(heldOut, moments) {
      var rest = all
      rest.add(moments, sign: -1)
      // A fold may hold the only items of a class: its own direction is then the next best.
      let map = rest.present.count == all.present.count ? map(rest) : final
      scores += map.logits(items.features, rows: rows).elements
      labels += rows.map { items.labels[$0] }
    }
    let calibration = ScoreCalibration(
      scores, labels: labels, classCount: items.classCount,
      weights: items.weights.map { weights in heldOut.flatMap { $0 }.map { weights[$0] } })
    let slope = Float(calibration.slope)
    return LinearReadOut(
      family: family, classes: items.classes,
      linear: LinearMap(
        standardizer: standardizer,
        weights: Tensor(final.weights.shape, final.weights.elements.map { $0 * slope }),
        bias: zip(final.bias, calibration.shifts).map { $0 * slope + Float($1) }),
      diagnostics: notes(all, calibration))
  }

  /// Scores of moments: θ for two classes, μ_cᵀΣ⁻¹x − ½ μ_cᵀΣ⁻¹μ_c for more.
  private func map(_ moments: ClassMoments) -> LinearMap {
    let d = moments.width
    var means = (0..<items.classCount).map { moments.mean($0) }
    if items.classCount == 2 { means = [zip(means[1], means[0]).map { $0 - $1 }] }
    var rows = means.flatMap { $0 }
    if whitens {
      RidgedCovariance(moments.withinCovariance(), width: d, ridge: Self.ridge).solve(
        &rows, count: means.count)
    }
    let bias: [Float] =
      items.classCount == 2
      ? [0]
      : means.indices.map { c in
        -0.5 * (0..<d).reduce(0) { $0 + means[c][$1] * rows[c * d + $1] }
      }
    return LinearMap(standardizer: standardizer, weights: Tensor([means.count, d], rows), bias: bias)
  }

  private func notes(_ moments: ClassMoments, _ calibration: ScoreCalibration) -> [String] {
    var notes = items.parts.isEmpty ? [TrainingItems.noFolds] : []
    if !calibration.isUseful {
      notes.append(
        "on held-out folds the direction pointed away from its class: its log-odds say next to nothing")
    }
    if whitens, items.rows.count <= moments.width {
      notes.append(
        "\(items.rows.count) items do not determine a covariance of \(moments.width) features: a ridge stands in"
      )
    }
    return notes
  }
}
