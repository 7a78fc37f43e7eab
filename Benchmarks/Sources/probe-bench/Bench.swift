import ArgumentParser
import Foundation
import ProbeModel

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe-bench",
    abstract:
      "Times one promise of the library and prints a line of JSON. Benchmarks/run.py puts peers beside it.",
    subcommands: [
      Forward.self, Generate.self, Load.self, Products.self, Sweep.self, StoreWrite.self, StoreRead.self,
      StoreCapture.self, StoreMemory.self, StoreMany.self, ProbeSweep.self, ASTProbeSteps.self,
    ])
}

/// Wall-clock seconds of several runs, after one that is not counted.
struct Timing: Encodable {
  let seconds: [Double]
  let median: Double

  init(runs: Int, _ body: () throws -> Void) rethrows {
    try body()
    let clock = ContinuousClock()
    var seconds: [Double] = []
    for _ in 0..<runs { seconds.append(try clock.measure { try body() } / .seconds(1)) }
    self.seconds = seconds
    median = seconds.sorted()[seconds.count / 2]
  }
}

/// Prints a line of JSON.
func emit(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
