import ProbeMath

/// Whether an eraser took a label out of activations it has never seen: eraser on A, refit on B, test on C.
///
/// A, B and C are thirds of the items by whole groups. The guarantee of ``LinearEraser`` is about A: no covariance is left
/// there. On fresh items a refit stays above chance by an amount of order d/n, which is why d/n stands beside it. An
/// eraser fitted on the items it is tested with would make a refit fall *below* chance, hence the three parts. The
/// second refit, not linear, shows what the guarantee does not cover.
public struct ErasureCheck: Sendable, Codable, Equatable {
  /// Fits a probe of another kind on some rows of features and scores others: log-odds of each class, `[test, classes]`.
  public typealias Refit = @Sendable (_ features: Tensor, _ fit: [Int], _ test: [Int]) throws -> Tensor

  /// Metrics that are reported.
  public static let metrics: [ClassificationMetric] = [.accuracy, .auroc]

  /// One kind of probe before and after.
  public struct Refitted: Sendable, Codable, Equatable {
    /// Fitted on B and tested on C, as captured.
    public let before: [MetricEstimate]
    /// The same, erased.
    public let after: [MetricEstimate]
    /// After − before on the same items.
    public let change: [MetricEstimate]
  }

  /// Size of a part, and what the eraser leaves there.
  public struct Part: Sendable, Codable, Equatable {
    /// Items in it.
    public let items: Int
    /// Groups in it.
    public let groups: Int
    /// ‖Cov(x, z)‖ before and after; on A, the guarantee.
    public let covariance: LinearEraser.Residual
  }

  /// A: the eraser's items.
  public let eraserPart: Part
  /// B: the refits' items.
  public let refitPart: Part
  /// C: the test items.
  public let testPart: Part
  /// Dimensions that were taken out.
  public let rank: Int
  /// d / n of A: the size of what a linear refit may keep.
  public let featuresPerItem: Double
  /// The logistic probe, its strength chosen on B before and after.
  public let linear: Refitted
  /// The other probe; nil where none was given.
  public let other: Refitted?

  /// Erases, refits and tests.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`.
  ///   - labels: class index of each item.
  ///   - classes: names of the classes, at least two.
  ///   - groups: leakage unit of each item.
  ///   - rows: the items to use; all, unless said otherwise.
  ///   - strengths: strengths λ to choose from.
  ///   - replicates: resamples for the intervals.
  ///   - refit: the other probe. Its features have a row for every item, as `labels` do.
  /// - Throws: ``StudyError`` `.tooFewGroups` under six groups, `.oneClass` when a part has a single class, `.notFinite`
  ///   for a feature that is NaN or infinite; and what `refit` throws.
  public init(
    features: Tensor, labels: [Int], classes: [String], groups: [String], rows: [Int]? = nil,
    strengths: [Double] = LogisticProbeFitter.defaultStrengths, replicates: Int = 2000, level: Double = 0.95,
    seed: UInt64, refit: Refit? = nil
  ) throws {
    let fit = TunedFit(
      features: features, labels: labels, classes: classes, groups: groups, strengths: strengths)
    let rows = rows ?? Array(labels.indices)
    let parts = try Self.thirds(fit, rows, seed: seed)
    let eraser = try LinearEraser(
      features: features, labels: labels, classCount: classes.count, rows: parts[0])
    let erased = fit.with(features: eraser.erase(features))
    let sizes = parts.map { part in
      Part(
        items: part.count, groups: fit.groupCount(part),
        covariance: eraser.residual(features, labels: labels, classCount: classes.count, rows: part))
    }
    let bootstrap = fit.bootstrap(
      parts[2], replicates: replicates, RandomStream(seed: seed, "erasure", "bootstrap"))
    func compared(_ before: Tensor, _ after: Tensor) -> Refitted {
      let truth = parts[2].map { labels[$0] }
      let sides = [before, after].map { scores in
        Self.metrics.map { $0.statistic(Classification(labels: truth, scores: scores)) }
      }
      let estimates = sides.map { side in
        zip(Self.metrics, side).map {
          bootstrap.estimate($1, .ofClasses($0), chance: $0.chance(classCount: classes.count), level: level)
        }
      }
      return Refitted(
        before: estimates[0], after: estimates[1],
        change: Self.metrics.indices.map {
          bootstrap.difference(
            sides[1][$0], minus: sides[0][$0], .ofClasses(Self.metrics[$0]), level: level)
        })
    }
    let scores = try concurrently(2) { side in
      let fit = side == 0 ? fit : erased
      let probe = fit.probe(parts[1], RandomStream(seed: seed, "erasure", "folds"))
      return (
        probe.scores(fit.features, rows: parts[2]), try refit?(fit.features, parts[1], parts[2])
      )
    }
    linear = compared(scores[0].0, scores[1].0)
    other = scores[0].1.flatMap { before in scores[1].1.map { compared(before, $0) } }
    (eraserPart, refitPart, testPart) = (sizes[0], sizes[1], sizes[2])
    rank = eraser.rank
    featuresPerItem = Double(features.width) / Double(parts[0].count)
  }

  private static func thirds(
    _ fit: TunedFit, _ rows: [Int], seed: UInt64
  ) throws(StudyError) -> [[Int]] {
    let groups = fit.groupCount(rows)
    guard groups >= 6 else {
      throw StudyError(
        .tooFewGroups, at: "erasure",
        "\(groups) groups cannot fill three parts, for eraser, refit and test, with two each. Use more groups."
      )
    }
    let parts = fit.dealt(rows, into: 3, RandomStream(seed: seed, "erasure", "parts"))
    for (name, part) in zip(["eraser", "refit", "test"], parts) where fit.classCount(part) < 2 {
      throw StudyError(
        .oneClass, at: "erasure, \(name)",
        "The \(name)'s third of the items, \(part.count) in \(fit.groupCount(part)) groups, has a single class. "
          + "Use more groups of the rarer one.")
    }
    return parts
  }
}
