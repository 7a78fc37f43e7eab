import Foundation
import ProbeMath
import ProbeReport
import ProbeStore

/// Puts the accounts of all analyses together into one report.
struct ExperimentReport {
  let spec: ExperimentSpec
  let results: Results
  let accounts: [AnalysisAccount]
  let capture: CaptureRecord
  /// Points that the spec captures; the store may hold more.
  let pointCount: Int

  var report: Report {
    Report(
      title: spec.name, question: spec.title,
      verdict: Verdict(
        outcome, headline: accounts.map { $0.headline }.filter { !$0.isEmpty }.joined(separator: " "),
        figures: Array(accounts.flatMap { $0.figures }.prefix(4))),
      warnings: (capture.isImported ? [importWarning] : []) + accounts.flatMap { $0.warnings },
      sections: (results.expectations.isEmpty ? [] : [expectations]) + accounts.flatMap { $0.sections },
      provenance: provenance,
      reproduce: (spec.main == nil ? imports : ["probe capture \(spec.file)"]) + [
        "probe analyze \(spec.file)"
      ])
  }

  private var importWarning: Warning {
    Warning(
      "The activations were imported",
      detail:
        "Something else computed them: that they are of these examples and of this place is taken on trust")
  }

  /// What filled the store; which file each point came from is not kept but for the first.
  private var imports: [String] {
    guard capture.isImported else { return [] }
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    return capture.points.map { point in
      let file = capture.points.count == 1 ? name(capture.modelPath) : "FILE"
      return "probe store import .probe/\(spec.name).sqlite --activations \(file) "
        + "--examples \(name(capture.corpusPath)) --point \(point.hook) --name \(capture.name)"
    }
  }

  private var outcome: Verdict.Outcome {
    if results.expectations.isEmpty { return .undecided }
    return results.holds ? .holds : .fails
  }

  private var expectations: Section {
    let rows = results.expectations.map { outcome in
      Table.Row([
        .code(outcome.text), .text(outcome.holds ? "✓ holds" : "✗ fails"),
        outcome.found.map { .number(Quantity($0)) } ?? .missing, .count(outcome.value.n),
        .count(outcome.value.groups),
      ])
    }
    let met = results.expectations.count { $0.holds }
    return Section(
      id: "expectations", title: "Expectations", summary: "\(met) of \(results.expectations.count) hold.",
      blocks: [
        .table(
          Table(
            "What was asserted, and what was found",
            columns: [
              .init("Expectation"), .init("Outcome"), .init("Found"), .init("Items"),
              .init("Groups"),
            ], rows: rows))
      ])
  }

  private var provenance: [Fact] {
    let origin = results.provenance
    var facts = [Fact("Model", "\(origin.model) (\(origin.architecture))")]
    // Of an imported capture the digest is that of its name: there are no weights.
    if !capture.isImported { facts.append(Fact("Weights, sha256", origin.weightsDigest)) }
    for other in origin.models ?? [] {
      facts.append(Fact("Model \(other.name)", other.model))
      facts.append(Fact("Weights of \(other.model), sha256", other.weightsDigest))
    }
    if let digest = origin.tokenizerDigest { facts.append(Fact("Tokenizer, sha256", digest)) }
    facts += [
      Fact("Corpus", origin.corpus), Fact("Corpus, sha256", origin.corpusDigest),
      Fact("Spec, sha256", origin.specDigest),
      Fact(
        "Capture",
        origin.capture.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")),
      Fact(
        capture.isImported ? "Imported" : "Captured",
        "\(capture.rowCount) rows" + (capture.isImported ? "" : " of \(capture.tokenCount) tokens")
          + ", \(pointCount) point\(pointCount == 1 ? "" : "s")"
      ),
      Fact("Seed", "\(origin.seed)"), Fact("Numerics version", "\(origin.numericsVersion)"),
      Fact("BLAS kernels", origin.kernels), Fact("probe", origin.version),
    ]
    return facts
  }
}
