import ArgumentParser
import Foundation
import ProbeFuzz

/// Runs readers that are broken on purpose, and fails unless each is found out.
struct SelfTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "self-test", abstract: "Shows that the harness finds traps, hangs, memory and stray errors.")

  @OptionGroup var options: TargetOptions
  @Option(help: "Processes at a time.")
  var jobs = 2

  private static let expected: [String: Finding.Kind] = [
    "trap": .trap, "stack": .trap, "hang": .hang, "blocked": .hang, "memory": .memory, "claim": .memory,
    "leak": .memory, "stray": .stray,
  ]

  func run() throws {
    let folder = try makeScratchFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var isSound = true
    for target in FuzzTarget.broken {
      // A leak of 1 MiB on one input of eight needs 64 of these.
      let run = TargetRun(
        options: options, target: target, iterations: 4000, jobs: jobs, findingsFolder: folder,
        mostFindings: 2,
        blockedSeconds: 2, isVerbose: false)
      let result = try run.run()
      let kept = result.findings.filter { FileManager.default.fileExists(atPath: $0.path) }
      // The second worker may be in the middle of a further one when the run has enough.
      let isFound = kept.count >= 2 && kept.allSatisfy { $0.kind == Self.expected[target.name] }
      print("\(target.name): \(isFound ? "found" : "NOT FOUND: \(result.findings)")")
      isSound = isSound && isFound
    }
    if !isSound { throw ExitCode.failure }
  }
}
