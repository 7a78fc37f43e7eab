import ArgumentParser
import CFuzz
import Foundation
import ProbeFuzz

/// Runs iterations of one reader in this process; started by the supervisor.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @OptionGroup var options: TargetOptions
  @Option var target: String
  @Option var first: Int
  @Option var end: Int
  @Option var stride: Int
  @Option var status: String
  @Option var scratch: String

  func run() throws {
    fuzz_worker_process()
    guard let status = fuzz_status_map(status) else { throw ExitCode.failure }
    let target = try options.target(target)
    let reader = try target.reader(in: scratch)
    // Loads libraries and fills tables, which no input is to blame for. A crash here is the first seed's.
    if let input = target.seeds.first { _ = reader.outcome(of: input) }
    let held = fuzz_heap_live()
    for iteration in Swift.stride(from: first, to: end, by: stride) {
      // Making the input belongs to the iteration: a trap there is the harness's own.
      fuzz_status_begin(status, UInt64(iteration), fuzz_processor_time(0))
      let input = target.input(seed: options.seed, iteration: iteration)
      let cost = Cost.measure(input, with: reader, iteration: iteration, holding: held, status)
      if case .stray(let error) = cost.outcome {
        FileHandle.standardError.write(Data("stray error: \(error.prefix(300))\n".utf8))
        Foundation.exit(WorkerExit.stray)
      }
      if cost.nanoseconds > Limits.nanoseconds { Foundation.exit(WorkerExit.slow) }
    }
  }
}

/// What reading one input took.
struct Cost {
  let outcome: FuzzReader.Outcome
  /// Processor time.
  let nanoseconds: UInt64
  /// Most memory held beyond what the process held at first.
  let peak: Int64

  /// Reads an input under the memory limit and notes what that took.
  ///
  /// `held` is what the process held before the first input, so that what readers leave behind adds up until it is
  /// found.
  static func measure(
    _ input: FuzzInput, with reader: FuzzReader, iteration: Int, holding held: Int64,
    _ status: UnsafeMutablePointer<fuzz_status>
  ) -> Cost {
    let allowed = Limits.memory(size: input.bytes.count)
    let began = fuzz_processor_time(0)
    fuzz_status_begin(status, UInt64(iteration), began)
    fuzz_heap_arm(held + allowed, &status.pointee.exceeded)
    let outcome = reader.outcome(of: input)
    let peak = fuzz_heap_disarm() - held
    let nanoseconds = fuzz_processor_time(0) - began

    status.pointee.done += 1
    status.pointee.bytes += UInt64(input.bytes.count)
    switch outcome {
    case .accepted: status.pointee.accepted += 1
    case .refused(let reason): fuzz_status_count(status, reason)
    case .stray: fuzz_status_count(status, "stray error")
    }
    let share = UInt64(max(peak, 0)) * 1_000_000 / UInt64(allowed)
    if share > status.pointee.peak_share {
      status.pointee.peak_share = share
      status.pointee.peak_bytes = UInt64(peak)
      status.pointee.peak_at = UInt64(iteration)
    }
    if nanoseconds > status.pointee.slowest {
      status.pointee.slowest = nanoseconds
      status.pointee.slowest_at = UInt64(iteration)
    }
    return Cost(outcome: outcome, nanoseconds: nanoseconds, peak: peak)
  }
}
