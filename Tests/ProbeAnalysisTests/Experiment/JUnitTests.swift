import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import ProbeAnalysis

@Suite struct JUnitTests {
  /// Names that break careless writers of XML; control characters cannot occur in XML at all.
  @Test(arguments: [
    "plain", "a < b && \"c\" > 'd'", "]]>", "<!-- -->", "&amp;", "tab\tline\nreturn\r",
    "\u{0}\u{1}\u{B}\u{1F}",
    "\u{FFFE}\u{FFFF}", "\u{7F}\u{85}\u{2028}", "emoji 👩‍👩‍👧 and \u{202E}bidi", "\u{10FFFF}",
  ])
  func hostileNamesGiveWellFormedXML(name: String) throws {
    let xml = JUnit(try SampleResults.results(name: name, expectation: name)).xml
    let reader = Reader(xml)
    #expect(reader.isWellFormed, "\(xml)")
    let properties = ["properties"] + [String](repeating: "property", count: 7)
    let named = reader.elements.map { $0.name }
    #expect(named.prefix(3) == ["testsuites", "testsuite", "testcase"])
    #expect(named.dropFirst(3).prefix(8) == properties[...])
    #expect(named.count { $0 == "testcase" } == 3 && named.count { $0 == "failure" } == 2)
    let visible = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          let isForbidden =
            scalar.value < 0x20 && !["\t", "\n", "\r"].contains(scalar) || scalar.value == 0xFFFE
            || scalar.value == 0xFFFF
          return isForbidden ? "\u{FFFD}" : scalar
        }))
    #expect(reader.elements[1].attributes["name"] == visible)
    #expect(reader.elements[2].attributes["name"] == visible)
    #expect(reader.elements[2].attributes["classname"] == visible)
  }

  @Test func countsAndMessagesSayWhatFailed() throws {
    let reader = Reader(JUnit(try SampleResults.results()).xml)
    for suite in reader.elements.prefix(2) {
      #expect(suite.attributes["tests"] == "3")
      #expect(suite.attributes["failures"] == "2")
      #expect(suite.attributes["errors"] == "0")
    }
    let messages = reader.elements.filter { $0.name == "failure" }.map { $0.attributes["message"] }
    #expect(
      messages == [
        "p.a.best.brier < 0.5 does not hold: found undefined at blocks.0.hook_resid_post, n = 40 in 20 groups. "
          + "An undefined number never holds",
        "q.best.f1 > 0.6 does not hold: found 0.500; f1 0.500 [0.400, 0.600] at -, n = 40 in 20 groups, "
          + "chance 0.500. This asserts the bare estimate, which another sample would move: assert .lower instead",
      ])
  }

  @Test func everyCaseCarriesItsNumbers() throws {
    let reader = Reader(JUnit(try SampleResults.results()).xml)
    let properties = reader.elements.filter { $0.name == "property" }.prefix(7).map { $0.attributes }
    #expect(
      properties.map { $0["name"] } == ["estimate", "lower", "upper", "chance", "n", "groups", "point"])
    #expect(
      properties.map { $0["value"] }
        == ["0.8", "\(0.8 - 0.1)", "0.9", "0.5", "40", "20", "blocks.0.hook_resid_post"])
  }

  /// One suite a file; what cannot be evaluated is an error, no failure.
  @Test func errorsAndFailuresAreApart() throws {
    let results = try SampleResults.results()
    let checks = [
      ExpectationCheck(
        results, file: "a.json",
        expectations: ["p.a.best.auroc > 0.1", "p.a.best.auroc > 0.95", "p.b.best.auroc > 0", "nonsense"]),
      ExpectationCheck(file: "/no/such/file.json", expectations: ["p.a.best.auroc > 0.1"]),
    ]
    let reader = Reader(JUnit(checks).xml)
    #expect(reader.isWellFormed)
    let suites = reader.elements.filter { $0.name.hasPrefix("testsuite") }.map { $0.attributes }
    #expect(suites.map { $0["tests"] } == ["5", "4", "1"])
    #expect(suites.map { $0["failures"] } == ["1", "1", "0"])
    #expect(suites.map { $0["errors"] } == ["3", "2", "1"])
    #expect(suites.map { $0["name"] } == [nil, "sample", "/no/such/file.json"])
    let errors = reader.elements.filter { $0.name == "error" }.map { $0.attributes }
    #expect(errors.map { $0["type"] } == ["unknownPath", "badValue", "notFound"])
    #expect(errors.last?["message"] == "/no/such/file.json: no such file. `probe analyze` writes it")
  }

  /// What an XML parser of somebody else's makes of a document.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    private(set) var isWellFormed = false

    init(_ xml: String) {
      super.init()
      let parser = XMLParser(data: Data(xml.utf8))
      parser.delegate = self
      isWellFormed = parser.parse()
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      elements.append((name, attributes))
    }
  }
}
