import ProbeMath

/// The logistic probe, its strength chosen by log loss on held-out folds; see ``LogisticProbeFitter``.
public struct LogisticFamily: ProbeFamily {
  /// `logistic`.
  public static let name = "logistic"
  /// One line about the penalty.
  public static let summary = "L2-penalised logistic regression, its strength chosen on group folds"

  /// Strengths λ to choose from.
  public var strengths = LogisticProbeFitter.defaultStrengths
  /// What features are divided by.
  public var scaling = Standardizer.Scaling.perFeature

  /// The usual strengths.
  public init() {}

  /// Chooses the strength, then fits all training rows.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    let strength = choose(items)
    let probe = LogisticProbeFitter(strengths: [strength], scaling: scaling).fit(
      items.features, labels: items.labels, classes: items.classes, rows: items.rows, weights: items.weights)[
        0]
    var notes = items.parts.isEmpty ? [TrainingItems.noFolds] : []
    if !probe.fit.converged {
      notes.append(
        "the fit did not converge (\(probe.fit.ending.rawValue) after \(probe.fit.iterations) iterations)")
    }
    return LinearReadOut(
      family: Self.name, classes: items.classes, linear: probe.map, strength: strength, diagnostics: notes)
  }

  private func choose(_ items: TrainingItems) -> Double {
    let parts = items.parts
    guard strengths.count > 1, !parts.isEmpty else { return strengths[0] }
    // Ten times looser than the final fit: strengths are a factor of ten apart.
    let fitter = LogisticProbeFitter(strengths: strengths, scaling: scaling, tolerance: 1e-4)
    let losses = concurrently(parts.count) { index in
      let part = parts[index]
      return fitter.fit(
        items.features, labels: items.labels, classes: items.classes, rows: part.inside,
        weights: items.weights
      ).map { items.logLoss($0.scores(items.features, rows: part.outside), rows: part.outside) }
    }
    let sums = strengths.indices.map { index in losses.reduce(0) { $0 + $1[index] } }
    let best = strengths.indices.min { (sums[$0], -strengths[$0]) < (sums[$1], -strengths[$1]) }
    return strengths[best ?? 0]
  }
}
