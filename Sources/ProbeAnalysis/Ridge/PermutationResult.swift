/// The statistic of a ``PermutationTest`` for one matrix of features.
public struct PointScores: Sendable, Codable, Equatable {
  /// What was compared.
  public let statistic: PermutationTest.Statistic
  /// Its value on the true labels.
  public let observed: Double
  /// Its value on each shuffle; the same shuffles for every matrix of the question.
  public let null: [Double]
  /// λ, chosen from the features alone.
  public let strength: Double
  /// Effective degrees of freedom at λ.
  public let degreesOfFreedom: Double

  /// Scores from their parts.
  public init(
    statistic: PermutationTest.Statistic, observed: Double, null: [Double], strength: Double,
    degreesOfFreedom: Double
  ) {
    self.statistic = statistic
    self.observed = observed
    self.null = null
    self.strength = strength
    self.degreesOfFreedom = degreesOfFreedom
  }
}

/// p-values of a question over several points (layers).
public struct PermutationResult: Sendable, Codable, Equatable {
  /// B.
  public let permutations: Int
  /// p of each point on its own: (1 + #{T* ≥ T}) / (1 + B).
  public let raw: [Double]
  /// p of each point, corrected for having looked at all: (1 + #{max_l T*_l ≥ T}) / (1 + B) (Westfall & Young 1993).
  public let adjusted: [Double]
  /// Index of the point with the highest statistic, the first of equals.
  public let bestPoint: Int
  /// p of the best point as the best: (1 + #{max_l T*_l ≥ max_l T_l}) / (1 + B).
  public let best: Double
}

extension PermutationTest {
  /// Shuffles that differ by less are counted against the observed labels: float32 products of equal labels may.
  private static let rounding = 1e-6

  /// p-values of the points of one question, raw and corrected by the maximum over points.
  ///
  /// - Precondition: all scores are of one test.
  public static func adjusted(_ points: [PointScores]) -> PermutationResult {
    precondition(!points.isEmpty, "PermutationTest: no points")
    let count = points[0].null.count
    precondition(
      points.allSatisfy { $0.null.count == count && $0.statistic == points[0].statistic },
      "PermutationTest: points of different tests")
    func p(_ null: [Double], _ observed: Double) -> Double {
      Double(1 + null.count { $0 >= observed - rounding }) / Double(1 + count)
    }
    let maxima = (0..<count).map { b in points.reduce(-.infinity) { max($0, $1.null[b]) } }
    let best = points.indices.max { (points[$0].observed, $1) < (points[$1].observed, $0) } ?? 0
    return PermutationResult(
      permutations: count, raw: points.map { p($0.null, $0.observed) },
      adjusted: points.map { p(maxima, $0.observed) }, bestPoint: best,
      best: p(maxima, points[best].observed))
  }
}
