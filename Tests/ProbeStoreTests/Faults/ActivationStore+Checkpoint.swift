import GRDB

@testable import ProbeStore

extension ActivationStore {
  /// Moves the whole log into the database and empties it, as another program may do at any time.
  func checkpoint() throws {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
  }
}
