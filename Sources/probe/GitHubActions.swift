import Foundation
import ProbeAnalysis

/// What GitHub Actions is told about expectations.
enum GitHubActions {
  /// Appends to the job's summary, and annotates what is not met where a job runs.
  ///
  /// - Parameters:
  ///   - summary: the file to append to; what `GITHUB_STEP_SUMMARY` names unless given.
  ///   - isOutputTaken: whether standard output is read by a program: annotations go to standard error then, which the
  ///     runner reads as well.
  /// - Throws: ``SpecError`` `.cannotWrite`.
  static func report(_ checks: [ExpectationCheck], summary: String?, isOutputTaken: Bool) throws(SpecError) {
    let environment = ProcessInfo.processInfo.environment
    let text = GitHubText(checks)
    let named = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
    if let file = summary ?? named { try append(text.summary + "\n", to: file) }
    guard environment["GITHUB_ACTIONS"] == "true" else { return }
    for line in text.annotations { isOutputTaken ? Terminal.message(line) : Terminal.output(line) }
  }

  private static func append(_ text: String, to file: String) throws(SpecError) {
    try StoreLocation.makeFolder(of: file)
    do {
      if !FileManager.default.fileExists(atPath: file) {
        try Data().write(to: URL(fileURLWithPath: file))
      }
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw SpecError(
        .cannotWrite, at: file,
        "the summary cannot be written: \((error as NSError).localizedDescription)")
    }
  }
}
