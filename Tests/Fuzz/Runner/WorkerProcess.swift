import CFuzz
import Foundation

/// A worker as its supervisor sees it: a process that is started again behind every input that ends it.
struct WorkerProcess {
  /// Why a worker stopped.
  enum End: Equatable {
    case finished
    /// Went wrong at this iteration.
    case found(Finding.Kind, iteration: Int, detail: String)
  }

  let scratch: String
  let status: UnsafeMutablePointer<fuzz_status>
  let index: Int
  let process: pid_t
  private var seen: UInt64 = 0
  private var seenAt = Date()

  /// Starts a worker on every `jobs`-th iteration from `first` on.
  init(_ run: TargetRun, scratch: String, index: Int, first: Int) throws {
    (self.scratch, self.index) = (scratch, index)
    let files = "\(scratch)/files"
    try? FileManager.default.removeItem(atPath: files)
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    guard let status = fuzz_status_map("\(scratch)/status") else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: "\(scratch)/status"])
    }
    self.status = status
    status.pointee.running = 0
    process = try Self.spawn(
      [
        "worker", "--fixtures", run.options.absoluteFixtures, "--seed", "\(run.options.seed)", "--target",
        run.target.name, "--first", "\(first)", "--end", "\(run.iterations)", "--stride", "\(run.jobs)",
        "--status",
        "\(scratch)/status", "--scratch", files,
      ], errors: "\(scratch)/errors")
  }

  /// Nil while the worker works.
  mutating func poll(blockedSeconds: Double) -> End? {
    var state: Int32 = 0
    if waitpid(process, &state, WNOHANG) == process { return end(state) }
    var began: UInt64 = 0
    let running = fuzz_status_running(status, &began)
    if running != seen { (seen, seenAt) = (running, Date()) }
    let used = fuzz_processor_time(process)
    let isSlow = running > 0 && used > began + Limits.nanoseconds
    guard isSlow || Date().timeIntervalSince(seenAt) > blockedSeconds else { return nil }
    kill(process, SIGKILL)
    waitpid(process, &state, 0)
    return .found(
      .hang, iteration: iteration, detail: isSlow ? "more than 1 s of processor time" : "blocked")
  }

  private var iteration: Int { max(Int(status.pointee.running) - 1, 0) }

  private func end(_ state: Int32) -> End {
    let signal = state & 0x7f
    if signal != 0 {
      return .found(.trap, iteration: iteration, detail: "signal \(signal). \(lastError)")
    }
    switch state >> 8 & 0xff {
    case 0: return .finished
    case WorkerExit.memory:
      return .found(.memory, iteration: iteration, detail: "asked to hold \(status.pointee.exceeded) bytes")
    case WorkerExit.stray: return .found(.stray, iteration: iteration, detail: lastError)
    case WorkerExit.slow:
      return .found(.hang, iteration: iteration, detail: "more than 1 s of processor time")
    case let code: return .found(.trap, iteration: iteration, detail: "exit code \(code). \(lastError)")
    }
  }

  private var lastError: String {
    let text = (try? String(contentsOfFile: "\(scratch)/errors", encoding: .utf8)) ?? ""
    return String(text.split(separator: "\n").last ?? "")
  }

  private static func spawn(_ arguments: [String], errors: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // Backtraces take seconds; several BLAS threads spin.
    let environment =
      ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no", "OPENBLAS_NUM_THREADS": "1"]) { $1 }
      .map { "\($0)=\($1)" }.sorted()
    let strings = (["/proc/self/exe"] + arguments).map { strdup($0) }
    let variables = environment.map { strdup($0) }
    defer { (strings + variables).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, strings + [nil], variables + [nil])
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EAGAIN) }
    return process
  }
}
