import Foundation
import ProbeReport
import Testing

@testable import ProbeAnalysis

@Suite struct ResultsComparisonTests {
  private typealias Fixture = ComparisonFixture

  /// p of 0.0625, 0.0078125 and 1 become 0.125, 0.0234375 and 1 by Holm's steps.
  private static func several() throws -> ResultsComparison {
    let truths: [Double] = [1, 2, 3, 4, 5, 6, 7, 8]
    let good = Fixture.numeric([1.5, 2, 2.5, 4.5, 5, 5.5, 7.25, 8], truths: truths)
    let bad = Fixture.numeric([2, 1, 4, 3, 7, 5, 6, 10], truths: truths)
    let same = Fixture.binary(Fixture.scoresA, label: "same")
    return try ResultsComparison(
      Fixture.results(
        [Fixture.binary(Fixture.scoresA), good, same, Fixture.binary(Fixture.scoresA, label: "old")],
        name: "a"),
      file: "a.json",
      with: Fixture.results(
        [same, Fixture.binary(Fixture.scoresB), bad, Fixture.binary(Fixture.scoresA, label: "new")],
        name: "b",
        seed: 8, corpus: "d", model: "n"), file: "b.json")
  }

  @Test func theQuestionsAreHolmAdjusted() throws {
    let comparison = try Self.several()
    #expect(comparison.questions.map { $0.name } == ["p.truth", "p.size", "p.same"])
    #expect(comparison.questions.map { $0.p } == [0.0625, 0.0078125, 1])
    #expect(comparison.questions.map { $0.adjusted } == [0.125, 0.0234375, 1])
    #expect(comparison.questions.map { $0.verdict } == [.noDifference, .worse, .noDifference])
    #expect(comparison.isRegression && comparison.isEquivalent == nil)
    #expect(comparison.skipped == ["p.old: only A answers it", "p.new: only B answers it"])
  }

  @Test func whatDiffersIsNamedAndWarnedAbout() throws {
    let comparison = try Self.several()
    #expect(comparison.differences.map { $0.what } == ["model", "weights", "corpus content", "seed"])
    #expect(comparison.warnings.contains { $0.hasPrefix("The corpora differ") })
    #expect(comparison.warnings.contains { $0.hasPrefix("The seeds differ (7 and 8)") })
    #expect(comparison.warnings.contains("p.truth: 7 groups are few: little can be shown"))
  }

  @Test func testSetsThatDifferAreWarnedAbout() throws {
    let part = Fixture.binary(
      Array(Fixture.scoresA.dropFirst(2)), items: (2..<14).map { "e\($0)" },
      groups: Array(Fixture.groups.dropFirst(2)),
      truths: Array(Fixture.truths.dropFirst(2)))
    let comparison = try ResultsComparison(
      Fixture.results([Fixture.binary(Fixture.scoresA)]), file: "a", with: Fixture.results([part]), file: "b")
    #expect(
      comparison.warnings.contains(
        "p.truth: the test sets differ. Of A 2 items are left out, of B 0; 12 are compared"))
    #expect(comparison.questions[0].groups == 6)
  }

  @Test func equalityIsShownByTheIntervalOnly() throws {
    func equal(_ b: [Float], _ margin: Double) throws -> Bool? {
      try ResultsComparison(
        Fixture.results([Fixture.binary(Fixture.scoresA)]), file: "a",
        with: Fixture.results([Fixture.binary(b)]),
        file: "b", settings: ComparisonSettings(margin: margin)
      ).isEquivalent
    }
    // Seven groups that never differ: up to a third of others may.
    #expect(try equal(Fixture.scoresA, 0.5) == true)
    #expect(try equal(Fixture.scoresA, 0.05) == false)
    #expect(try equal(Fixture.scoresB, 0.5) == false)
  }

  @Test func resultsWithoutPredictionsAreRefused() throws {
    for predictions in [nil, []] as [[ItemPredictions]?] {
      let error = #expect(throws: SpecError.self) {
        try ResultsComparison(
          Fixture.results([Fixture.binary(Fixture.scoresA)]), file: "a.json",
          with: Fixture.results(predictions),
          file: "b.json")
      }
      #expect(
        error
          == SpecError(
            .missingData, at: "b.json", "holds no predictions of single items",
            advice: "Results of schema version 2 have them: run `probe analyze` again"))
    }
  }

  @Test func resultsOfOtherQuestionsAreRefused() throws {
    let one = [Fixture.binary(Fixture.scoresA)]
    let error = #expect(throws: SpecError.self) {
      try ResultsComparison(
        Fixture.results(one), file: "a.json", with: Fixture.results(one, id: "q"), file: "b.json")
    }
    #expect(error?.problem == "answers no question that a.json answers: it has q.truth, the other p.truth")
    let metric = #expect(throws: SpecError.self) {
      try ResultsComparison(
        Fixture.results(one), file: "a.json", with: Fixture.results(one), file: "b.json",
        settings: ComparisonSettings(metric: .r2))
    }
    #expect(metric?.reason == .notApplicable)
    #expect(metric?.advice == "They have: accuracy, balanced_accuracy, auroc, log_loss, brier")
  }

  @Test func theReportSaysWhatWasShown() throws {
    let report = try Self.several().report(command: "probe diff a.json b.json")
    #expect(report.verdict.outcome == .fails)
    #expect(
      report.verdict.headline
        == "B is worse than A in p.size. No difference is shown in p.truth, p.same.")
    #expect(report.sections.map { $0.id } == ["differences", "metrics", "origin", "skipped"])
    #expect(report.reproduce == ["probe diff a.json b.json"])
    let html = report.html()
    for text in ["a.json", "b.json", "w-m", "w-n", "p.old: only A answers it", "The seeds differ"] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func theSameComparisonHasTheSameBytes() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let first = try Self.several()
    let second = try Self.several()
    #expect(try encoder.encode(first) == encoder.encode(second))
    #expect(first.report(command: "c").html() == second.report(command: "c").html())
    #expect(try JSONDecoder().decode(ResultsComparison.self, from: encoder.encode(first)) == first)
  }
}
