import ProbeReport

/// Expectations in the two forms that GitHub's CI shows: a job summary and annotations.
public struct GitHubText: Sendable {
  private let checks: [ExpectationCheck]

  /// The texts of some checks.
  public init(_ checks: [ExpectationCheck]) { self.checks = checks }

  /// A Markdown table a results file, to be appended to the file that `GITHUB_STEP_SUMMARY` names.
  public var summary: String { checks.map(Self.summary).joined(separator: "\n") }

  /// One `::error` command an expectation that is unmet or cannot be evaluated, each on a line of its own.
  public var annotations: [String] {
    checks.flatMap { check in
      check.cases.filter { $0.outcome?.holds != true }.map { one in
        let title = one.outcome == nil ? "Expectation cannot be evaluated" : "Expectation not met"
        return "::error file=\(Self.property(check.file)),title=\(Self.property("\(title): \(check.name)"))::"
          + Self.message(one.explanation)
      }
    }
  }

  // MARK: - Markdown

  private static func summary(_ check: ExpectationCheck) -> String {
    let met = check.cases.count { $0.outcome?.holds == true }
    var lines = [
      "### \(met == check.cases.count ? "✅" : "❌") \(markdown(check.name))", "",
      "\(met) of \(check.cases.count) expectations met in <code>\(markdown(check.file))</code>.", "",
    ]
    guard !check.cases.isEmpty else { return lines.joined(separator: "\n") }
    lines += [
      "| | Expectation | Found | Estimate [95% interval] | n | Groups | Chance | At |",
      "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for one in check.cases {
      let text = "<code>\(markdown(one.text))</code>"
      guard let outcome = one.outcome else {
        lines.append("| ⚠️ | \(text) | \(markdown(one.explanation)) | | | | | |")
        continue
      }
      let value = outcome.value
      let cells = [
        outcome.holds ? "✅" : "❌", text, number(outcome.found),
        "\(number(value.value)) [\(number(value.lower)), \(number(value.upper))]", "\(value.n)",
        "\(value.groups)",
        number(value.chance), outcome.point.map { "<code>\(markdown($0))</code>" } ?? "",
      ]
      lines.append("| \(cells.joined(separator: " | ")) |")
    }
    let remarks = check.unmet.map { "- \(markdown($0.explanation))" }
    return (lines + (remarks.isEmpty ? [] : [""] + remarks)).joined(separator: "\n") + "\n"
  }

  private static func number(_ value: Double?) -> String { Quantity(value ?? .nan).text }

  /// Text that no reader of Markdown or HTML takes for markup: all ASCII but letters, digits, blanks and a few harmless
  /// signs becomes a character reference, and what would act unseen (control characters, bidirectional overrides,
  /// zero-width characters) becomes U+FFFD.
  static func markdown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ";", "%", "/": result.unicodeScalars.append(scalar)
      // A dot makes links of names that end like a domain, and lists of numbers.
      case _ where scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F:
        result += "&#\(scalar.value);"
      case _ where isUnseen(scalar): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
    default: false
    }
  }

  // MARK: - Commands

  /// A command's message: one line, `%` and line ends as the runner decodes them.
  static func message(_ text: String) -> String { encoded(text, "%\r\n") }

  /// A command's property, in which colons and commas separate too.
  static func property(_ text: String) -> String { encoded(text, "%\r\n:,") }

  /// Scalar by scalar: a combining mark after a separator must not hide it.
  private static func encoded(_ text: String, _ separators: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if separators.unicodeScalars.contains(scalar) {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        result += "%" + (hex.count < 2 ? "0" : "") + hex
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
