import ProbeMath

/// A claim of the statistics that a simulation can refute.
public protocol CoverageCheck: Sendable {
  /// What is claimed, as a heading.
  var claim: String { get }
  /// The design's name.
  var design: String { get }
  /// One run, from a stream of its own: the numbers that ``rows(_:)`` sums up; NaN for what the run could not give.
  func outcome(_ stream: RandomStream) throws -> [Double]
  /// The results of all runs.
  func rows(_ outcomes: [[Double]]) -> [CoverageRow]
}

extension CoverageCheck {
  /// Runs the simulation on all processors.
  public func run(_ runs: Int, seed: UInt64) throws -> [CoverageRow] {
    let outcomes = try concurrently(runs) { (index: Int) throws -> [Double] in
      try outcome(RandomStream(seed: seed, claim, design, "\(index)"))
    }
    return rows(outcomes)
  }
}

/// One measured number beside what was claimed of it.
public struct CoverageRow: Sendable {
  /// The design.
  public let design: String
  /// What was measured.
  public let quantity: String
  /// Its value over all runs.
  public let value: Double
  /// Its standard error from the number of runs.
  public let standardError: Double
  /// Where it should lie; nil for what is shown without a claim.
  public let claimed: ClosedRange<Double>?
  /// Runs that gave a number.
  public let runs: Int

  /// Whether the value lies where it should, give or take `errors` standard errors.
  public func holds(within errors: Double) -> Bool {
    guard let claimed else { return true }
    return value >= claimed.lowerBound - errors * standardError
      && value <= claimed.upperBound + errors * standardError
  }

  /// The share of ones among zeros and ones.
  static func share(
    _ design: String, _ quantity: String, _ values: [Double], claimed: ClosedRange<Double>?, nominal: Double
  ) -> CoverageRow {
    let defined = values.filter { !$0.isNaN }
    let count = Double(max(defined.count, 1))
    return CoverageRow(
      design: design, quantity: quantity, value: defined.reduce(0, +) / count,
      // At the nominal share: a share measured as 0 or 1 is not known exactly.
      standardError: (nominal * (1 - nominal) / count).squareRoot(), claimed: claimed, runs: defined.count)
  }

  /// The mean of numbers.
  static func mean(
    _ design: String, _ quantity: String, _ values: [Double], claimed: ClosedRange<Double>?
  ) -> CoverageRow {
    let defined = values.filter { !$0.isNaN }
    let count = Double(max(defined.count, 1))
    let mean = defined.reduce(0, +) / count
    let squares = defined.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return CoverageRow(
      design: design, quantity: quantity, value: mean,
      standardError: (squares / max(1, count - 1) / count).squareRoot(), claimed: claimed, runs: defined.count
    )
  }
}

/// Where 95% intervals should cover.
let coverageBand = 0.93...0.97
/// Strengths to choose from, few enough that a thousand runs take minutes.
let simulatedStrengths: [Double] = [10, 1, 0.1, 0.01]
