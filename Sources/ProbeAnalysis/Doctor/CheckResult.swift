/// What a check came to.
public enum CheckVerdict: String, Sendable, Codable, CaseIterable {
  /// What was found is what was expected.
  case ok
  /// Worth knowing, with advice; the model is healthy.
  case warning
  /// What must hold does not: the model is not healthy.
  case failed
  /// The check has nothing to look at here; `found` says why.
  case notApplicable = "not applicable"
}

/// One check's answer: what was found against what was expected, and what to do.
public struct CheckResult: Sendable, Equatable, Encodable {
  /// The check's name.
  public var name = ""
  /// What it came to.
  public let verdict: CheckVerdict
  /// What was found; for a check that is not applicable, why.
  public let found: String
  /// What was expected, with the tolerance.
  public let expected: String
  /// What to do; empty when nothing is to be done.
  public let advice: String
  /// The figures behind `found`.
  public let figures: [Figure]
  /// Details by layer, prompt or product.
  public let details: DetailTable?

  /// One number with its unit.
  public struct Figure: Sendable, Equatable, Encodable {
    /// What it counts.
    public let name: String
    /// The number; nil (`null`) when it is not finite.
    public let value: Double?
    /// Its unit; empty for a count or a ratio.
    public let unit: String

    /// A number.
    public init(_ name: String, _ value: Double, unit: String = "") {
      (self.name, self.unit) = (name, unit)
      self.value = value.isFinite ? value : nil
    }
  }

  /// An answer.
  public init(
    _ verdict: CheckVerdict, found: String, expected: String = "", advice: String = "",
    figures: [Figure] = [], details: DetailTable? = nil
  ) {
    (self.verdict, self.found, self.expected, self.advice) = (verdict, found, expected, advice)
    (self.figures, self.details) = (figures, details)
  }

  /// The answer of a check that has nothing to look at.
  public static func notApplicable(_ why: String, advice: String = "") -> CheckResult {
    CheckResult(.notApplicable, found: why, advice: advice)
  }
}

/// Details as rows under named columns.
public struct DetailTable: Sendable, Equatable, Encodable {
  /// The columns' names.
  public let columns: [String]
  /// One list of cells a row, in the order of the columns.
  public let rows: [[Cell]]
  /// Whether a reader wants to see the table whatever the verdict.
  public let isShown: Bool

  /// A text or a number.
  public enum Cell: Sendable, Equatable, Encodable {
    case text(String)
    case number(Double)

    /// A JSON string or number; `null` for a number that is not finite.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number) where number.isFinite: try container.encode(number)
      case .number: try container.encodeNil()
      }
    }
  }

  /// A table; every row has a cell a column.
  public init(_ columns: [String], _ rows: [[Cell]], isShown: Bool = false) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "DetailTable: ragged rows under \(columns)")
    (self.columns, self.rows, self.isShown) = (columns, rows, isShown)
  }

  private enum CodingKeys: String, CodingKey { case columns, rows }
}
