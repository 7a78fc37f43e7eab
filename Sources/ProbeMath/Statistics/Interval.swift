/// A confidence interval with what a reader needs to judge it.
public struct Interval: Sendable, Codable, Equatable {
  /// How the bounds were made.
  public enum Method: String, Sendable, Codable {
    /// Wilson's score interval on the effective number of clusters: for estimates at the edge of their range,
    /// where resampling sees no variation.
    case wilson
    /// Percentiles of the cluster bootstrap.
    case percentile
    /// Bias-corrected and accelerated percentiles of the cluster bootstrap (Efron 1987).
    case bca
    /// Student's t on the cluster jackknife's standard error, on the logit scale for quantities in [0, 1].
    case clusterT = "cluster-t"
    /// For the procedure under cross-validation: Student's t on the clustered standard error and the training
    /// variability seen in the pair fits; see ``ProcedureInterval``.
    case procedureT = "procedure-t"
    /// For the procedure under cross-validation: the nested-CV standard error of Bates, Hastie & Tibshirani (2023).
    case nestedCV = "nested-cv"
    /// For the procedure under cross-validation: the corrected variance of scores of folds (Nadeau & Bengio 2003).
    case nadeauBengio = "nadeau-bengio"
  }

  /// The statistic on the data as they are; nil where only bounds are known.
  public let estimate: Double?
  /// Lower bound.
  public let lower: Double
  /// Upper bound.
  public let upper: Double
  /// Confidence level, such as 0.95.
  public let level: Double
  /// How the bounds were made.
  public let method: Method

  /// An interval from its parts.
  public init(estimate: Double?, lower: Double, upper: Double, level: Double, method: Method) {
    self.estimate = estimate
    self.lower = lower
    self.upper = upper
    self.level = level
    self.method = method
  }

  /// Whether `value` lies between the bounds, bounds included.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  /// Wilson's score interval for a proportion of `trials` trials (need not be whole):
  ///
  ///     (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)
  ///
  /// Reference: Wilson, JASA 22 (1927) 209–212.
  public static func wilson(proportion: Double, trials: Double, level: Double = 0.95) -> Interval {
    precondition(trials > 0, "wilson: \(trials) trials")
    precondition(proportion >= 0 && proportion <= 1, "wilson: proportion \(proportion)")
    precondition(level > 0 && level < 1, "wilson: level \(level)")
    let z = normalQuantile(0.5 + level / 2)
    let z2n = z * z / trials
    let centre = proportion + z2n / 2
    let half = z * (proportion * (1 - proportion) / trials + z2n / (4 * trials)).squareRoot()
    // At the edge the bound is the edge; rounding would leave it 1e-17 away, and `lower > 0` would hold.
    return Interval(
      estimate: proportion, lower: proportion == 0 ? 0 : max(0, (centre - half) / (1 + z2n)),
      upper: proportion == 1 ? 1 : min(1, (centre + half) / (1 + z2n)), level: level, method: .wilson)
  }
}
