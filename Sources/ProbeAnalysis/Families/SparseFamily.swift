import Foundation
import ProbeMath

/// A logistic probe on the k features that separate the classes best.
///
/// Features are ranked by scatter between class means over scatter within classes (for two classes: by the absolute
/// difference of means over the pooled standard deviation); k ∈ {1, 2, 4, …, 64} is chosen by log loss on held-out
/// folds, ranking included (Gurnee et al. 2023, "Finding Neurons in a Haystack", who call this the maximum mean
/// difference). Which features they are is in ``LinearReadOut/dimensions``.
public struct SparseFamily: ProbeFamily {
  /// `k-sparse`.
  public static let name = "k-sparse"
  /// One line about the choice.
  public static let summary =
    "logistic regression on the k features that separate best, k chosen on group folds"

  /// Numbers of features to choose from, rising; those beyond the width are left out.
  public var counts = [1, 2, 4, 8, 16, 32, 64]
  /// λ of the penalty, weak: the number of features is what is chosen.
  public var strength = 1e-3

  /// The usual numbers.
  public init() {}

  /// Chooses k on held-out folds, then ranks and fits all training rows.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    let candidates = counts.filter { $0 <= items.features.width }
    let parts = items.parts
    let standardizer = Standardizer(fitting: items.features, rows: items.rows)
    let moments = (parts.isEmpty ? [items.rows] : parts.map { $0.outside }).map {
      ClassMoments(items, rows: $0, standardizer: standardizer, withGram: false)
    }
    let all = ClassMoments.sum(moments)
    let losses = concurrently(parts.count) { index in
      var inside = all
      inside.add(moments[index], sign: -1)
      return heldOutLosses(items, parts[index], candidates, ranking: Self.ranking(inside))
    }
    let means = candidates.indices.map { k in
      losses.reduce(0) { $0 + $1[k] } / Double(max(1, losses.count))
    }
    let best = means.indices.min { (means[$0], $0) < (means[$1], $1) } ?? 0
    let chosen = Array(Self.ranking(all).prefix(candidates[best]))
    let probe = fit(items, items.rows, chosen)
    return LinearReadOut(
      family: Self.name, classes: items.classes, linear: Self.widened(probe, chosen, items.features.width),
      dimensions: chosen, strength: strength,
      diagnostics: notes(candidates, means, hasFolds: !parts.isEmpty))
  }

  /// Features by falling separation; equal ones by index.
  private static func ranking(_ moments: ClassMoments) -> [Int] {
    let separations = moments.separations
    return separations.indices.sorted { (separations[$1], $0) < (separations[$0], $1) }
  }

  private func heldOutLosses(
    _ items: TrainingItems, _ part: (fold: Int, inside: [Int], outside: [Int]), _ candidates: [Int],
    ranking: [Int]
  ) -> [Double] {
    candidates.map { k in
      let chosen = Array(ranking.prefix(k))
      let probe = fit(items, part.inside, chosen)
      let outside = Self.columns(items.features, part.outside, chosen)
      return items.logLoss(probe.scores(outside), rows: part.outside)
    }
  }

  private func fit(_ items: TrainingItems, _ rows: [Int], _ chosen: [Int]) -> LinearProbe {
    LogisticProbeFitter(strengths: [strength]).fit(
      Self.columns(items.features, rows, chosen), labels: rows.map { items.labels[$0] },
      classes: items.classes,
      weights: items.weights.map { weights in rows.map { weights[$0] } })[0]
  }

  /// Some columns of some rows.
  private static func columns(_ features: Tensor, _ rows: [Int], _ chosen: [Int]) -> Tensor {
    let (d, k) = (features.width, chosen.count)
    var part = Tensor([rows.count, k])
    part.elements.withUnsafeMutableBufferPointer { part in
      features.elements.withUnsafeBufferPointer { features in
        for (place, row) in rows.enumerated() {
          for (column, source) in chosen.enumerated() {
            part[place * k + column] = features[row * d + source]
          }
        }
      }
    }
    return part
  }

  /// The probe as a map of all features, with zeros where it does not look.
  private static func widened(_ probe: LinearProbe, _ chosen: [Int], _ width: Int) -> LinearMap {
    var mean = [Float](repeating: 0, count: width)
    var scale = [Float](repeating: 1, count: width)
    var weights = Tensor([probe.weights.rows, width])
    for (column, feature) in chosen.enumerated() {
      mean[feature] = probe.standardizer.mean[column]
      scale[feature] = probe.standardizer.scale[column]
      for row in 0..<weights.rows { weights[row, feature] = probe.weights[row, column] }
    }
    return LinearMap(
      standardizer: Standardizer(mean: mean, scale: scale), weights: weights, bias: probe.bias)
  }

  private func notes(_ candidates: [Int], _ losses: [Double], hasFolds: Bool) -> [String] {
    guard hasFolds else { return [TrainingItems.noFolds] }
    let path = zip(candidates, losses).map { "\($0): \(String(format: "%.3f", $1))" }
    return ["log loss on held-out folds by number of features: \(path.joined(separator: ", "))"]
  }
}
