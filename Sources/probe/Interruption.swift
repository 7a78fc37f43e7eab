import Glibc
import Synchronization

/// Whether the user has asked the program to stop (Ctrl-C): the batch in flight is finished first.
enum Interruption {
  private static let requested = Atomic(false)

  /// Starts listening. A second signal ends the program at once.
  static func listen() {
    // A global is made at its first use, under a lock: not in the handler.
    _ = isRequested
    // A parent that blocks the signal in its threads hands that down; nobody could stop this program then.
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    signal(SIGINT) { _ in
      // Nothing but an atomic store and a system call: both are safe in a signal handler.
      Interruption.requested.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }

  /// Whether a signal has come.
  static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
