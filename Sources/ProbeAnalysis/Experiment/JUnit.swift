/// Expectations as JUnit XML for CI systems: one suite a results file, one test case an expectation.
///
/// An unmet expectation is a `failure`; one that addresses nothing, or a file that cannot be read, is an `error`. Every
/// case carries its numbers as `properties`, where readers of trends find them.
public struct JUnit: Sendable {
  /// The document.
  public let xml: String

  /// Writes what became of the expectations of `results`.
  public init(_ results: Results) { self.init([ExpectationCheck(recordedIn: results)]) }

  /// Writes one suite a check.
  public init(_ checks: [ExpectationCheck]) {
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites \(Self.counts(checks.flatMap { $0.cases }))>",
    ]
    for check in checks {
      lines.append("  <testsuite name=\"\(Self.escaped(check.name))\" \(Self.counts(check.cases))>")
      for one in check.cases { lines += Self.lines(one, suite: check.name) }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>\n")
    xml = lines.joined(separator: "\n")
  }

  private static func counts(_ cases: [ExpectationCheck.Case]) -> String {
    let failures = cases.count { $0.outcome?.holds == false }
    let errors = cases.count { $0.outcome == nil }
    return "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
  }

  private static func lines(_ one: ExpectationCheck.Case, suite: String) -> [String] {
    var lines = ["    <testcase name=\"\(escaped(one.text))\" classname=\"\(escaped(suite))\">"]
    if let outcome = one.outcome {
      lines.append("      <properties>")
      for (name, value) in properties(outcome) {
        lines.append("        <property name=\"\(name)\" value=\"\(escaped(value))\"/>")
      }
      lines.append("      </properties>")
    }
    switch one.verdict {
    case .evaluated(let outcome) where outcome.holds: break
    case .evaluated: lines.append("      <failure message=\"\(escaped(one.explanation))\"/>")
    case .error(let error):
      lines.append(
        "      <error type=\"\(error.reason.rawValue)\" message=\"\(escaped(one.explanation))\"/>")
    }
    return lines + ["    </testcase>"]
  }

  private static func properties(_ outcome: Expectation.Outcome) -> [(String, String)] {
    let value = outcome.value
    let numbers: [(String, Double?)] = [
      ("estimate", value.value), ("lower", value.lower), ("upper", value.upper), ("chance", value.chance),
    ]
    return numbers.compactMap { name, number in number.map { (name, "\($0)") } }
      + [("n", "\(value.n)"), ("groups", "\(value.groups)")] + (outcome.point.map { [("point", $0)] } ?? [])
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
