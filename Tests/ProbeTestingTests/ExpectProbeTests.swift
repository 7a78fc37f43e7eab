import ProbeTesting
import Testing

/// The helper that users put into their own tests: silent when the expectation holds, one readable issue at the
/// caller's line when it does not.
@Suite struct ExpectProbeTests {
  @Test func whatHoldsRecordsNothing() throws {
    let results = try ResultsFixture()
    let outcome = try #require(expectProbe("p.truth.best.accuracy.lower >= 0.6", in: results.file))
    #expect(outcome.holds)
    #expect(outcome.found == 0.7)
    #expect(outcome.point == "blocks.1.hook_resid_post")
  }

  /// h = 0.1 and a margin of 0.05: four times the 20 groups.
  @Test func whatDoesNotHoldIsAnIssueAtTheCallersLine() throws {
    let results = try ResultsFixture()
    let line = #line + 2
    withKnownIssue {
      let outcome = expectProbe("p.truth.best.accuracy.lower > 0.751", in: results.file)
      #expect(outcome?.holds == false)
    } matching: { issue in
      let found =
        "found 0.700; accuracy 0.800 [0.700, 0.900] at blocks.1.hook_resid_post, n = 40 in 20 groups, chance 0.500"
      let advice = "If the estimate stays, about 84 groups (168 examples) would settle it; there are 20 (40)"
      return Self.reads(
        issue, "p.truth.best.accuracy.lower > 0.751 does not hold: \(found). \(advice)", line: line)
    }
  }

  @Test func anExpectationThatAddressesNothingIsAnIssue() throws {
    let results = try ResultsFixture()
    let line = #line + 2
    withKnownIssue {
      #expect(expectProbe("p.lie.best.accuracy > 0.5", in: results.file) == nil)
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
    let results = try ResultsFixture()
    withKnownIssue {
      #expect(expectProbe("accuracy is high", in: results.file) == nil)
    } matching: { issue in
      issue.comments.first?.rawValue.contains("compares with is, expected one of >=, >, <=, <") == true
    }
  }

  @Test func severalExpectationsFailEachForItself() throws {
    let results = try ResultsFixture()
    let texts = [
      "p.truth.best.accuracy.lower > 0.6", "p.truth.best.accuracy.lower > 0.9", "p.truth.best.acuracy > 0.9",
    ]
    let line = #line + 3
    withKnownIssue {
      withKnownIssue {
        let outcomes = expectProbe(texts, in: results.file)
        #expect(outcomes.map { $0?.holds } == [true, false, nil])
      } matching: {
        Self.begins($0, "\(texts[1]) does not hold: found 0.700", line: line)
      }
    } matching: {
      Self.begins($0, "\(texts[2]): there is no metric acuracy. Did you mean accuracy?", line: line)
    }
  }

  @Test func noExpectationAssertsNothingAndFails() throws {
    let results = try ResultsFixture()
    withKnownIssue {
      #expect(expectProbe([String](), in: results.file).isEmpty)
    } matching: {
      $0.comments.map { $0.rawValue } == ["no expectation was given"]
    }
  }

  private static func begins(_ issue: Issue, _ text: String, line: Int) -> Bool {
    issue.comments.first?.rawValue.hasPrefix(text) == true && issue.sourceLocation?.line == line
  }

  private static func reads(_ issue: Issue, _ text: String, line: Int) -> Bool {
    issue.comments.map { $0.rawValue } == [text] && issue.sourceLocation?.line == line
      && issue.sourceLocation?.fileName == "ExpectProbeTests.swift"
  }
}
