/// Expectations as JUnit XML, one test case each, for CI systems.
public struct JUnit: Sendable {
  /// The document.
  public let xml: String

  /// Writes the outcomes of `results`.
  public init(_ results: Results) {
    let failures = results.expectations.count { !$0.holds }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuite name=\"\(Self.escaped(results.name))\" tests=\"\(results.expectations.count)\" failures=\"\(failures)\">",
    ]
    for outcome in results.expectations {
      let name = "name=\"\(Self.escaped(outcome.text))\" classname=\"\(Self.escaped(results.name))\""
      guard !outcome.holds else {
        lines.append("  <testcase \(name)/>")
        continue
      }
      let found = outcome.found.map { "\($0)" } ?? "undefined"
      let message =
        "found \(found) at \(outcome.point ?? "-"), n = \(outcome.value.n) in \(outcome.value.groups) groups"
      lines.append("  <testcase \(name)><failure message=\"\(Self.escaped(message))\"/></testcase>")
    }
    lines.append("</testsuite>\n")
    xml = lines.joined(separator: "\n")
  }

  /// Text for an attribute; characters that XML 1.0 cannot hold become U+FFFD.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
