import ArgumentParser
import CFuzz
import Foundation
import ProbeFuzz

/// Reads one input again, in this process.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Reads one input again, for a debugger or a stack trace.")

  @OptionGroup var options: TargetOptions
  @Option(help: "The reader.")
  var target: String
  @Option(help: "The iteration to repeat.")
  var iteration: Int?
  @Option(help: "A file to write the input to.")
  var save: String?
  @Argument(help: "A file to read instead; its name begins with its seed's.")
  var file: String?

  func validate() throws {
    if (iteration == nil) == (file == nil) { throw ValidationError("give either --iteration or a file") }
  }

  func run() throws {
    let target = try options.target(target)
    let scratch = try makeScratchFolder()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let reader = try target.reader(in: scratch)
    if let seed = target.seeds.first { _ = reader.outcome(of: seed) }
    let input =
      try file.map { try FuzzInput(path: $0) } ?? target.input(seed: options.seed, iteration: iteration ?? 0)
    if let save { try Data(input.bytes).write(to: URL(fileURLWithPath: save)) }
    guard let status = fuzz_status_map("\(scratch)/status") else { throw ExitCode.failure }
    fuzz_heap_explain()
    // What hangs need not hang forever.
    alarm(30)
    let cost = Cost.measure(input, with: reader, iteration: iteration ?? 0, holding: fuzz_heap_live(), status)
    print("\(input.name), \(input.bytes.count) bytes: \(cost.outcome)")
    print(
      "\(Double(cost.nanoseconds) / 1e6) ms, at most \(cost.peak) of \(Limits.memory(size: input.bytes.count)) bytes held"
    )
    if case .stray = cost.outcome { throw ExitCode.failure }
  }
}
