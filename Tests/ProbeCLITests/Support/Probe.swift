import Foundation
import Testing

/// The built program, run as a process.
enum Probe {
  /// What a run left behind.
  struct Outcome: CustomStringConvertible {
    let code: Int32
    let wasKilled: Bool
    let output: String
    let errors: String

    var description: String { "exit \(code)\(wasKilled ? " (signal)" : "")\n\(output)\n\(errors)" }
  }

  /// The binary lies beside the test bundle, whichever folder that was built into.
  static let executable: URL? = {
    var candidates = [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()]
      .compactMap { $0 }
    candidates += CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    candidates.append(package.appendingPathComponent(".build/debug"))
    return candidates.map { $0.appendingPathComponent("probe") }.first {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }()

  /// Runs `probe` with `arguments` in `folder` to its end.
  static func run(
    _ arguments: [String], in folder: Folder, models: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    let child = try Child(arguments, in: folder, models: models, environment: environment)
    child.wait()
    return try child.outcome()
  }

  /// A running `probe`. Its output goes to files, which no reader has to keep up with.
  final class Child {
    private let process = Process()
    private let output, errors: String

    init(
      _ arguments: [String], in folder: Folder, models: String? = nil,
      environment extra: [String: String] = [:]
    ) throws {
      let name = UUID().uuidString
      (output, errors) = (folder.path + "/.\(name).out", folder.path + "/.\(name).err")
      for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
      let program: URL = try #require(Probe.executable, "the probe binary is not beside the test bundle")
      process.executableURL = program
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      var environment = ProcessInfo.processInfo.environment
      environment["PROBE_MODELS"] = models ?? folder.path + "/models"
      // What a CI service sets would change what is printed.
      for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] { environment[name] = nil }
      process.environment = environment.merging(extra) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: output)
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.run()
    }

    var isRunning: Bool { process.isRunning }
    func wait() { process.waitUntilExit() }
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    func outcome() throws -> Outcome {
      let texts = try [output, errors].map { try String(contentsOfFile: $0, encoding: .utf8) }
      for file in [output, errors] { try FileManager.default.removeItem(atPath: file) }
      return Outcome(
        code: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
        output: texts[0],
        errors: texts[1])
    }
  }
}

/// A folder of its own, removed at the end.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "probe-cli-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its name.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Data(text.utf8))
  }

  @discardableResult
  func write(_ name: String, _ data: Data) throws -> String {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return name
  }

  func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
}

/// A tiny checkpoint under `Tests/Fixtures/models`.
enum FixtureModel {
  static let llama = path("llama-gqa")

  static func path(_ name: String) -> String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("Fixtures/models/\(name)").path
  }
}

/// SmolLM2-135M, from `scripts/fetch-model.sh`.
enum SmolLM2 {
  /// `$PROBE_MODELS`, else `.probe/models` of the package.
  static let path: String = {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    let folder = ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? package.path + "/.probe/models"
    return folder + "/smollm2-135m.gguf"
  }()

  /// Always in CI, where a missing model is a failure, else when it is there.
  static var isTested: Bool {
    ProcessInfo.processInfo.environment["CI"] != nil || FileManager.default.fileExists(atPath: path)
  }
}

/// A corpus of token ids in which the first token decides the label, in pairs that share the rest.
func pairs(_ count: Int, length: Int = 4) -> String {
  var lines: [String] = []
  for pair in 0..<count {
    // Distinct in every pair, and the same on every run: (pair / 80, pair mod 80) written as two tokens.
    let middle = (0..<(length - 2)).map { 10 + (pair + $0 * (pair / 80 + 1) * 7) % 80 }
    for (token, label) in [(5, "a"), (6, "b")] {
      lines.append(
        "{\"id\": \"\(pair)\(label)\", \"token_ids\": \([token] + middle + [7]), \"label\": \"\(label)\", "
          + "\"group\": \"pair\(pair)\"}")
    }
  }
  return lines.joined(separator: "\n") + "\n"
}
