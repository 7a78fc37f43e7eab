import ArgumentParser
import ProbeStore

/// `probe store merge`: puts the parts of a capture together.
struct StoreMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Merge the stores of `probe capture --shard` into one.",
    discussion: """
      The result equals a capture that was never cut. All parts must be there and complete; each checksum is \
      verified. The same command again does nothing, or goes on where it was stopped.
      """)

  @Argument(help: "The store to write.")
  var out: String
  @Argument(help: "The parts' stores, in any order.")
  var shards: [String]

  func run() throws {
    // A part that is merged into itself would be half a part and half a whole.
    if let part = shards.first(where: { StoreLocation.areSame(out, $0) }) {
      throw ValidationError("OUT, \(out), is the same file as the part \(part): give another file to write.")
    }
    Interruption.listen()
    let merge = try StoreMerge(shards.map { try ActivationStore($0, for: .reading) })
    let outcomes = try StoreLocation.withStore(out) { store in
      try merge.run(into: store, progress: { Terminal.show($0) }, shouldStop: { Interruption.isRequested })
    }
    for outcome in outcomes {
      let capture =
        "\(outcome.capture.name): \(Terminal.count(outcome.capture.rowCount)) rows of "
        + "\(outcome.capture.points.count) points"
      Terminal.message(
        outcome.bytesWritten == 0
          ? "\(out) holds all of \(capture): nothing to do"
          : "\(capture), \(Terminal.bytes(outcome.bytesWritten)) written to \(out)")
    }
  }
}
