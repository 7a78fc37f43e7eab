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
    #expect(
      reader.elements.map { $0.name } == ["testsuite"] + [
        "testcase", "testcase", "failure", "testcase", "failure",
      ])
    let visible = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          let isForbidden =
            scalar.value < 0x20 && !["\t", "\n", "\r"].contains(scalar) || scalar.value == 0xFFFE
            || scalar.value == 0xFFFF
          return isForbidden ? "\u{FFFD}" : scalar
        }))
    #expect(reader.elements[0].attributes["name"] == visible)
    #expect(reader.elements[1].attributes["name"] == visible)
    #expect(reader.elements[1].attributes["classname"] == visible)
  }

  @Test func countsAndMessagesSayWhatFailed() throws {
    let reader = Reader(JUnit(try SampleResults.results()).xml)
    #expect(reader.elements[0].attributes["tests"] == "3")
    #expect(reader.elements[0].attributes["failures"] == "2")
    #expect(
      reader.elements[3].attributes["message"]
        == "found undefined at blocks.0.hook_resid_post, n = 40 in 20 groups")
    #expect(reader.elements[5].attributes["message"] == "found 0.5 at -, n = 40 in 20 groups")
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
