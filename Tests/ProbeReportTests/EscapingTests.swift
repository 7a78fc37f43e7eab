import Testing

@testable import ProbeReport

struct EscapingTests {
  private let elementNames: Set<String> = [
    "html", "head", "meta", "title", "style", "body", "a", "div", "header", "h1", "h2", "p", "nav", "ul",
    "li", "main",
    "section", "span", "strong", "em", "code", "pre", "dl", "dt", "dd", "figure", "figcaption", "details",
    "summary",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "wbr", "svg", "desc", "text", "line", "rect",
    "path",
  ]

  @Test(arguments: HostileReport.strings)
  func hostileTextAddsNoElementAndNoAttribute(_ string: String) throws {
    let elements = try MarkupReader(HostileReport.report(string).html()).elements
    for element in elements {
      #expect(elementNames.contains(element.name), "element \(element.name)")
      for attribute in element.attributes.keys {
        #expect(
          !attribute.hasPrefix("on") && attribute != "style" && attribute != "src", "attribute \(attribute)")
      }
      if let target = element.attributes["href"] { #expect(target.hasPrefix("#")) }
    }
  }

  @Test(arguments: HostileReport.strings)
  func noCharacterThatActsUnseenIsWritten(_ string: String) {
    var marks = 0
    for scalar in HostileReport.report(string).html().unicodeScalars {
      let category = scalar.properties.generalCategory
      marks = category == .nonspacingMark ? marks + 1 : 0
      #expect(marks <= 8)
      if scalar == "\n" || scalar == "\t" { continue }
      #expect(
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains(category), "\(scalar.value)")
      #expect(!scalar.properties.isNoncharacterCodePoint)
    }
  }

  @Test(arguments: HostileReport.strings)
  func idsAreUniqueAndReferencesFindTheirTarget(_ string: String) throws {
    let elements = try MarkupReader(HostileReport.report(string).html()).elements
    let ids = elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in elements {
      if let target = element.attributes["href"] { #expect(ids.contains(String(target.dropFirst()))) }
      for id in (element.attributes["aria-labelledby"] ?? "").split(separator: " ") {
        #expect(ids.contains(String(id)))
      }
    }
  }

  @Test func ordinaryTextComesBackUnchanged() throws {
    let text = "a < b && c > \"d\" 'e' — naïve 日本語 עברית"
    let elements = try MarkupReader(HostileReport.report(text).html()).elements
    #expect(elements.first { $0.name == "h1" }?.text == text)
    #expect(elements.first { $0.name == "title" }?.text == text)
  }

  @Test func hiddenCharactersAreNamed() {
    #expect(VisibleText("a\u{202E}b", policy: .label).flat == "a⟨U+202E⟩b")
    #expect(VisibleText("\u{1B}[31m", policy: .label).flat == "⟨U+001B⟩[31m")
    #expect(VisibleText("\u{0}\u{0}\u{0}", policy: .label).flat == "⟨U+0000 ×3⟩")
    #expect(VisibleText("\u{1F600}\u{E0041}", policy: .label).flat == "\u{1F600}⟨U+E0041⟩")
  }

  @Test func tokensShowTheirBlanks() {
    #expect(VisibleText(" Paris\n\t", policy: .token).flat == "␣Paris↵⇥")
    #expect(VisibleText("a\u{A0}b", policy: .token).flat == "a⟨U+00A0⟩b")
  }

  @Test func overlongTextIsCutAndSaysHowLongItWas() throws {
    let text = String(repeating: "x", count: 1 << 20)
    let page = HostileReport.report(text).html()
    #expect(page.contains("first 4,000 of 1,048,576 characters"))
    #expect(page.contains("first 240 of 1,048,576 characters"))
    #expect(page.utf8.count < 2_000_000)
    _ = try MarkupReader(page)
  }

  @Test func aMegabyteOfControlCharactersStaysSmall() throws {
    let text = String(repeating: "\u{0}\u{1B}", count: 1 << 19)
    #expect(HostileReport.report(text).html().utf8.count < 2_000_000)
  }

  @Test func theReaderOfTheseTestsRefusesBrokenMarkup() {
    for broken in ["<p><b></p></b>", "<p", "<p>", "<p>&nbsp;</p>", "<p a=b></p>", "<p>a < b</p>", "</p>"] {
      #expect(throws: MarkupReader.Failure.self) { try MarkupReader("<!DOCTYPE html>\n" + broken) }
    }
  }
}
