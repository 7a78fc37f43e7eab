import ProbeMath
import ProbeModel
import ProbeReport

/// How AST-probe findings read in a report: the answer, four figures, what to know before believing them, and the
/// evidence.
public struct ASTProbeAccount: Sendable {
  let findings: ASTProbeFindings
  /// Name of the analysis: its sections' fragments begin with it.
  let id: String

  /// An account of findings under the analysis' name.
  public init(_ findings: ASTProbeFindings, id: String) { (self.findings, self.id) = (findings, id) }

  /// The account.
  public var account: AnalysisAccount {
    AnalysisAccount(
      headline: headline, figures: figures, sections: ASTProbeSections(findings, prefix: id).all,
      warnings: warnings)
  }

  /// The best layer's F1, and its difference to the strongest competitor.
  private var headline: String {
    guard let best = findings.bestLayer, let own = findings.test.of(.f1) ?? best.test.of(.f1),
      own.value != nil
    else { return "No syntax tree could be scored." }
    let found = """
      \(findings.settings.rank) dimensions of \(best.point.name) rebuild \(findings.languageName) syntax trees \
      with F1 \(Estimate(own).text) on \(own.snippets.grouped) test snippets of \(own.groups.grouped) files
      """
    guard let rival = findings.strongestBaseline, let reached = rival.test.of(.f1) else { return found + "." }
    return """
      \(found); the strongest competitor (\(rival.name)) reaches \(Estimate(reached).text), and the difference, \
      \(Estimate(rival.difference).text), is \(rival.difference.isClear ? "" : "not ")distinguishable from zero.
      """
  }

  /// F1, what it adds to the strongest competitor, whole trees, and how large the subspace must be.
  private var figures: [Figure] {
    guard let best = findings.bestLayer else { return [] }
    var figures: [Figure] = []
    if let own = findings.test.of(.f1) ?? best.test.of(.f1) {
      let rival = findings.strongestBaseline?.test.of(.f1)?.value
      figures.append(
        Figure(
          "F1 of constituents", Estimate(own, control: rival),
          detail: "\(best.point.name), \(own.groups.grouped) test files"
            + (rival == nil ? "" : "; control: the strongest competitor")
        ))
    }
    if let rival = findings.strongestBaseline {
      figures.append(
        Figure("F1 minus \(rival.name)", Estimate(rival.difference), detail: "same snippets, paired"))
    }
    if let exact = findings.test.of(.exact) {
      figures.append(Figure("Whole trees right", Estimate(exact), detail: "every node and label"))
    }
    if let ranks = findings.ranks.value {
      figures.append(
        Figure(
          "Smallest sufficient rank", text: "\(ranks.smallest) dimensions",
          detail: "F1 \(Estimate(ranks.test).text) there; best rank \(ranks.best)"))
    } else if let shape = findings.test.of(.unlabelledF1) ?? best.test.of(.unlabelledF1) {
      figures.append(Figure("F1 of shapes", Estimate(shape), detail: "whatever the labels"))
    }
    return figures
  }
}

// MARK: - What findings say in one place

extension ASTProbeFindings {
  /// The layer that the validation part chose; nil where nothing was fitted.
  var bestLayer: Layer? { layers.indices.contains(best) ? layers[best] : nil }

  /// The competitor with the highest F1; shuffled trees are a control, no competitor.
  var strongestBaseline: Baseline? {
    baselines.filter { $0.kind != .shuffled && $0.test.of(.f1)?.value != nil }
      .max { ($0.test.of(.f1)?.value ?? 0) < ($1.test.of(.f1)?.value ?? 0) }
  }

  /// The language as people write it.
  var languageName: String {
    let names = [
      "python": "Python", "javascript": "JavaScript", "go": "Go", "java": "Java", "c": "C", "rust": "Rust",
    ]
    return names[grammar.language] ?? grammar.language
  }
}

extension [TreeEstimate] {
  /// The estimate of a metric, if it is among them.
  func of(_ metric: TreeMetric) -> TreeEstimate? { first { $0.metric == metric } }
}

extension Int {
  /// With a comma between thousands.
  var grouped: String { Quantity(Double(self), digits: 0).text }
}

extension TreeEstimate {
  /// Whether the interval leaves zero out.
  var isClear: Bool { interval.map { $0.lower > 0 || $0.upper < 0 } ?? false }
}

extension Estimate {
  /// A tree metric's mean with its interval over files and its number of snippets, as the field writes it: 0.755.
  init(_ estimate: TreeEstimate, control: Double? = nil) {
    self.init(
      estimate.value ?? .nan, lower: estimate.interval?.lower ?? .nan,
      upper: estimate.interval?.upper ?? .nan, n: estimate.snippets, control: control, unit: .plain)
  }
}

extension Table.Cell {
  /// An estimate, or that there is none.
  init(_ estimate: TreeEstimate?) {
    self = estimate.map { .estimate(Estimate($0)) } ?? .missing
  }
}
