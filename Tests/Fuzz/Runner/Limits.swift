import CFuzz

/// What an input may cost.
enum Limits {
  /// Processor time of one input, ns.
  static let nanoseconds: UInt64 = 1_000_000_000
  /// Seconds on the wall clock after which a reader that takes no processor time counts as blocked; many, since the
  /// machine may be busy.
  static let blockedSeconds = 20.0
  /// Bytes for an input of `size` bytes: 16 times its size + 64 MiB.
  static func memory(size: Int) -> Int64 { 16 * Int64(size) + 64 << 20 }
}

/// How a worker says what it found, as its exit code.
enum WorkerExit {
  static let memory = FUZZ_EXIT_MEMORY
  static let stray: Int32 = 78
  static let slow: Int32 = 79
}
