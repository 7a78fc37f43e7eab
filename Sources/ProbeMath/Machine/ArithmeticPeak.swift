import CKernels

/// The machine's float32 arithmetic, measured: what the speed of anything else is a share of.
public enum ArithmeticPeak {
  /// Floating-point operations a second (a multiply-add counts as two) of `threads` threads that do nothing but
  /// independent multiply-adds on registers, as wide as the CPU has them, by the threads' own clocks.
  ///
  /// The best of `rounds`, each about `seconds` long: whatever else runs on the machine can only make a round slower.
  public static func measure(threads: Int = 1, seconds: Double = 0.02, rounds: Int = 8) -> Double {
    precondition(
      threads > 0 && seconds > 0 && rounds > 0, "ArithmeticPeak: \(threads), \(seconds), \(rounds)")
    // The first round wakes the CPU up (clock, wide units) and says how many steps fill the time.
    let sampleSteps = 1 << 16
    let sample = time(steps: sampleSteps, threads: threads)
    let steps = max(1 << 10, Int(Double(sampleSteps) * seconds / sample.seconds))
    return (0..<rounds).map { _ in
      let round = time(steps: steps, threads: threads)
      return round.operations / round.seconds
    }.max() ?? 0
  }

  private static func time(steps: Int, threads: Int) -> (operations: Double, seconds: Double) {
    let parts = concurrently(threads) { _ in
      let start = threadSeconds()
      var result: Float = 0
      // The fixed point of x · ½ + ½ is 1: values stay where arithmetic is at full speed.
      let operations = probe_peak_work(steps, 0.5, 0.5, &result)
      return (operations: operations, seconds: max(threadSeconds() - start, 1e-9))
    }
    return (parts.reduce(0) { $0 + $1.operations }, parts.map { $0.seconds }.max() ?? 1e-9)
  }
}
