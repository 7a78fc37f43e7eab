import CFuzz
import Foundation
import ProbeFuzz

/// An input that a reader failed on.
struct Finding {
  enum Kind: String { case trap, hang, memory, stray }

  let kind: Kind
  let iteration: Int
  let detail: String
  /// Where the input was written.
  let path: String
}

/// A run of one reader: its workers, and what they found.
struct TargetRun {
  let options: TargetOptions
  let target: FuzzTarget
  let iterations: Int
  let jobs: Int
  /// Folder for inputs that fail.
  let findingsFolder: String
  /// A reader is given up after so many.
  let mostFindings: Int
  /// Seconds without progress after which a worker counts as blocked.
  var blockedSeconds = Limits.blockedSeconds
  /// Whether findings are printed as they come.
  var isVerbose = true

  /// Runs all iterations, or until there are too many findings.
  func run() throws -> TargetResult {
    let scratch = try makeScratchFolder()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let began = Date()
    var findings: [Finding] = []
    var workers: [WorkerProcess] = []
    defer {
      for worker in workers {
        kill(worker.process, SIGKILL)
        waitpid(worker.process, nil, 0)
      }
    }
    var result = TargetResult(name: target.name, seeds: target.seeds.count)
    for index in 0..<jobs {
      let folder = "\(scratch)/\(index)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      workers.append(try WorkerProcess(self, scratch: folder, index: index, first: index))
    }
    while !workers.isEmpty, findings.count < mostFindings {
      usleep(20_000)
      for position in workers.indices.reversed() {
        guard let end = workers[position].poll(blockedSeconds: blockedSeconds) else { continue }
        let worker = workers.remove(at: position)
        var restart: Int?
        if case .found(let kind, let iteration, let detail) = end {
          findings.append(try keep(kind, iteration, detail))
          restart = max(iteration, worker.index) + jobs
        }
        if let restart, restart < iterations, findings.count < mostFindings {
          fuzz_status_unmap(worker.status)
          workers.append(
            try WorkerProcess(self, scratch: worker.scratch, index: worker.index, first: restart))
        } else {
          result.add(worker.status)
          fuzz_status_unmap(worker.status)
        }
      }
    }
    for worker in workers { result.add(worker.status) }
    result.findings = findings.sorted { $0.iteration < $1.iteration }
    result.seconds = Date().timeIntervalSince(began)
    return result
  }

  /// Writes the input down and says how to repeat it.
  private func keep(_ kind: Finding.Kind, _ iteration: Int, _ detail: String) throws -> Finding {
    let input = target.input(seed: options.seed, iteration: iteration)
    let folder = "\(findingsFolder)/\(target.name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let name =
      "\(input.stem).\(kind.rawValue)-\(options.seed)-\(iteration).\((input.name as NSString).pathExtension)"
    let path = "\(folder)/\(name)"
    try Data(input.bytes).write(to: URL(fileURLWithPath: path))
    guard isVerbose else { return Finding(kind: kind, iteration: iteration, detail: detail, path: path) }
    print(
      """
      \(target.name): \(kind.rawValue) at iteration \(iteration): \(detail)
        input: \(path) (\(input.bytes.count) bytes)
        again: probe-fuzz replay --fixtures \(options.fixtures) --target \(target.name) --seed \(options.seed) --iteration \(iteration)
      """)
    fflush(nil)
    return Finding(kind: kind, iteration: iteration, detail: detail, path: path)
  }
}
