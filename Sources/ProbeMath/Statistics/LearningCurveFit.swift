import Foundation

/// A power law through the errors of a procedure at several training sizes, to say how many examples an error needs:
///
///     error(n) = a + b · n^(−c),   a ≥ 0, b ≥ 0, c in [0.05, 3]
///
/// Weighted least squares, 1/SE² a point. For each c the best a and b have a closed form; c comes from a grid, then
/// golden sections around its best point. a is what no number of examples removes; with few points it is hardly
/// determined, so judge ``items(forError:)`` by ``itemsRange(forError:replicates:level:)``.
/// References: Cortes et al., NeurIPS 6 (1993) 327–334; Viering & Loog, TPAMI 45 (2023), on when such fits fail.
public struct LearningCurveFit: Sendable, Codable, Equatable {
  /// One training size.
  public struct Point: Sendable, Codable, Equatable {
    /// Training items n, at least 1.
    public let items: Double
    /// The mean error there.
    public let error: Double
    /// Its standard error; 0 or less where unknown.
    public let standardError: Double

    /// A measured point.
    public init(items: Double, error: Double, standardError: Double) {
      self.items = items
      self.error = error
      self.standardError = standardError
    }
  }

  /// Why the curve must not be read beyond its points.
  public enum Objection: String, Sendable, Codable {
    /// Three sizes fit any such curve exactly.
    case fewPoints = "fewer than four training sizes"
    /// The error at the largest size is not below that at the smallest by more than one standard error of their
    /// difference.
    case notDecreasing = "the error does not fall with the training size"
  }

  /// a, the error that stays.
  public let floor: Double
  /// b, how much there is to gain at n = 1.
  public let scale: Double
  /// c, how fast it is gained.
  public let rate: Double
  /// The points by rising n.
  public let points: [Point]
  /// Σ ((error − fit) / SE)².
  public let deviance: Double
  /// Why extrapolation is not justified; nil where nothing speaks against it but caution.
  public let objection: Objection?

  /// Fits the curve; nil for fewer than three different sizes, or values that are not finite.
  public init?(_ points: [Point]) {
    let sorted = points.sorted { ($0.items, $0.error) < ($1.items, $1.error) }
    let sizes = Set(sorted.map { $0.items }).count
    guard sizes >= 3, sorted.allSatisfy({ $0.items >= 1 && $0.items.isFinite && $0.error.isFinite }),
      sorted.allSatisfy({ $0.standardError.isFinite }), let first = sorted.first, let last = sorted.last
    else { return nil }
    let problem = Problem(sorted)
    let best = problem.best()
    (floor, scale, rate, deviance) = (best.a, best.b, best.c, best.deviance)
    self.points = sorted
    let noise = (first.standardError * first.standardError + last.standardError * last.standardError)
      .squareRoot()
    objection =
      sizes < 4 ? .fewPoints : first.error - last.error > noise ? nil : .notDecreasing
  }

  /// The fitted error at n training items.
  public func error(items: Double) -> Double { floor + scale * pow(items, -rate) }

  /// The training items at which the curve reaches `target`; nil where it never does (or beyond 10¹² items).
  public func items(forError target: Double) -> Double? {
    guard target > floor else { return nil }
    guard scale > 0 else { return 1 }
    let items = max(1, pow(scale / (target - floor), 1 / rate))
    return items <= 1e12 ? items : nil
  }

  /// Percentile bounds of ``items(forError:)`` from refits to resampled errors.
  ///
  /// - Parameters:
  ///   - replicates: for every resample, the errors at ``points``, in their order; resamples that are not finite are
  ///     left out.
  /// - Returns: the bounds, nil for an upper (or lower) bound where that share of refits never reaches the target;
  ///   nil altogether without any refit.
  public func itemsRange(
    forError target: Double, replicates: [[Double]], level: Double = 0.95
  ) -> (lower: Double?, upper: Double?)? {
    precondition(level > 0 && level < 1, "LearningCurveFit: level \(level)")
    let needed = replicates.compactMap { errors -> Double? in
      precondition(
        errors.count == points.count, "LearningCurveFit: \(errors.count) of \(points.count) errors")
      let resampled = zip(points, errors).map {
        Point(items: $0.items, error: $1, standardError: $0.standardError)
      }
      return LearningCurveFit(resampled).map { $0.items(forError: target) ?? .infinity }
    }.sorted()
    guard !needed.isEmpty else { return nil }
    // No interpolation: a bound between a number and never is never.
    func bound(_ p: Double) -> Double? {
      let value = needed[min(needed.count - 1, Int((p * Double(needed.count - 1)).rounded(.up)))]
      return value.isFinite ? value : nil
    }
    return (bound((1 - level) / 2), bound((1 + level) / 2))
  }
}

/// The weighted least-squares problem of one set of points.
private struct Problem {
  let logs: [Double]
  let errors: [Double]
  let weights: [Double]

  init(_ points: [LearningCurveFit.Point]) {
    logs = points.map { log($0.items) }
    errors = points.map { $0.error }
    // A point said to be exact would take the fit for itself: no SE counts as less than a tenth of the median.
    let known = points.map { $0.standardError }.filter { $0 > 0 }.sorted()
    let least = known.isEmpty ? 1 : 0.1 * known[known.count / 2]
    weights = points.map { 1 / pow(max($0.standardError, least), 2) }
  }

  func best() -> (a: Double, b: Double, c: Double, deviance: Double) {
    // 60 steps of 7% from 0.05 to 3.
    let step = log(3 / 0.05) / 60
    let grid = (0...60).map { 0.05 * exp(Double($0) * step) }
    let deviances = grid.map { solve($0).deviance }
    let place = deviances.indices.min { (deviances[$0], $0) < (deviances[$1], $1) } ?? 0
    var low = grid[max(0, place - 1)]
    var high = grid[min(60, place + 1)]
    let ratio = (5.0.squareRoot() - 1) / 2
    for _ in 0..<50 {
      let (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
      if solve(left).deviance <= solve(right).deviance { high = right } else { low = left }
    }
    let found = solve(0.5 * (low + high))
    return found.deviance <= deviances[place] ? found : solve(grid[place])
  }

  /// The best a ≥ 0 and b ≥ 0 for one c: of the unconstrained solution, a = 0 and b = 0, the best that is allowed.
  func solve(_ c: Double) -> (a: Double, b: Double, c: Double, deviance: Double) {
    var (w, x, xx, y, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in logs.indices {
      let power = exp(-c * logs[i])
      w += weights[i]
      x += weights[i] * power
      xx += weights[i] * power * power
      y += weights[i] * errors[i]
      xy += weights[i] * power * errors[i]
    }
    let determinant = w * xx - x * x
    var candidates = [(a: max(0, y / w), b: 0.0), (a: 0.0, b: max(0, xy / xx))]
    if determinant > 1e-14 * w * xx {
      let a = (y * xx - x * xy) / determinant
      let b = (w * xy - x * y) / determinant
      if a >= 0, b >= 0 { candidates.append((a, b)) }
    }
    var best = (a: 0.0, b: 0.0, c: c, deviance: Double.infinity)
    for (a, b) in candidates {
      var deviance = 0.0
      for i in logs.indices {
        let gap = errors[i] - a - b * exp(-c * logs[i])
        deviance += weights[i] * gap * gap
      }
      if deviance < best.deviance { best = (a, b, c, deviance) }
    }
    return best
  }
}
