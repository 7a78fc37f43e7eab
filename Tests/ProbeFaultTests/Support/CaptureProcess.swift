import Foundation
import Testing

/// A running `probe`, started without a shell so that signals reach it and nothing else.
final class CaptureProcess {
  /// How a run ended.
  struct Outcome: CustomStringConvertible {
    /// The exit code; nil when a signal ended it.
    let code: Int32?
    /// The signal that ended it; nil when it ended by itself.
    let signal: Int32?
    let messages: String

    var description: String { (code.map { "exit \($0)" } ?? "signal \(signal ?? 0)") + ": " + messages }

    /// Tokens that the program says it computed; 0 when there was nothing to do.
    var tokens: Int? {
      if messages.contains(": nothing to do") { return 0 }
      let line = messages.split(separator: "\n").last { $0.contains(" tokens in ") }
      return line.flatMap { Int($0.prefix { $0 != " " }.filter { $0 != "," }) }
    }

    /// Batches after which the program says it stopped.
    var stoppedAfter: Int? {
      messages.firstRange(of: "stopped after ").flatMap {
        Int(messages[$0.upperBound...].prefix { $0.isNumber })
      }
    }
  }

  private let process: pid_t
  private let messages: String
  private var ended: Outcome?

  /// Starts `probe` with a file as its standard input and another for what it says.
  init(_ arguments: [String], input: String, messages: String) throws {
    self.messages = messages
    let program = try #require(Self.program, "the probe binary is not beside the test bundle").path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // Whatever this process blocks or ignores, the child shall not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    posix_spawnattr_setsigdefault(&attributes, &interrupt)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, &attributes, &words, environ)
    try #require(code == 0, "\(program) cannot be started: \(code)")
    self.process = process
  }

  deinit {
    if ended == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
  }

  /// Sends a signal; nothing happens when the process has ended.
  func send(_ signal: Int32) { if ended == nil { kill(process, signal) } }

  /// How it ended, or nil while it runs.
  func poll() throws -> Outcome? { try collect(WNOHANG) }

  /// Waits until it has ended.
  @discardableResult
  func wait() throws -> Outcome { try #require(try collect(0)) }

  private func collect(_ options: Int32) throws -> Outcome? {
    if let ended { return ended }
    var status: Int32 = 0
    guard waitpid(process, &status, options) == process else { return nil }
    let signal = status & 0x7f
    let outcome = Outcome(
      code: signal == 0 ? status >> 8 & 0xff : nil, signal: signal == 0 ? nil : signal,
      messages: try String(contentsOfFile: messages, encoding: .utf8))
    ended = outcome
    return outcome
  }

  /// The binary lies beside the test bundle, whichever folder that was built into.
  private static let program: URL? = {
    var folders = [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()].compactMap {
      $0
    }
    folders += CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    return folders.map { $0.appendingPathComponent("probe") }.first {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }()
}
