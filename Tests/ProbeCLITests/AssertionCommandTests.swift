import Foundation
import ProbeAnalysis
import Testing

/// `probe check` and `probe diff` on results files by hand, as processes.
@Suite struct AssertionCommandTests {
  /// Results of forty items in twenty groups, of which A gets all right and B those in even places.
  private static func results(_ name: String, isRight: (Int) -> Bool, seed: Int = 7) -> String {
    let digest = String(repeating: "a", count: 64)
    let items = (0..<40).map { "\"e\($0)\"" }.joined(separator: ",")
    let groups = (0..<40).map { "\"g\($0 / 2)\"" }.joined(separator: ",")
    let truths = (0..<40).map { "\($0 % 2)" }.joined(separator: ",")
    let scores = (0..<40).map { isRight($0) == ($0 % 2 == 1) ? "[2]" : "[-2]" }.joined(separator: ",")
    let accuracy = Double((0..<40).count { isRight($0) }) / 40
    func value(_ number: Double) -> String {
      "{\"accuracy\": {\"value\": \(number), \"lower\": \(number - 0.1), \"upper\": \(number + 0.1), \"n\": 40, "
        + "\"groups\": 20, \"chance\": 0.5}}"
    }
    let mutants = (0..<4).map {
      "{\"name\": \"shuffled-labels\", \"seed\": \($0), \"metrics\": \(value(0.5 + 0.1 * Double($0)))}"
    }.joined(separator: ",")
    return """
      {"schemaVersion": 2, "name": "\(name)", "title": "t",
       "provenance": {"version": "0.1.0", "model": "m", "architecture": "llama", "weightsDigest": "\(digest)",
         "corpus": "c.jsonl", "corpusDigest": "\(digest)", "specDigest": "\(digest)",
         "capture": {"positions": "last", "dtype": "float16", "sentinel": "bos", "overflow": "error"},
         "seed": \(seed), "numericsVersion": 1, "kernels": "k"},
       "analyses": [{"id": "p", "analysis": "linear-probe", "findings": {},
         "predictions": [{"label": "truth", "classes": ["no", "yes"], "items": [\(items)], "groups": [\(groups)],
           "truths": [\(truths)], "scores": [\(scores)]}],
         "measurements": [{"label": "truth", "point": "blocks.1.hook_resid_post", "isBest": true,
           "metrics": \(value(accuracy)), "notApplicable": {}, "mutants": [\(mutants)]}]}],
       "expectations": []}
      """
  }

  private static func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("a.json", results("a") { _ in true })
    try folder.write("b.json", results("b", isRight: { $0 % 2 == 0 }, seed: 8))
    return folder
  }

  private static func run(_ arguments: String...) throws -> Probe.Outcome {
    try Probe.run(arguments, in: folder())
  }

  @Test func severalFilesAreCheckedAndTheWorstDecides() throws {
    let folder = try Self.folder()
    let expect = "p.truth.best.accuracy.lower >= 0.6"
    let both = try Probe.run(
      ["check", "a.json", "b.json", "--expect", expect, "--junit", "out/j.xml", "--github-summary", "s.md"],
      in: folder)
    #expect(both.code == 1 && both.errors == "", "\(both)")
    #expect(both.output.hasPrefix("a.json:\n✓ \(expect)") && both.output.contains("b.json:\n✗ \(expect)"))
    let xml = try String(decoding: folder.read("out/j.xml"), as: UTF8.self)
    #expect(xml.contains("<testsuites tests=\"2\" failures=\"1\" errors=\"0\">"))
    // Appended, not replaced: other steps of a job write to the same file.
    #expect(
      try Probe.run(["check", "a.json", "--expect", expect, "--github-summary", "s.md"], in: folder).code == 0
    )
    let summary = try String(decoding: folder.read("s.md"), as: UTF8.self)
    #expect(
      summary.split(separator: "\n").filter { $0.hasPrefix("### ") } == ["### ✅ a", "### ❌ b", "### ✅ a"])
  }

  @Test func anErrorOutranksAnUnmetExpectation() throws {
    let folder = try Self.folder()
    let outcome = try Probe.run(
      [
        "check", "b.json", "none.json", "--expect", "p.truth.best.accuracy > 0.9", "--expect",
        "p.truth.best.acuracy > 0", "--junit", "j.xml",
      ], in: folder)
    #expect(outcome.code == 66, "\(outcome)")
    #expect(
      outcome.errors.contains("Did you mean accuracy?") && outcome.errors.contains("none.json: no such file"))
    let xml = try String(decoding: folder.read("j.xml"), as: UTF8.self)
    #expect(xml.contains("<testsuites tests=\"3\" failures=\"1\" errors=\"2\">"))
    #expect(try Self.run("check", "a.json", "--expect", "p.truth.best.acuracy > 0").code == 65)
    #expect(try Self.run("check").code == 64)
  }

  @Test func gitHubActionsAreToldWithoutBeingAsked() throws {
    let folder = try Self.folder()
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": folder.path + "/summary.md"]
    let command = ["check", "a.json", "b.json", "--expect", "p.truth.best.accuracy > 0.9"]
    let outcome = try Probe.run(command, in: folder, environment: environment)
    #expect(outcome.code == 1, "\(outcome)")
    let annotations = outcome.output.split(separator: "\n").filter { $0.hasPrefix("::") }
    #expect(annotations.count == 1)
    #expect(
      annotations[0].hasPrefix(
        "::error file=b.json,title=Expectation not met%3A b::p.truth.best.accuracy > 0.9"))
    #expect(try String(decoding: folder.read("summary.md"), as: UTF8.self).contains("### ❌ b"))
    // Standard output is data with --json; the runner reads annotations on standard error as well.
    let json = try Probe.run(command + ["--json"], in: folder, environment: environment)
    #expect(json.output.hasPrefix("[") && json.errors.hasPrefix("::error file=b.json"), "\(json)")
  }

  @Test func mutantsAreTriedWithoutFailing() throws {
    let text = "p.truth.best.accuracy >= 0.65"
    let table = try Self.run("check", "b.json", "a.json", "--mutants", "--expect", text)
    #expect(table.code == 0, "\(table)")
    #expect(table.output.hasPrefix("✗ b.json: \(text)\n") && table.output.contains("✓ a.json: \(text)\n"))
    #expect(table.output.contains("2 of 4  50.0% [15.0, 85.0]"))
    #expect(table.output.contains("shuffled-labels passes with seeds 2, 3"))
    #expect(try Self.run("check", "a.json", "--mutants", "--expect", text, "--require-kill", "0.5").code == 0)
    #expect(try Self.run("check", "a.json", "--mutants", "--expect", text, "--require-kill", "0.6").code == 1)
    let nothing = try Self.run("check", "a.json", "--mutants", "--expect", "p.truth.best.accuracy > 0.1")
    #expect(nothing.code == 0 && nothing.output.contains("It asserts nothing: no mutant is caught."))
    let json = try Self.run("check", "a.json", "--mutants", "--expect", text, "--json")
    struct File: Decodable { let check: MutationCheck }
    #expect(try JSONDecoder().decode([File].self, from: Data(json.output.utf8))[0].check.killed == 2)
    #expect(try Self.run("check", "a.json", "--require-kill", "0.5").code == 64)
    #expect(try Self.run("check", "a.json", "--mutants", "--require-kill", "5").code == 64)
  }

  @Test func diffFindsARegressionOnlyInOneDirection() throws {
    let folder = try Self.folder()
    let worse = try Probe.run(["diff", "a.json", "b.json", "--html", "out/d.html", "--json"], in: folder)
    #expect(worse.code == 1, "\(worse)")
    let comparison = try JSONDecoder().decode(ResultsComparison.self, from: Data(worse.output.utf8))
    #expect(comparison.questions.map { $0.verdict } == [.worse])
    #expect(comparison.questions[0].metrics[0].difference.value == -0.5)
    #expect(comparison.warnings.contains { $0.hasPrefix("The seeds differ (7 and 8)") })
    let html = try String(decoding: folder.read("out/d.html"), as: UTF8.self)
    #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("probe diff a.json b.json --html out/d.html"))
    let better = try Probe.run(["diff", "b.json", "a.json"], in: folder)
    #expect(better.code == 0 && better.output.hasSuffix("B is better than A in p.truth.\n"), "\(better)")
    #expect(better.errors.hasPrefix("warning: The seeds differ"))
  }

  @Test func diffCanAskForEquality() throws {
    #expect(try Self.run("diff", "a.json", "a.json").code == 0)
    #expect(try Self.run("diff", "a.json", "a.json", "--expect-equal", "0.5").code == 0)
    let unshown = try Self.run("diff", "a.json", "a.json", "--expect-equal", "0.01")
    #expect(unshown.code == 1 && unshown.output.contains("✗ not shown"), "\(unshown)")
  }

  @Test func whatDiffCannotCompareIsRefused() throws {
    #expect(try Self.run("diff", "a.json", "none.json").code == 66)
    let metric = try Self.run("diff", "a.json", "b.json", "--metric", "accurcy")
    #expect(metric.code == 64 && metric.errors.contains("Known: accuracy, balanced_accuracy"), "\(metric)")
    let numbers = try Self.run("diff", "a.json", "b.json", "--metric", "r2")
    #expect(numbers.code == 65 && numbers.errors.contains("has r2. They have: accuracy"), "\(numbers)")
    #expect(try Self.run("diff", "a.json", "b.json", "--alpha", "0.7").code == 64)
    #expect(try Self.run("diff", "a.json", "b.json", "--expect-equal", "-1").code == 64)
  }
}
