import CLinux
import Foundation
import GRDB
import Glibc

/// Moves committed pages from the write-ahead log to the main file, on a thread of its own and by a connection of
/// its own, while the next batch is computed and written.
///
/// SQLite would do it inside a commit, and the writer would wait for a second trip to the disk.
/// `@unchecked Sendable`: the state is touched under `condition` only; the connection by the one thread, until it
/// has ended.
final class Checkpointer: @unchecked Sendable {
  private let condition = NSCondition()
  private var isWanted = false
  private var isWorking = false
  private var isClosing = false
  private var hasEnded = false
  private var failure: (any Error)?
  private let queue: DatabaseQueue

  /// - Parameter configuration: that of the store's writer.
  init(path: String, configuration: Configuration) throws {
    queue = try DatabaseQueue(path: path, configuration: configuration)
    let thread = Thread { [self] in work() }
    thread.name = "checkpoint"
    thread.start()
  }

  /// Asks for a checkpoint; returns at once.
  ///
  /// - Throws: what went wrong with an earlier one.
  func request() throws {
    try locked {
      if let failure { throw failure }
      isWanted = true
      condition.broadcast()
    }
  }

  /// Waits until everything that was asked for is done.
  func wait() throws {
    try locked {
      while isWanted || isWorking { condition.wait() }
      if let failure { throw failure }
    }
  }

  /// Ends the thread and closes the connection.
  func close() throws {
    locked {
      isClosing = true
      condition.broadcast()
      while !hasEnded { condition.wait() }
    }
    try queue.close()
  }

  private func work() {
    while true {
      let goesOn = locked {
        while !isWanted, !isClosing { condition.wait() }
        // What was asked for is done before the end.
        (isWorking, hasEnded) = (isWanted, !isWanted)
        isWanted = false
        condition.broadcast()
        return isWorking
      }
      guard goesOn else { return }
      let result = Result { try queue.writeWithoutTransaction { try $0.checkpoint(.passive) } }
      locked {
        if case .failure(let error) = result, !Self.isBusy(error) { failure = error }
        isWorking = false
        condition.broadcast()
      }
    }
  }

  /// Somebody else checkpoints or reads an old snapshot: the next checkpoint does this one's work.
  private static func isBusy(_ error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return false }
    return error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
  }

  private func locked<Value>(_ body: () throws -> Value) rethrows -> Value {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }
}

/// Keeps a store's write-ahead log short while batches are committed.
final class LogKeeper {
  /// Bytes of a log that is waited for: the disk is slower than what is captured.
  static let longest = 512 << 20

  private let store: ActivationStore
  private let checkpointer: Checkpointer?

  init(_ store: ActivationStore) throws {
    self.store = store
    checkpointer = try store.makeCheckpointer()
  }

  deinit { try? checkpointer?.close() }

  /// To be called after each commit.
  func committed() throws {
    guard let checkpointer else { return }
    try store.translatingErrors {
      try checkpointer.request()
      // A log that was moved whole is written anew from its beginning.
      if store.logBytes > Self.longest { try checkpointer.wait() }
    }
  }

  /// Waits until all of it is in the main file, as far as readers of old snapshots allow.
  func finish() throws {
    try store.translatingErrors { try checkpointer?.wait() }
  }
}

/// Starts the disk on what was written to a file, so that a later sync has less to wait for.
struct EarlyWriteback: ~Copyable {
  private let file: Int32
  private var pending = 0

  /// Bytes after which the disk is started.
  private static let piece = 2 << 20

  /// - Parameter path: a file that exists; where it cannot be opened nothing is started.
  init(_ path: String) { file = open(path, O_RDONLY | O_CLOEXEC) }

  deinit { if file >= 0 { close(file) } }

  /// Notes that bytes were written.
  mutating func wrote(_ count: Int) {
    pending += count
    guard file >= 0, pending >= Self.piece else { return }
    pending = 0
    // A hint: that it fails on some file systems changes nothing.
    _ = probe_start_writeback(file)
  }
}
