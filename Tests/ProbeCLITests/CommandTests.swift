import Foundation
import ProbeAnalysis
import Testing

/// Every command doing what it is for, as a process.
@Suite struct CommandTests {
  static func spec(expect: String = "", positions: String = "last", name: String = "first") -> String {
    """
    name: \(name)
    title: Can the first token be read at the last?
    model: \(FixtureModel.llama)
    corpus: corpus.jsonl
    capture: { points: ["blocks.*.hook_resid_post"], positions: \(positions) }
    analyze:
      - linear-probe: { id: p, label: label, replicates: 100, strengths: [0.1] }
    expect: [\(expect)]
    seed: 3

    """
  }

  /// A folder with a corpus and a captured spec.
  static func captured(expect: String = "") throws -> Folder {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(30))
    try folder.write("first.yaml", spec(expect: expect))
    try folder.write(".probe/first.sqlite", store.get())
    return folder
  }

  /// The store that every test starts from, captured once by the program itself: expectations are no part of it.
  private static let store = Result {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(30))
    try folder.write("first.yaml", spec())
    let outcome = try Probe.run(["capture", "first.yaml"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try folder.read(".probe/first.sqlite")
  }

  @Test func versionAndHelpGoToStandardOutput() throws {
    let folder = try Folder()
    let version = try Probe.run(["--version"], in: folder)
    #expect(version.code == 0 && version.output == "\(Experiment.version)\n" && version.errors == "")
    let help = try Probe.run(["--help"], in: folder)
    #expect(help.code == 0 && help.errors == "")
    for command in ["capture", "analyze", "check", "diff", "hooks", "models", "run", "export", "store"] {
      #expect(help.output.contains("  \(command) "))
      let own = try Probe.run([command, "--help"], in: folder)
      #expect(own.code == 0 && own.output.contains("USAGE: probe \(command)"))
    }
    #expect(help.output.contains("130 interrupted"))
  }

  @Test func captureWithFlags() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(3))
    let command = [
      "capture", "--model", FixtureModel.llama, "--corpus", "corpus.jsonl", "--points", "resid_post.0",
      "attn.z.1",
      "--positions", "all", "--dtype", "float32", "--store", "out/s.sqlite", "--name", "flags",
    ]
    let outcome = try Probe.run(command, in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output == "")
    // Six sequences of four tokens; two points of 32 values in four bytes.
    let bytes = 6 * 4 * 2 * 32 * 4
    #expect(
      outcome.errors.hasPrefix(
        "flags: 6 sequences, 24 tokens, 2 hook points, 24 rows each, \(bytes / 1024).0 KiB of activations into "
          + "out/s.sqlite\n"))
    let content = try StoreContent(folder.path + "/out/s.sqlite")
    #expect(content.integrity == ["ok"])
    #expect(content.tables["token"]?.count == 24)
    #expect(content.tables["point"]?.count == 2)
  }

  @Test func fieldsThatMeanNothingAreNamed() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", "{\"token_ids\": [1, 2], \"lable\": \"x\", \"meta\": 1}\n")
    try folder.write("first.yaml", Self.spec())
    let outcome = try Probe.run(["capture", "first.yaml", "--dry-run"], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.errors.hasSuffix("fields of the corpus that mean nothing here: lable\n"))
  }

  @Test func aDryRunWritesNothing() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(3))
    try folder.write("first.yaml", Self.spec())
    let outcome = try Probe.run(["capture", "first.yaml", "--dry-run"], in: folder)
    #expect(outcome.code == 0 && outcome.output == "")
    #expect(outcome.errors.hasPrefix("first: 6 sequences, 24 tokens, 3 hook points, 6 rows each"))
    #expect(!folder.has(".probe"))
  }

  @Test func aDryRunSaysWhatWillBeDone() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(3))
    try folder.write("first.yaml", Self.spec())
    // Six rows of three points of 32 values in two bytes.
    let toDo = try Regex(
      #"\nto do: 24 tokens, 1\.1 KiB to write, in about [0-9.]+ s with [0-9.]+ MiB of memory\n"#)
    let before = try Probe.run(["capture", "first.yaml", "--dry-run"], in: folder)
    #expect(before.errors.contains(toDo), "\(before)")
    let capture = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(capture.code == 0 && capture.errors.contains(toDo), "\(capture)")
    let after = try Probe.run(["capture", "first.yaml", "--dry-run"], in: folder)
    #expect(
      after.code == 0 && after.errors.hasSuffix("\nto do: nothing, all of it is there already\n"), "\(after)")
  }

  @Test(arguments: [true, false])
  func aCaptureBeyondItsBudgetIsRefusedBeforeAnythingIsWritten(inSpec: Bool) throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(3))
    let spec = Self.spec()
    try folder.write(
      "first.yaml",
      inSpec ? spec.replacingOccurrences(of: "positions:", with: "max-bytes: 1kB, positions:") : spec)
    let limit = inSpec ? [] : ["--max-bytes", "1kB"]
    let refused = try Probe.run(["capture", "first.yaml"] + limit, in: folder)
    #expect(refused.code == 65, "\(refused)")
    #expect(
      refused.errors.hasSuffix(
        "probe: corpus.jsonl: the activations would be 1152 bytes (1.1 KiB), the limit is 1000 (1000 B). Ask for fewer "
          + "points, for other positions (last, mean), for a smaller dtype, or for as many examples as fit with "
          + "--subsample SEED\n"), "\(refused)")
    #expect(!folder.has(".probe"))
    // A flag has the last word.
    let allowed = try Probe.run(["capture", "first.yaml", "--max-bytes", "1152"], in: folder)
    #expect(allowed.code == 0, "\(allowed)")
    let wrong = try Probe.run(["capture", "first.yaml", "--max-bytes", "much"], in: folder)
    #expect(wrong.code == 64, "\(wrong)")
  }

  @Test func aFinishedCaptureAgainChangesNothing() throws {
    let folder = try Self.captured()
    let before = try folder.read(".probe/first.sqlite")
    let outcome = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.errors.hasSuffix(".probe/first.sqlite holds all of it: nothing to do\n"))
    #expect(try folder.read(".probe/first.sqlite") == before)
  }

  @Test func analyzeWritesReportResultsAndJUnitAndPrintsTheVerdict() throws {
    let folder = try Self.captured(expect: "p.label.best.accuracy >= 0.1")
    let outcome = try Probe.run(["analyze", "first.yaml", "--junit", "out/junit.xml"], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.contains("✓ p.label.best.accuracy >= 0.1"))
    #expect(outcome.output.hasSuffix("Report: Reports/first.html\n"))
    #expect(outcome.errors == "p: label\n")
    #expect(try Results(file: folder.path + "/Reports/first.json").holds)
    #expect(
      try String(decoding: folder.read("Reports/first.html"), as: UTF8.self).hasPrefix("<!DOCTYPE html>"))
    #expect(try String(decoding: folder.read("out/junit.xml"), as: UTF8.self).contains("failures=\"0\""))
  }

  @Test func twoRunsOfAnalyzeGiveTheSameBytes() throws {
    let folder = try Self.captured(expect: "p.label.best.accuracy >= 0.1")
    let runs = try ["one", "two"].map { out in
      let outcome = try Probe.run(["analyze", "first.yaml", "--json", "--out", out], in: folder)
      #expect(outcome.code == 0, "\(outcome)")
      // With --json, standard output is the results file and nothing else.
      #expect(try Data(outcome.output.utf8) == folder.read("\(out)/first.json"))
      return try (folder.read("\(out)/first.json"), folder.read("\(out)/first.html"))
    }
    #expect(runs[0].0 == runs[1].0)
    #expect(runs[0].1 == runs[1].1)
  }

  @Test func anUnmetExpectationEndsWithOne() throws {
    let folder = try Self.captured(expect: "p.label.best.accuracy > 1")
    let analyze = try Probe.run(["analyze", "first.yaml"], in: folder)
    #expect(analyze.code == 1, "\(analyze)")
    #expect(analyze.output.contains("✗ p.label.best.accuracy > 1"))
    // The report is there all the same: it says what was found instead.
    #expect(folder.has("Reports/first.html"))
    let check = try Probe.run(["check", "Reports/first.json"], in: folder)
    #expect(check.code == 1, "\(check)")
    #expect(check.errors == "")
  }

  @Test func checkReadsExpectationsFromFileOrFlags() throws {
    let folder = try Self.captured(expect: "p.label.best.accuracy >= 0.1")
    #expect(try Probe.run(["analyze", "first.yaml"], in: folder).code == 0)
    let own = try Probe.run(["check", "Reports/first.json"], in: folder)
    #expect(own.code == 0, "\(own)")
    #expect(own.output.hasPrefix("✓ p.label.best.accuracy >= 0.1"))
    let flags = try Probe.run(
      [
        "check", "Reports/first.json", "--expect", "p.label[resid_post.0].auroc <= 1", "--expect",
        "p.label.best.auroc < 0", "--json", "--junit", "j.xml",
      ], in: folder)
    #expect(flags.code == 1, "\(flags)")
    struct Checked: Decodable { let expectations: [ProbeAnalysis.Expectation.Outcome] }
    let files = try JSONDecoder().decode([Checked].self, from: Data(flags.output.utf8))
    #expect(files.map { $0.expectations.map { $0.holds } } == [[true, false]])
    #expect(try String(decoding: folder.read("j.xml"), as: UTF8.self).contains("failures=\"1\""))
  }

  @Test func hooksAsTableAndJSON() throws {
    let folder = try Folder()
    let table = try Probe.run(
      ["hooks", "--model", FixtureModel.llama, "--points", "resid_post.*"], in: folder)
    #expect(table.code == 0 && table.errors == "")
    let lines = table.output.split(separator: "\n")
    #expect(lines.count == 4)
    // 32 values in two bytes.
    #expect(
      lines[1].hasPrefix("blocks.0.hook_resid_post")
        && lines[1].hasSuffix("[position, 32]                     64"))
    let json = try Probe.run(
      ["hooks", "--model", FixtureModel.llama, "--json", "--dtype", "float32"], in: folder)
    struct Row: Decodable {
      let name: String
      let shape: [String]
      let bytesPerToken: Int?
    }
    let rows = try JSONDecoder().decode([Row].self, from: Data(json.output.utf8))
    let pattern = try #require(rows.first { $0.name == "blocks.0.attn.hook_pattern" })
    #expect(pattern.shape == ["position", "4", "visible key"] && pattern.bytesPerToken == nil)
    #expect(rows.first { $0.name == "blocks.2.hook_resid_post" }?.bytesPerToken == 128)
  }

  @Test func modelsListsWhatLiesInTheFolder() throws {
    let folder = try Folder()
    let none = try Probe.run(["models"], in: folder)
    #expect(none.code == 0 && none.output == "")
    #expect(none.errors.hasPrefix("no model in ") && none.errors.contains("scripts/fetch-model.sh NAME"))
    try folder.write("models/tiny.gguf", "not read here")
    try folder.write("models/hf/config.json", "{}")
    try folder.write("models/readme.txt", "no model")
    let table = try Probe.run(["models"], in: folder)
    #expect(table.output.split(separator: "\n").map { $0.split(separator: " ")[0] } == ["hf", "tiny"])
    let json = try Probe.run(["models", "--json"], in: folder)
    let rows = try JSONDecoder().decode([[String: String]].self, from: Data(json.output.utf8))
    #expect(rows.map { $0["name"] } == ["hf", "tiny"])
  }

  @Test func aFullDiskBehindStandardOutputIsAnInputOutputError() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let process = Process()
    let executable: URL = try #require(Probe.executable)
    process.executableURL = executable
    process.arguments = ["hooks", "--model", FixtureModel.llama]
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
  }
}
