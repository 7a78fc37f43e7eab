import ArgumentParser
import ProbeStore

/// `probe store verify`: whether everything in a store is as it was written.
struct StoreVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check structure, contents and every checksum of a store, and name what is broken.",
    discussion: """
      Damaged chunks are computed anew, and nothing else, by running the capture again. Exit code 65 when something \
      is broken.
      """)

  @Argument(help: "The store.")
  var store: String
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let result = try ActivationStore(store, for: .reading).verify { Terminal.status("verifying \($0)") }
    Terminal.status(nil)
    if json {
      try Terminal.output(json: result)
    } else {
      for fault in result.faults { Terminal.output("\(fault.location): \(fault.problem)") }
      Terminal.message(
        "\(result.captures) capture\(result.captures == 1 ? "" : "s"), \(result.points) points, "
          + "\(Terminal.bytes(result.bytes)) of activations: "
          + (result.faults.isEmpty ? "all as it was written" : "\(result.faults.count) faults"))
      if result.faults.contains(where: \.isRepairable) {
        Terminal.message("running the capture again computes the damaged chunks anew and keeps the rest")
      }
    }
    if !result.faults.isEmpty { throw Exit.badData }
  }
}
