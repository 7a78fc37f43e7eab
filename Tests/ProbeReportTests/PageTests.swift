import Foundation
import Testing

@testable import ProbeReport

struct PageTests {
  @Test func thePageAsksNothingOfAnybody() throws {
    let page = SampleReport.report.html()
    let elements = try MarkupReader(page).elements
    #expect(
      !elements.contains { ["script", "link", "img", "iframe", "object", "base", "form"].contains($0.name) })
    #expect(
      !page.contains("url(") && !page.contains("@import") && !page.contains("http://")
        && !page.contains("https://"))
    let policy =
      elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }?.attributes["content"] ?? ""
    #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'none'"))
    #expect(!policy.contains("unsafe"))
  }

  @Test func theSameReportGivesTheSameBytes() throws {
    let report = SampleReport.report
    let copy = try JSONDecoder().decode(Report.self, from: JSONEncoder().encode(report))
    #expect(copy == report)
    #expect(report.html() == report.html())
    #expect(copy.html() == report.html())
  }

  @Test func headingsDescendWithoutGaps() throws {
    let elements = try MarkupReader(SampleReport.report.html()).elements
    let levels = elements.compactMap { ["h1": 1, "h2": 2, "h3": 3][$0.name] }
    #expect(levels.first == 1 && levels.filter { $0 == 1 }.count == 1)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    for landmark in ["header", "nav", "main"] { #expect(elements.filter { $0.name == landmark }.count == 1) }
  }

  @Test func everyTableHasACaptionAndScopedHeadsAndScrollsByKeyboard() throws {
    let elements = try MarkupReader(SampleReport.report.html()).elements
    let tables = elements.filter { $0.name == "table" }
    #expect(!tables.isEmpty && elements.filter { $0.name == "caption" }.count == tables.count)
    for head in elements where head.name == "th" {
      #expect(["col", "row"].contains(head.attributes["scope"]))
    }
    let regions = elements.filter { $0.attributes["class"] == "scroll" }
    #expect(regions.count == tables.count)
    #expect(
      regions.allSatisfy { $0.attributes["tabindex"] == "0" && $0.attributes["aria-labelledby"] != nil })
  }

  @Test func warningsAreCountedBesideTheVerdictAndListedBeforeTheSections() throws {
    var report = SampleReport.report
    let page = report.html()
    let badge = try #require(page.range(of: "with 2 warnings"))
    let list = try #require(page.range(of: "<section id=\"warnings\""))
    let section = try #require(page.range(of: "<section id=\"truth-probe\""))
    #expect(badge.lowerBound < list.lowerBound && list.lowerBound < section.lowerBound)
    report.warnings = []
    #expect(!report.html().contains("id=\"warnings\"") && !report.html().contains("with 2 warnings"))
  }

  @Test(arguments: Verdict.Outcome.allCases)
  func theOutcomeIsAWordAndAnIconNotAColourAlone(_ outcome: Verdict.Outcome) throws {
    var report = SampleReport.report
    report.verdict.outcome = outcome
    let elements = try MarkupReader(report.html()).elements
    let badge = try #require(elements.first { $0.attributes["id"] == "verdict-heading" })
    let words = [Verdict.Outcome.holds: "Holds", .fails: "Does not hold", .undecided: "Undecided"]
    #expect(
      badge.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") == "Verdict: "
        + (words[outcome] ?? "?"))
    let icon = elements.first { $0.name == "svg" && $0.path.last == "h2" }
    #expect(icon?.attributes["aria-hidden"] == "true")
  }

  @Test func sectionsOfTheSameIdGetTheirOwnFragment() {
    #expect(
      Anchors.unique(["a", "a", "verdict", "x y.z", "—"]) == ["a", "a-2", "verdict-2", "x-y-z", "section"])
  }

  @Test func longListsAreCutAndSaySo() throws {
    let rows = (0..<1_000).map { Table.Row([.count($0)]) }
    var report = SampleReport.report
    report.sections = [
      Section(id: "t", title: "T", blocks: [.table(Table("T", columns: [.init("n")], rows: rows))])
    ]
    #expect(report.html().contains("First 400 of 1,000 rows."))
  }
}
