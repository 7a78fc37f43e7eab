import ArgumentParser
import Foundation
import ProbeModel

/// Opening a checkpoint, and the memory that is the process's own afterwards.
struct Load: ParsableCommand {
  @Argument(help: "A checkpoint.")
  var model: String
  @Option var runs = 5

  struct Result: Encodable {
    let timing: Timing
    /// Of the process after the last, MiB; memory of mapped files is not in it.
    let anonymousMiB: Double
  }

  func run() throws {
    var model: HookedTransformer?
    let timing = try Timing(runs: runs) {
      model = nil
      model = try HookedTransformer.open(self.model)
    }
    try withExtendedLifetime(model) { try emit(Result(timing: timing, anonymousMiB: Self.anonymous())) }
  }

  private static func anonymous() throws -> Double {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
      return (line.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }.first ?? 0) / 1024
    }
    return 0
  }
}
