import Foundation
import Testing

@testable import ProbeSyntax

/// The grammars of `scripts/fetch-grammars.sh`.
enum TestGrammar {
  /// `$PROBE_GRAMMARS`, else `.probe/grammars` of the package.
  static let library: GrammarLibrary = {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    return GrammarLibrary(environment: ProcessInfo.processInfo.environment, workingDirectory: package.path)
  }()

  /// Whether its tests run: always in CI, where a missing grammar is a failure, else when it is there.
  static let isTested: Bool =
    ProcessInfo.processInfo.environment["CI"] != nil || (try? library.grammar(of: .python)) != nil

  static func of(_ language: SourceLanguage) throws -> Grammar { try library.grammar(of: language) }
}

extension Trait where Self == ConditionTrait {
  /// Tests that parse.
  static var needsGrammars: Self {
    .enabled(if: TestGrammar.isTested, "the grammars are not here: scripts/fetch-grammars.sh")
  }
}

/// Texts of a tree's leaves.
func leafTexts(_ tree: SyntaxTree, _ text: String) -> [String] {
  let bytes = Array(text.utf8)
  return tree.leaves.map { String(decoding: bytes[tree.nodes[$0].range], as: UTF8.self) }
}

/// A folder of its own, removed at the end.
final class SourceFolder {
  let path = NSTemporaryDirectory() + "probe-syntax-\(UUID().uuidString)"

  init(_ files: [String: String] = [:]) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try write(name, Data(text.utf8)) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ data: Data) throws -> String {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return url.path
  }
}

/// What a program prints.
func output(of program: String, _ arguments: [String]) throws -> String {
  let (process, pipe) = (Process(), Pipe())
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(program) \(arguments)")
  return String(decoding: data, as: UTF8.self)
}
