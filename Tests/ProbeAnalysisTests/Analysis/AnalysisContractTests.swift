import Foundation
import ProbeReport
import ProbeStore
import Testing

@testable import ProbeAnalysis

/// What every analysis promises, whatever it asks.
@Suite struct AnalysisContractTests {
  /// Settings of each analysis that fit ``Item/pairs(_:length:noises:seed:)``; a new analysis needs a line here.
  private static let specimens = [
    "linear-probe": "{ id: specimen, label: first, replicates: 200 }",
    "ast-probe": "id: specimen, ranks: [4, 8]",
  ]

  /// Runs of each analysis on the same corpus: twice with one seed, once with another.
  private struct Runs: Sendable {
    let first, again, other: (Results, Report)
  }

  private func runs(_ name: String) throws -> Runs {
    let settings = try #require(Self.specimens[name], "no specimen of \(name): add one")
    if name == ASTProbeAnalysis.name { return try snippetRuns(settings) }
    let fixture = try FixtureExperiment(Item.pairs(40))
    let spec = try fixture.spec(analyses: "- \(name): \(settings)")
    try fixture.capture(spec).close()
    let other = try fixture.spec(analyses: "- \(name): \(settings)", seed: 2)
    return Runs(first: try fixture.run(spec), again: try fixture.run(spec), other: try fixture.run(other))
  }

  /// Snippets are texts, and need a tokenizer.
  private func snippetRuns(_ settings: String) throws -> Runs {
    let fixture = try SnippetExperiment(SnippetExperiment.functions(60))
    let spec = try fixture.spec(settings)
    try fixture.capture(spec).close()
    func run(_ spec: ExperimentSpec) throws -> (Results, Report) {
      let answers = try fixture.answers(spec)
      return (answers.results, answers.report)
    }
    return Runs(first: try run(spec), again: try run(spec), other: try run(fixture.spec(settings, seed: 2)))
  }

  private static let names = Analyses.all.map { $0.name }
    .filter { $0 != ASTProbeAnalysis.name || SnippetExperiment.isTested }

  @Test(arguments: names) func theContractHolds(name: String) throws {
    let type = try #require(Analyses.named(name))
    let runs = try runs(name)

    // The same seed gives the same bytes, in results and report; another seed another split.
    #expect(try runs.first.0.encoded() == runs.again.0.encoded())
    #expect(runs.first.1.html() == runs.again.1.html())
    #expect(runs.first.0.analyses[0].findings != runs.other.0.analyses[0].findings)

    // Findings survive the results file.
    try roundTrip(type, runs.first.0.analyses[0].findings)

    // What it measures is documented, is what expectations can name, and has exactly one best place a label.
    let measured = runs.first.0.analyses[0].measurements
    let documented = type.metrics.map { $0.name }
    #expect(Set(documented).count == documented.count)
    #expect(type.metrics.allSatisfy { !$0.meaning.isEmpty })
    #expect(!type.headlines.isEmpty && Set(type.headlines).isSubset(of: documented))
    #expect(measured.allSatisfy { Analyses.headline(of: name, at: $0) != nil })
    #expect(!measured.isEmpty)
    for place in measured {
      #expect(Set(place.metrics.keys).union(place.notApplicable.keys) == Set(documented))
      #expect(Set(place.metrics.keys).isDisjoint(with: place.notApplicable.keys))
      #expect(place.notApplicable.values.allSatisfy { !$0.isEmpty })
    }
    for (_, places) in Dictionary(grouping: measured, by: { $0.label }) {
      #expect(places.count { $0.isBest } == 1)
    }
    for place in measured {
      let middle = place.isBest ? ".best" : place.point.map { "[\($0)]" } ?? ".best"
      let path = "specimen" + (place.label.map { ".\($0)" } ?? "") + middle
      for (metric, value) in place.metrics {
        let outcome = try Expectation("\(path).\(metric) >= -1e9").evaluate(["specimen": measured])
        #expect(outcome.value == value)
      }
    }

    // The report has the evidence, and every number its company.
    #expect(!runs.first.1.sections.isEmpty)
    #expect(!runs.first.1.verdict.headline.isEmpty)
    #expect(runs.first.1.html().contains("specimen"))
    for case .table(let table) in runs.first.1.sections.flatMap({ $0.blocks }) {
      for row in table.rows { #expect(row.cells.count == table.columns.count, "\(table.caption)") }
    }
    for (metric, value) in measured.flatMap({ $0.metrics }) {
      #expect(value.n > 0 && value.groups > 0 && value.groups <= value.n)
      if let estimate = value.value, let lower = value.lower, let upper = value.upper {
        #expect(lower <= estimate && estimate <= upper, "\(metric)")
      }
    }
  }

  private func roundTrip<A: Analysis>(_ type: A.Type, _ document: JSONDocument) throws {
    let findings = try document.decode(A.Findings.self)
    #expect(try JSONDocument(encoding: findings) == document)
    let bytes = try JSONEncoder().encode(findings)
    #expect(try JSONDecoder().decode(A.Findings.self, from: bytes) == findings)
  }
}
