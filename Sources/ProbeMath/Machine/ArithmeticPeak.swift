import CKernels

/// The machine's float32 arithmetic, measured: what the speed of anything else is a share of.
public enum ArithmeticPeak {
  /// Floating-point operations a second (a multiply-add counts as two) of `threads` threads that do nothing but
  /// independent multiply-adds on registers, as wide as the CPU has them.
  ///
  /// The best of `rounds`, each about `seconds` long: whatever else runs on the machine can only make a round slower.
  public static func measure(threads: Int = 1, seconds: Double = 0.03, rounds: Int = 5) -> Double {
    precondition(
      threads > 0 && seconds > 0 && rounds > 0, "ArithmeticPeak: \(threads), \(seconds), \(rounds)")
    // The first round wakes the CPU up (clock, wide units) and says how many steps fill the time.
    let sample = rate(steps: 1 << 16, threads: threads)
    let steps = max(1 << 12, Int(sample.perSecond / sample.operations * Double(1 << 16) * seconds))
    return (0..<rounds).map { _ in rate(steps: steps, threads: threads).perSecond }.max() ?? 0
  }

  private static func rate(steps: Int, threads: Int) -> (operations: Double, perSecond: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let work = concurrently(threads) { _ in
      var result: Float = 0
      // The fixed point of x · factor + addend is 1: values stay where arithmetic is at full speed.
      return probe_peak_work(steps, 0.5, 0.5, &result)
    }
    let operations = work.reduce(0, +)
    return (operations, operations / (clock.now - start).inSeconds)
  }
}

extension Duration {
  /// The duration in seconds; never 0, so that rates stay finite.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return max(Double(seconds) + Double(attoseconds) * 1e-18, 1e-9)
  }
}
