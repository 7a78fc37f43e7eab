import Foundation
import ProbeTesting
import Testing

/// The helper that users put into their own tests: silent when the expectation holds, one readable issue at the
/// caller's line when it does not.
@Suite struct ExpectProbeTests {
  @Test func whatHoldsRecordsNothing() throws {
    let file = try Self.results()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let outcome = try #require(expectProbe("p.truth.best.accuracy.lower >= 0.6", in: file))
    #expect(outcome.holds)
    #expect(outcome.found == 0.7)
    #expect(outcome.point == "blocks.1.hook_resid_post")
  }

  @Test func whatDoesNotHoldIsAnIssueAtTheCallersLine() throws {
    let file = try Self.results()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let line = #line + 2
    withKnownIssue {
      let outcome = expectProbe("p.truth.best.accuracy.lower > 0.75", in: file)
      #expect(outcome?.holds == false)
    } matching: { issue in
      let found = "found 0.7 at blocks.1.hook_resid_post, n = 40 in 20 groups"
      return Self.reads(issue, "p.truth.best.accuracy.lower > 0.75 does not hold: \(found)", line: line)
    }
  }

  @Test func anExpectationThatAddressesNothingIsAnIssue() throws {
    let file = try Self.results()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let line = #line + 2
    withKnownIssue {
      #expect(expectProbe("p.lie.best.accuracy > 0.5", in: file) == nil)
    } matching: { issue in
      Self.reads(issue, "p.lie.best.accuracy > 0.5: p has no label lie. There is: truth", line: line)
    }
  }

  @Test func aFileThatIsNotThereIsAnIssue() {
    let line = #line + 2
    withKnownIssue {
      #expect(expectProbe("p.truth.best.accuracy > 0.5", in: "/no/such/file.json") == nil)
    } matching: { issue in
      Self.reads(issue, "/no/such/file.json: no such file. `probe analyze` writes it", line: line)
    }
  }

  @Test func whatIsNoExpectationIsAnIssue() throws {
    let file = try Self.results()
    defer { try? FileManager.default.removeItem(atPath: file) }
    withKnownIssue {
      #expect(expectProbe("accuracy is high", in: file) == nil)
    } matching: { issue in
      issue.comments.first?.rawValue.contains("compares with is, expected one of >=, >, <=, <") == true
    }
  }

  private static func reads(_ issue: Issue, _ text: String, line: Int) -> Bool {
    issue.comments.map { $0.rawValue } == [text] && issue.sourceLocation?.line == line
      && issue.sourceLocation?.fileName == "ExpectProbeTests.swift"
  }

  /// A results file by hand, as the schema describes it: nothing here depends on what the library writes.
  private static func results() throws -> String {
    let digest = String(repeating: "a", count: 64)
    let text = """
      {"schemaVersion": 1, "name": "n", "title": "t",
       "provenance": {"version": "0.1.0", "model": "m", "architecture": "llama", "weightsDigest": "\(digest)",
         "corpus": "c.jsonl", "corpusDigest": "\(digest)", "specDigest": "\(digest)",
         "capture": {"positions": "last", "dtype": "float16", "sentinel": "bos", "overflow": "error"},
         "seed": 1, "numericsVersion": 1, "kernels": "k"},
       "analyses": [{"id": "p", "analysis": "linear-probe", "findings": {},
         "measurements": [{"label": "truth", "point": "blocks.1.hook_resid_post", "isBest": true,
           "metrics": {"accuracy": {"value": 0.8, "lower": 0.7, "upper": 0.9, "n": 40, "groups": 20, "chance": 0.5}},
           "notApplicable": {}}]}],
       "expectations": []}
      """
    let file = NSTemporaryDirectory() + "expect-probe-\(UUID().uuidString).json"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}
