/// One assertion about a result: `truth-probe.truth.best.accuracy.lower >= 0.60`.
///
/// Paths (a public contract): `ID[.LABEL].best.METRIC[.lower|.upper]`, or `ID[.LABEL][POINT].METRIC…` with a hook
/// point in brackets, full (`[blocks.3.hook_resid_post]`) or short (`[resid_post.3]`). Operators: `>=`, `>`, `<=`, `<`.
/// There is no `==`: no estimate is exactly a number.
public struct Expectation: Sendable, Equatable, Codable {
  /// The assertion as written.
  public let text: String
  /// Which analysis.
  public let id: String
  /// Which label; nil where the analysis has none.
  public let label: String?
  /// Which hook point; nil for the one the analysis chose.
  public let point: String?
  /// Which metric.
  public let metric: String
  /// Which end of the interval; nil for the estimate itself.
  public let bound: Bound?
  /// How they compare.
  public let comparison: Comparison
  /// With what.
  public let threshold: Double

  /// An end of an interval.
  public enum Bound: String, Sendable, Codable { case lower, upper }

  /// How a value compares with a threshold.
  public enum Comparison: String, Sendable, Codable, CaseIterable {
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"

    /// Whether `value` stands so to `threshold`; NaN never does.
    public func holds(_ value: Double, _ threshold: Double) -> Bool {
      switch self {
      case .atLeast: value >= threshold
      case .atMost: value <= threshold
      case .above: value > threshold
      case .below: value < threshold
      }
    }
  }

  /// Parses an assertion.
  ///
  /// - Throws: ``SpecError`` `.badValue` that says which part does not fit.
  public init(_ text: String) throws(SpecError) {
    func refuse(_ problem: String, meant: String? = nil) -> SpecError {
      SpecError(
        .badValue, at: text, "the expectation \"\(text)\" \(problem)",
        advice: (meant.map { "Did you mean \($0)? " } ?? "")
          + "Write ID.LABEL.best.METRIC.lower >= NUMBER, or ID.LABEL[POINT].METRIC.lower >= NUMBER")
    }
    let words = text.split { $0.isWhitespace }
    guard words.count == 3 else { throw refuse("is not of the form PATH OPERATOR NUMBER") }
    guard let comparison = Comparison(rawValue: String(words[1])) else {
      throw refuse("compares with \(words[1]), expected one of >=, >, <=, <")
    }
    guard let threshold = Double(words[2]), threshold.isFinite else {
      throw refuse("has no number at its end")
    }

    var head = words[0]
    var point: String?
    var tail: [Substring]
    if let open = head.firstIndex(of: "[") {
      guard let close = head.firstIndex(of: "]"), open < close else {
        throw refuse("has a bracket without its pair")
      }
      point = String(head[head.index(after: open)..<close])
      guard point?.isEmpty == false else { throw refuse("has nothing in its brackets") }
      let rest = head[head.index(after: close)...]
      guard rest.hasPrefix(".") else { throw refuse("names no metric after the point") }
      tail = rest.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
      head = head[..<open]
    } else {
      let parts = head.split(separator: ".", omittingEmptySubsequences: false)
      guard let best = parts.lastIndex(of: "best"), best > 0 else {
        let isMisspelt = parts.dropFirst().contains { NearestName.of(String($0), among: ["best"]) != nil }
        throw refuse("names neither best nor a [point]", meant: isMisspelt ? "best" : nil)
      }
      tail = Array(parts[(best + 1)...])
      head = head[..<parts[best - 1].endIndex]
    }
    let names = head.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(names.count), (1...2).contains(tail.count) else {
      throw refuse("has too many or too few parts")
    }
    var bound: Bound?
    if tail.count == 2 {
      bound = Bound(rawValue: String(tail[1]))
      guard bound != nil else {
        throw refuse(
          "ends in .\(tail[1]), expected .lower, .upper or the metric alone",
          meant: NearestName.of(String(tail[1]), among: ["lower", "upper"]))
      }
    }
    guard (names + [tail[0]]).allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { isIdentifierByte($0) } })
    else {
      throw refuse("has a name with characters other than letters, digits, _ and -")
    }
    self.text = words.joined(separator: " ")
    (id, label, metric) = (String(names[0]), names.count == 2 ? String(names[1]) : nil, String(tail[0]))
    (self.point, self.bound, self.comparison, self.threshold) = (point, bound, comparison, threshold)
  }
}
