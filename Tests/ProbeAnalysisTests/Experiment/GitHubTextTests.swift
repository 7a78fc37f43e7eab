import Testing

@testable import ProbeAnalysis

@Suite struct GitHubTextTests {
  private static func checks(_ expectations: [String] = []) throws -> [ExpectationCheck] {
    [ExpectationCheck(try SampleResults.results(), file: "Reports/sample.json", expectations: expectations)]
  }

  @Test func theSummaryIsATableWithARowAnExpectation() throws {
    let lines = try GitHubText(
      Self.checks(["p.a.best.auroc > 0.1", "p.a.best.auroc.lower > 0.75", "x.best.f > 0"])
    )
    .summary.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "### ❌ sample")
    #expect(lines[2].hasPrefix("1 of 3 expectations met in <code>Reports/sample&#46;json</code>"))
    let rows = lines.filter { $0.hasPrefix("| ") }
    // A head, then one row an expectation, all of as many cells as the head. (The rule under it starts with `|-`.)
    #expect(rows.map { $0.split(separator: " | ", omittingEmptySubsequences: false).count }.first == 8)
    #expect(Set(rows.map { row in row.count { $0 == "|" } }) == [9])
    #expect(
      rows[1].hasPrefix(
        "| ✅ | <code>p&#46;a&#46;best&#46;auroc &#62; 0&#46;1</code> | 0.800 | 0.800 [0.700, 0.900] |"))
    #expect(rows[2].hasPrefix("| ❌ |") && rows[3].hasPrefix("| ⚠️ |"))
  }

  @Test func allMetIsAGreenHeading() throws {
    #expect(try GitHubText(Self.checks(["p.a.best.auroc > 0.1"])).summary.hasPrefix("### ✅ sample\n"))
  }

  /// Nothing that Markdown or HTML act on is left, whatever the text.
  @Test(arguments: [
    "a | b", "**bold** _i_ ~~s~~", "`code`", "<img src=x onerror=alert(1)>", "[a](http://x.y)", "![i](u)",
    "line\nbreak\r\n| x |", "&amp; &#124;", "@everyone #12", "www.example.com http://e.com",
    "\u{202E}gnp\u{200B}",
    "\\| \\` \\", "$x^2$", "1. list", "- item", "</code>", "\u{0}\u{1B}[31m",
  ])
  func hostileTextStaysText(text: String) {
    let written = GitHubText.markdown(text)
    // What is left of ASCII punctuation are character references.
    let rest = written.replacing(#/&#[0-9]+;/#, with: "")
    #expect(rest.allSatisfy { $0.isLetter || $0.isNumber || " ,;%/\u{FFFD}".contains($0) }, "\(written)")
    // Decoding them gives the text back, but for what cannot be seen.
    var decoded = ""
    var scan = written[...]
    while let match = scan.firstMatch(of: #/&#([0-9]+);/#) {
      decoded += scan[..<match.range.lowerBound]
      decoded.unicodeScalars.append(Unicode.Scalar(UInt32(match.output.1) ?? 0) ?? "?")
      scan = scan[match.range.upperBound...]
    }
    decoded += scan
    #expect(decoded.count { $0 != "\u{FFFD}" } <= text.unicodeScalars.count)
    #expect(Array(decoded.unicodeScalars).count == text.unicodeScalars.count)
    for (left, right) in zip(decoded.unicodeScalars, text.unicodeScalars) where left != "\u{FFFD}" {
      #expect(left == right)
    }
  }

  @Test func whatIsUnmetIsAnnotated() throws {
    let lines = try GitHubText(Self.checks(["p.a.best.auroc > 0.1", "p.a.best.auroc > 0.9", "x.best.f > 0"]))
      .annotations
    #expect(lines.count == 2)
    #expect(
      lines[0].hasPrefix(
        "::error file=Reports/sample.json,title=Expectation not met%3A sample::p.a.best.auroc > 0.9 does not hold: "
      ))
    #expect(
      lines[1].hasPrefix("::error file=Reports/sample.json,title=Expectation cannot be evaluated%3A sample::")
    )
  }

  /// As the runner's own library writes them (percent signs first, colons and commas in properties only).
  @Test func commandsCannotBeBrokenOutOf() {
    #expect(GitHubText.message("50% a:b,c\r\n::error::x") == "50%25 a:b,c%0D%0A::error::x")
    #expect(GitHubText.property("50% a:b,c\n") == "50%25 a%3Ab%2Cc%0A")
    #expect(GitHubText.property(":\u{301},\u{301}") == "%3A\u{301}%2C\u{301}")
  }
}
