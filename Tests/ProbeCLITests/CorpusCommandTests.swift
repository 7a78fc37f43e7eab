import Foundation
import Testing

/// `probe corpus`, as a process.
@Suite struct CorpusCommandTests {
  /// `$PROBE_GRAMMARS`, else `.probe/grammars` of the package.
  private static let grammars: String = {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    return ProcessInfo.processInfo.environment["PROBE_GRAMMARS"] ?? package.path + "/.probe/grammars"
  }()

  /// Always in CI, where missing grammars are a failure, else when they are there.
  private static let isTested =
    ProcessInfo.processInfo.environment["CI"] != nil || FileManager.default.fileExists(atPath: grammars)

  private func run(_ arguments: [String], in folder: Folder) throws -> Outcome {
    try Probe.run(["corpus"] + arguments, in: folder, environment: ["PROBE_GRAMMARS": Self.grammars])
  }

  private func sources() throws -> Folder {
    let folder = try Folder()
    try folder.write("src/a.py", "def f(x):\n    '''doc'''\n    return x + 1  # c\n\ndef g(y): return [y]\n")
    try folder.write("src/p/b.py", "class A:\n    def f(self, x):\n        return self.x + x\n")
    try folder.write("src/LICENSE", "Permission is hereby granted, free of charge, to any person\n")
    return folder
  }

  @Test(.enabled(if: isTested)) func functionsBecomeACorpus() throws {
    let folder = try sources()
    let arguments = ["python", "--from", "src", "--out", "out/f.jsonl", "--notices", "out/NOTICE"]
    let outcome = try run(arguments, in: folder)
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(rows.starts(with: ["files 2", "functions 3", "kept 3"]), "\(rows)")
    let bytes = try folder.read("out/f.jsonl")
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0].hasPrefix(
        #"{"group":"a.py","id":"a.py:1 f","meta":{"license":"MIT","line":1,"path":"a.py"},"split":"#))
    #expect(lines[0].hasSuffix(#","text":"def f(x):\n    return x + 1"}"#))
    #expect(lines[2].contains(#""id":"p/b.py:2 f""#))
    #expect(String(decoding: try folder.read("out/NOTICE"), as: UTF8.self).hasPrefix("=== LICENSE\n"))
    _ = try run(arguments, in: folder)
    #expect(try folder.read("out/f.jsonl") == bytes)
  }

  @Test(.enabled(if: isTested)) func theTallyIsPrintedAsJSON() throws {
    let outcome = try run(
      ["python", "--from", "src", "--out", "f.jsonl", "--limit", "1", "--license", "X", "--json"],
      in: sources())
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: [String: Any]])
    #expect(root["tally"]?["kept"] as? Int == 1)
    #expect(root["tally"]?["dropped"] as? [String: Int] == ["overLimit": 2])
    #expect(root["grammar"]?["language"] as? String == "python" && root["grammar"]?["abi"] as? Int == 14)
  }

  @Test(.enabled(if: isTested)) func foldersWithoutFunctionsGiveNoFile() throws {
    let folder = try Folder()
    try folder.write("src/a.py", "x = 1\n")
    let outcome = try run(["python", "--from", "src", "--out", "f.jsonl"], in: folder)
    #expect(outcome.code == 65 && !folder.has("f.jsonl"))
    #expect(
      outcome.errors == "probe: src: no function was kept: f.jsonl is not written. The table says why\n")
  }

  @Test(.enabled(if: isTested)) func aFolderThatIsNotThereIsNamed() throws {
    let outcome = try run(["go", "--from", "nowhere", "--out", "f.jsonl"], in: try Folder())
    #expect(outcome.code == 66 && outcome.errors == "probe: nowhere: there is no such folder\n")
  }

  @Test func missingGrammarsEndWithUnavailable() throws {
    let folder = try sources()
    let outcome = try Probe.run(
      ["corpus", "python", "--from", "src", "--out", "f.jsonl"], in: folder,
      environment: ["PROBE_GRAMMARS": folder.path + "/none"])
    #expect(outcome.code == 69 && outcome.errors.contains("scripts/fetch-grammars.sh"), "\(outcome)")
    #expect(outcome.errors.hasPrefix("probe: \(folder.path)/none: PROBE_GRAMMARS names"))
  }

  @Test(arguments: [
    (["cobol", "--from", "x", "--out", "f.jsonl"], "there is no language cobol. Known: python, javascript"),
    (["go", "--from", "x", "--out", "f.csv"], "--out: the ending of a corpus is .jsonl, found f.csv"),
    (["go", "--from", "x", "--out", "f.jsonl", "--limit", "0"], "--limit is a number from 1 on, found 0"),
  ]) func wrongArgumentsAreUsageErrors(_ arguments: [String], _ text: String) throws {
    let outcome = try run(arguments, in: try Folder())
    #expect(outcome.code == 64 && outcome.errors.contains(text), "\(outcome)")
  }
}
