/// A smooth function to be minimised, with a preconditioner.
public protocol SmoothObjective {
  /// Number of parameters.
  var parameterCount: Int { get }
  /// The value at `point`; writes the gradient.
  mutating func evaluate(
    _ point: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>
  ) -> Double
  /// Replaces `vector` by B⁻¹ · vector, with B positive definite and near the Hessian.
  func precondition(_ vector: UnsafeMutablePointer<Double>)
  /// Brings B up to date at the point evaluated last.
  ///
  /// - Returns: whether anything changed.
  mutating func refreshPreconditioner() -> Bool
}

/// Limited-memory BFGS over a preconditioner that knows the curvature.
///
/// The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4) starts from the objective's own B⁻¹, scaled by the
/// last step's curvature, instead of a multiple of the identity: the memory only learns what B misses. After
/// ``refreshInterval`` iterations B is brought up to date and the memory cleared, which in the limit is Newton's
/// method. Steps are backtracked by the Armijo rule with safeguarded quadratic interpolation; near the minimum, where
/// differences of values drown in rounding, by its gradient form (Hager & Zhang 2005, "approximate Wolfe").
public struct LBFGS: Sendable {
  /// Pairs of steps and gradient changes kept.
  public var memory = 30
  /// Most iterations.
  public var maximumIterations = 500
  /// Iterations after which the preconditioner is brought up to date.
  public var refreshInterval = 25
  /// Iterations without a lower value (beyond ``valueNoise``) or gradient, after which rounding has won.
  public var patience = 25
  /// Relative error of a value, below which differences mean nothing.
  public var valueNoise = 1e-7

  /// How a minimisation ended.
  public enum Ending: String, Sendable, Codable {
    /// The gradient's norm fell below the tolerance.
    case converged
    /// No step lowers the value any more, within rounding.
    case stalled
    /// The iterations ran out.
    case iterationLimit = "iteration_limit"
    /// A value or gradient was not finite.
    case notFinite = "not_finite"
  }

  /// What a minimisation did.
  public struct Outcome: Sendable, Codable, Equatable {
    /// How it ended.
    public let ending: Ending
    /// Iterations taken.
    public let iterations: Int
    /// Evaluations of value and gradient.
    public let evaluations: Int
    /// Value at the end.
    public let value: Double
    /// Euclidean norm of the gradient at the end.
    public let gradientNorm: Double
  }

  /// The default settings.
  public init() {}

  /// Minimises `objective` from `point`, in place, until the gradient's norm is at most `tolerance`.
  public func minimize(
    _ objective: inout some SmoothObjective, from point: inout [Double], tolerance: Double
  ) -> Outcome {
    let n = objective.parameterCount
    precondition(point.count == n, "LBFGS: \(point.count) values for \(n) parameters")
    var run = Run(n: n, memory: memory, noise: valueNoise)
    var value = objective.evaluate(point, gradient: &run.gradient)
    var evaluations = 1
    var iterations = 0
    var sinceRefresh = 0
    var best = (value: value, size: Double.infinity, iteration: 0)
    func outcome(_ ending: Ending) -> Outcome {
      Outcome(
        ending: ending, iterations: iterations, evaluations: evaluations, value: value,
        gradientNorm: norm(run.gradient))
    }
    while true {
      let size = norm(run.gradient)
      guard value.isFinite, size.isFinite else { return outcome(.notFinite) }
      if size <= tolerance { return outcome(.converged) }
      if iterations >= maximumIterations { return outcome(.iterationLimit) }
      if size < best.size || value < best.value - valueNoise * abs(best.value) {
        best = (min(value, best.value), min(size, best.size), iterations)
      } else if iterations - best.iteration >= patience {
        return outcome(.stalled)
      }
      if sinceRefresh >= refreshInterval, objective.refreshPreconditioner() {
        run.pairs.removeAll()
        sinceRefresh = 0
      }
      run.direct(objective)
      if let step = run.search(&objective, from: &point, value: value, evaluations: &evaluations) {
        value = step
      } else if !run.pairs.isEmpty || (sinceRefresh > 0 && objective.refreshPreconditioner()) {
        // The memory may be what misleads: once more without it.
        run.pairs.removeAll()
        sinceRefresh = 0
        continue
      } else {
        return outcome(.stalled)
      }
      iterations += 1
      sinceRefresh += 1
    }
  }
}

/// The moving parts of one minimisation.
private struct Run {
  struct Pair {
    let step: [Double]
    let change: [Double]
    let inverse: Double
  }

  let memory: Int
  let noise: Double
  var pairs: [Pair] = []
  var gradient: [Double]
  var direction: [Double]
  var trial: [Double]
  var trialGradient: [Double]

  init(n: Int, memory: Int, noise: Double) {
    self.memory = memory
    self.noise = noise
    gradient = [Double](repeating: 0, count: n)
    direction = gradient
    trial = gradient
    trialGradient = gradient
  }

  /// direction = −H · gradient, by the two-loop recursion.
  mutating func direct(_ objective: some SmoothObjective) {
    for i in direction.indices { direction[i] = -gradient[i] }
    var shares = [Double](repeating: 0, count: pairs.count)
    for k in pairs.indices.reversed() {
      shares[k] = dot(pairs[k].step, direction) * pairs[k].inverse
      add(&direction, pairs[k].change, -shares[k])
    }
    direction.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { objective.precondition(base) } }
    if let last = pairs.last {
      // B's size by the last step (Nocedal & Wright 7.20, in B's metric): curvature shrinks as classes come apart.
      trial = last.change
      trial.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { objective.precondition(base) } }
      let factor = 1 / (last.inverse * dot(last.change, trial))
      for i in direction.indices { direction[i] *= factor }
    }
    for k in pairs.indices {
      let share = dot(pairs[k].change, direction) * pairs[k].inverse
      add(&direction, pairs[k].step, shares[k] - share)
    }
  }

  /// Moves `point` along the direction to a lower value, which it returns; nil when there is none.
  mutating func search(
    _ objective: inout some SmoothObjective, from point: inout [Double], value: Double,
    evaluations: inout Int
  ) -> Double? {
    let slope = dot(gradient, direction)
    guard slope < 0 else { return nil }
    let slack = noise * max(abs(value), 1e-12)
    var t = 1.0
    for _ in 0..<30 {
      for i in trial.indices { trial[i] = point[i] + t * direction[i] }
      let trialValue = objective.evaluate(trial, gradient: &trialGradient)
      evaluations += 1
      let trialSlope = dot(trialGradient, direction)
      let lower = trialValue <= value + 1e-4 * t * slope
      let flat =
        trialValue <= value + slack && trialSlope <= -0.8 * slope && trialSlope >= 0.9 * slope - 1e-300
      if trialValue.isFinite, trialSlope.isFinite, lower || flat {
        remember(from: point)
        swap(&point, &trial)
        swap(&gradient, &trialGradient)
        return trialValue
      }
      // The parabola through value, slope and the new value, kept within [0.1, 0.5] of the last step.
      let curvature = trialValue - value - t * slope
      let vertex = trialValue.isFinite && curvature > 0 ? -0.5 * slope * t * t / curvature : 0.1 * t
      t = min(max(vertex, 0.1 * t), 0.5 * t)
    }
    return nil
  }

  /// Keeps the step to the trial point, if it went through upward curvature.
  private mutating func remember(from point: [Double]) {
    var step = trial
    var change = trialGradient
    for i in step.indices {
      step[i] -= point[i]
      change[i] -= gradient[i]
    }
    let curvature = dot(step, change)
    guard curvature > 1e-10 * norm(step) * norm(change) else { return }
    if pairs.count == memory { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: change, inverse: 1 / curvature))
  }
}

/// Σ aᵢ bᵢ, in four interleaved sums: Swift does not reorder one.
private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sums = (0.0, 0.0, 0.0, 0.0)
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var i = 0
      while i + 3 < a.count {
        sums.0 += a[i] * b[i]
        sums.1 += a[i + 1] * b[i + 1]
        sums.2 += a[i + 2] * b[i + 2]
        sums.3 += a[i + 3] * b[i + 3]
        i += 4
      }
      while i < a.count {
        sums.0 += a[i] * b[i]
        i += 1
      }
    }
  }
  return (sums.0 + sums.1) + (sums.2 + sums.3)
}

private func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

private func add(_ a: inout [Double], _ b: [Double], _ factor: Double) {
  for i in a.indices { a[i] += factor * b[i] }
}
